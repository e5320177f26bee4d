"""Programs that are not ours, for looking at a BMC of the tests and for changing it behind our back."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.simulators.bmcs import Bmc
from tests.simulators.responder import Responder


async def said_by(*words: str) -> str:
    """What another program prints, on either of its outputs."""
    process = await asyncio.create_subprocess_exec(
        *words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return output.decode()


async def ipmitool(bmc: Bmc | Responder, *words: str, user: str = "admin", password: str = "secret") -> str:
    """ipmi_sim does not know cipher suite 17, the responder does."""
    host, port, suite = (bmc.host, bmc.port, "3") if isinstance(bmc, Bmc) else (*bmc.place, "17")
    account = ["-U", user, "-P", password, "-C", suite]
    return await said_by("ipmitool", "-I", "lanplus", "-H", host, "-p", str(port), *account, *words)


async def ipmi_chassis(bmc: Responder, *words: str) -> str:
    """Of freeipmi: it shows the identify light, which ipmitool does not."""
    host, port = bmc.place
    account = ["-u", "admin", "-p", "secret", "-l", "ADMIN"]
    return await said_by("ipmi-chassis", "-D", "LAN_2_0", "-I", "17", *account, "-h", f"{host}:{port}", *words)


async def ipmi_sensors(bmc: Responder, directory: Path) -> str:
    """Of freeipmi: number, name, type, value, unit, states, separated by commas. It keeps records in `directory`."""
    host, port = bmc.place
    account = ["-u", "admin", "-p", "secret", "-l", "ADMIN", "-h", f"{host}:{port}"]
    output = ["--comma-separated-output", "--no-header-output", "--shared-sensors", "--quiet-cache"]
    cache = ["--sdr-cache-directory", str(directory)]
    return await said_by("ipmi-sensors", "-D", "LAN_2_0", "-I", "17", *account, *cache, *output)


def fields(text: str) -> dict[str, str]:
    """`name : value` lines as a dict; of a name that comes twice the first."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip(" -"), value.strip())
    return found
