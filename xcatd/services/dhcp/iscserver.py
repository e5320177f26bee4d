"""One of ISC's DHCP servers on this host, brought to a new configuration. It reads its file when it starts, and only then: so it
is restarted for every change, which takes a moment in which machines ask again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from xcatd.errors import ServiceError
from xcatd.services.dhcp.document import Change
from xcatd.services.dhcp.isc import Isc, interfaces_of, with_variable
from xcatd.services.dhcp.system import ISC, ISC_INTERFACES, PACKAGES, PROGRAMS, Layout, have_room
from xcatd.services.files import read_text, replace_text
from xcatd.services.managers import Manager, State
from xcatd.services.programs import find_program, run_program
from xcatd.services.staging import staged


@dataclass(frozen=True, slots=True)
class IscServer:
    """The server of a layout, which `manager` runs."""

    layout: Layout
    manager: Manager

    @property
    def dialect(self) -> Isc:
        return Isc(self.layout.version)

    async def is_running(self) -> bool:
        return (await self.manager.report(self.layout.program)).state is State.RUNNING

    async def hears(self) -> bool:
        """It ends when it cannot have its port."""
        return True

    async def enable(self) -> None:
        """It starts again with the host."""
        await self.manager.enable(self.layout.program)

    async def look_at(self, change: Change) -> None:
        """Have the server's program look at a configuration. Raises ServiceError with its reason."""
        program = self._program()
        async with staged(self.layout.conf, change.text) as new:
            status, said = await run_program([program, f"-{self.layout.version}", "-t", "-cf", str(new)])
        if status:
            where = f"{new} "
            reasons = [line.removeprefix(where) for line in said if line.startswith(where)] or [f"exit status {status}"]
            raise ServiceError(
                f"The DHCP server refuses the new configuration and goes on with the old one: {reasons[0]}"
            )

    async def put_in_place(self, change: Change, *, anew: bool = False) -> Sequence[str]:
        """Have the server work with a configuration, now and after its next start. It is started again in any case.

        Raises ServiceError: it does not start with it, and the old one is in place and at work.
        """
        if change.after.networks:
            await have_room(self.layout, self.manager)
        await asyncio.to_thread(self._write, change)
        try:
            await self._restart(serves=bool(change.after.networks))
        except ServiceError:
            if change.old:
                await asyncio.to_thread(replace_text, self.layout.conf, change.old)
                with contextlib.suppress(ServiceError):
                    await self._restart(serves=True)
            raise
        return ()

    def _write(self, change: Change) -> None:
        backup = self.layout.backup if change.keep_old else None
        replace_text(self.layout.conf, change.text, backup=backup)
        self._tell_interfaces(interfaces_of(change.after))
        self.layout.leases.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.layout.leases.touch()

    def _tell_interfaces(self, interfaces: str) -> None:
        """Write them where the distribution's service looks for them."""
        for (name, version), variable in ISC_INTERFACES.items():
            path = self.layout.root / name
            if version == self.layout.version and path.exists():
                replace_text(path, with_variable(read_text(path), variable, interfaces))

    async def _restart(self, *, serves: bool) -> None:
        """A server without networks cannot run. Where one unit is for both versions, it starts the other one alone."""
        program = self.layout.program
        own = replace(program, units=program.units[:-1] if self.layout.version == 6 else program.units)
        if serves or (await self.manager.report(own)).state is State.ABSENT:
            await self.manager.restart(program)
        else:
            await self.manager.stop(own)

    def _program(self) -> str:
        which = (ISC, self.layout.version)
        found = find_program(PROGRAMS[which])
        if found is None:
            raise ServiceError(f"dhcpd is not installed: install the package {PACKAGES[which]}")
        return found
