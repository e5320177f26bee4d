"""Starting named and having it read its files again: by systemd where that runs, else as its own process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import re
import signal
from pathlib import Path
from typing import Protocol

from xcatd.errors import ServiceError
from xcatd.services.dns.layout import PACKAGES, UNITS, Layout
from xcatd.services.dns.server import PORT
from xcatd.services.files import read_text
from xcatd.services.programs import Unit, find_program, has_systemd, run_program

LOOPBACK = "127.0.0.1"
_START = "starting BIND"
"""What a log of named begins with."""
_ERROR = re.compile(r": (?:error|critical): (.*)")


class Control(Protocol):
    """How named is started and stopped."""

    async def is_running(self) -> bool: ...

    async def start(self) -> None:
        """Raises ServiceError when it does not start."""
        ...

    async def reload(self) -> None:
        """It reads named.conf again; where it cannot, it goes on with what it has."""
        ...


def control(layout: Layout) -> Control:
    """What controls the named of a root."""
    return Service() if layout.is_whole_host and has_systemd() else Process(layout)


class Process:
    """named on its own, known by the file with its process number."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    async def is_running(self) -> bool:
        return self._number() is not None

    async def start(self) -> None:
        await check_port()
        self._layout.run.mkdir(mode=0o755, parents=True, exist_ok=True)
        words = [program("named"), "-c", str(self._layout.conf), "-L", str(self._layout.log)]
        if os.geteuid() == 0 and self._layout.is_whole_host:
            account = pwd.getpwnam(self._layout.account)
            os.chown(self._layout.run, account.pw_uid, account.pw_gid)
            words += ["-u", self._layout.account]
        status, said = await run_program(words)
        if status:
            raise ServiceError(f"named does not start: {self._reason() or ' '.join(said) or f'exit status {status}'}")

    async def reload(self) -> None:
        number = self._number()
        if number is not None:
            os.kill(number, signal.SIGHUP)

    def _reason(self) -> str:
        """The first error that its log has about the last start; "" when there is none."""
        about = read_text(self._layout.log).rpartition(_START)[2]
        found = _ERROR.search(about)
        return found[1] if found else ""

    def _number(self) -> int | None:
        """Its process number while it runs: another program may have got the number of one that has died."""
        with contextlib.suppress(OSError, ValueError):
            number = int(self._layout.pid_file.read_text(encoding="ascii"))
            if Path(f"/proc/{number}/comm").read_text(encoding="ascii").strip() == "named":
                return number
        return None


class Service:
    """The service of the distribution, which systemd runs."""

    def __init__(self) -> None:
        self._unit = Unit(UNITS)

    async def is_running(self) -> bool:
        return await self._unit.is_running()

    async def start(self) -> None:
        await check_port()
        await self._unit.restart()

    async def reload(self) -> None:
        await self._unit.reload()


def program(name: str) -> str:
    """The path of a program of BIND. Raises ServiceError when it is not installed."""
    found = find_program(name)
    if found is None:
        raise ServiceError(f"{name} is not installed: install the package {PACKAGES}")
    return found


async def check_port() -> None:
    """Raises ServiceError when another program has the port on which named is asked here."""
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, PORT)
    except OSError:
        return
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    raise ServiceError(
        f"named cannot have port {PORT} at {LOOPBACK}: stop the program that has it; `ss -lnp sport = {PORT}` shows which"
    )
