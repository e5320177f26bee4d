"""ISC's DHCP server on this host, brought to a new configuration. It reads its file when it starts, and only then: so it is
restarted for every change, which takes a moment in which machines ask again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.dhcp.document import Document
from xcatd.services.dhcp.isc import Isc, interfaces_of, with_variable
from xcatd.services.dhcp.system import ISC, ISC_INTERFACES, PACKAGES, PROGRAMS, UNITS, Layout
from xcatd.services.files import read_text, replace_text
from xcatd.services.programs import comes_true, find_program, has_systemd, run_program

_STOPS_WITHIN = 10.0
_DEAD = ("Z", "X")
"""States of processes that have ended and are not buried yet (proc(5), /proc/pid/stat)."""


@dataclass(frozen=True, slots=True)
class IscServer:
    """The server of a layout: systemd's service, or, where that does not run, a process of its own."""

    layout: Layout

    @property
    def dialect(self) -> Isc:
        return Isc()

    @property
    def _is_service(self) -> bool:
        return self.layout.is_whole_host and has_systemd()

    async def is_running(self) -> bool:
        return await UNITS[ISC].is_running() if self._is_service else self._number() is not None

    async def put_in_place(self, document: Document, before: Document | None, *, keep_old: bool) -> Sequence[str]:
        """Have the server work with a configuration, now and after its next start. `keep_old`: the old file stays as a backup.

        Raises ServiceError: the server refuses it, and the old one is in place and at work.
        """
        text = await asyncio.to_thread(self.dialect.text, document)
        self.layout.conf.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        await self._looked_at(text)
        old = await asyncio.to_thread(read_text, self.layout.conf)
        backup = self.layout.backup if keep_old else None
        await asyncio.to_thread(replace_text, self.layout.conf, text, backup=backup)
        await asyncio.to_thread(self._tell_interfaces, interfaces_of(document))
        try:
            await self._restart()
        except ServiceError:
            if old:
                await asyncio.to_thread(replace_text, self.layout.conf, old)
                with contextlib.suppress(ServiceError):
                    await self._restart()
            raise
        return ()

    def _tell_interfaces(self, interfaces: str) -> None:
        """Write them where the distribution's service looks for them."""
        for name, variable in ISC_INTERFACES.items():
            path = self.layout.root / name
            if path.exists():
                replace_text(path, with_variable(read_text(path), variable, interfaces))

    async def _looked_at(self, text: str) -> None:
        await asyncio.to_thread(replace_text, self.layout.staged, text)
        try:
            status, said = await run_program([self._program(), "-t", "-cf", str(self.layout.staged)])
        finally:
            self.layout.staged.unlink(missing_ok=True)
        if status:
            where = f"{self.layout.staged} "
            reasons = [line.removeprefix(where) for line in said if line.startswith(where)] or [f"exit status {status}"]
            raise ServiceError(
                f"The DHCP server refuses the new configuration and goes on with the old one: {reasons[0]}"
            )

    async def _restart(self) -> None:
        if self._is_service:
            await UNITS[ISC].restart()
            return
        await self._stop()
        leases = self.layout.leases
        leases.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        leases.touch()
        self.layout.pid_file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        words = ("-4", "-cf", str(self.layout.conf), "-lf", str(leases), "-pf", str(self.layout.pid_file))
        status, said = await run_program([self._program(), *words])
        if status:
            raise ServiceError(f"dhcpd does not start: {_reason(said, status)}")

    async def _stop(self) -> None:
        number = self._number()
        if number is not None:
            os.kill(number, signal.SIGTERM)
            if not await comes_true(self._is_gone, _STOPS_WITHIN):
                raise ServiceError(
                    f"dhcpd (process {number}) does not stop within {_STOPS_WITHIN:g} s: stop it by hand"
                )
        self.layout.pid_file.unlink(
            missing_ok=True
        )  # dhcpd takes one that has ended and is not buried for one that runs

    async def _is_gone(self) -> bool:
        return self._number() is None

    def _number(self) -> int | None:
        """Its process number while it runs: another program may have got the number of one that has died."""
        with contextlib.suppress(OSError, ValueError):
            number = int(self.layout.pid_file.read_text(encoding="ascii"))
            name, _, rest = Path(f"/proc/{number}/stat").read_text(encoding="ascii").partition("(")[2].rpartition(")")
            if name == PROGRAMS[ISC] and not rest.strip().startswith(_DEAD):
                return number
        return None

    def _program(self) -> str:
        found = find_program(PROGRAMS[ISC])
        if found is None:
            raise ServiceError(f"dhcpd is not installed: install the package {PACKAGES[ISC]}")
        return found


def _reason(said: Sequence[str], status: int) -> str:
    """What dhcpd says between its greeting, which ends with its files, and its farewell."""
    greeting = [place for place, line in enumerate(said) if line.startswith("PID file:")]
    return next(iter(said[greeting[-1] + 1 :] if greeting else said), f"exit status {status}")
