"""One look at a node: which ports are open, whether it is there at all, and what its installer says."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from xcatd.plugins.nodestat.applications import Application
from xcatd.plugins.nodestat.echo import answers_echo

Address = IPv4Address | IPv6Address

INSTALLER: Final = 3054
"""Where installers say how far they are (protocol.md 2.7)."""
PATIENCE: Final = 2.0
"""Seconds for which an answer is waited for."""
_LINE: Final = 1024


@dataclass(frozen=True, slots=True)
class Seen:
    """`there`: something at this address answers, if only that a port is closed. `up`: applications whose ports are open."""

    there: bool
    up: tuple[str, ...] = ()
    installer: str = ""


async def look(address: Address, applications: Sequence[Application], *, installs: bool) -> Seen:
    """Try all at once. `installs`: the node is being installed, so its installer is asked."""
    async with asyncio.TaskGroup() as group:
        ports = [group.create_task(_answers(address, one.port)) for one in applications]
        echo = group.create_task(answers_echo(address, PATIENCE))
        installer = group.create_task(_installer(address)) if installs else None
    answers = [each.result() for each in ports]
    up = tuple(sorted(one.name for one, answer in zip(applications, answers, strict=True) if answer))
    said = installer.result() if installer is not None else ""
    there = bool(echo.result() or said or any(answer is not None for answer in answers))
    return Seen(there, up, said)


async def is_there(address: Address) -> bool:
    """Only by echo, and with twice the time; where this host may not ask, by what port 22 says."""
    answer = await answers_echo(address, 2 * PATIENCE)
    return answer if answer is not None else await _answers(address, 22) is not None


async def _answers(address: Address, port: int) -> bool | None:
    """True: open; False: closed, says the node; None: no answer."""
    try:
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_connection(str(address), port)
    except ConnectionRefusedError:
        return False
    except OSError:  # TimeoutError is one too
        return None
    writer.close()
    return True


async def _installer(address: Address) -> str:
    """The first line that the installer answers to `stat`; "" when none does."""
    with contextlib.suppress(OSError, ValueError):
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(str(address), INSTALLER, limit=_LINE)
            try:
                writer.write(b"stat \n")
                line = (await reader.readline()).decode("utf-8", "replace")
                return "".join(each for each in line.strip() if each.isprintable())
            finally:
                writer.close()
    return ""
