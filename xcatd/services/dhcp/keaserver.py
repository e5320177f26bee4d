"""One of Kea's servers on this host, brought to a new configuration: what it refuses never takes the old one's place."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from xcatd.errors import ServiceError
from xcatd.services.dhcp.document import Change
from xcatd.services.dhcp.kea import Kea, tag_of
from xcatd.services.dhcp.keacontrol import KeaControl
from xcatd.services.dhcp.kealeases import take_back
from xcatd.services.dhcp.system import KEA, PROGRAMS, Layout, have_room, leases_hook
from xcatd.services.files import replace_text
from xcatd.services.managers import Manager
from xcatd.services.ports import is_bound
from xcatd.services.programs import comes_true, find_program, run_program
from xcatd.services.staging import staged

_COMES_UP_WITHIN = 15.0
"""Seconds in which a server that has been started opens its control socket."""


@dataclass(frozen=True, slots=True)
class KeaServer:
    """The server of a layout. `manager` starts it, when it must; a server that somebody else runs is as good."""

    layout: Layout
    manager: Manager

    @property
    def dialect(self) -> Kea:
        return Kea(self.layout.socket, self.layout.leases, leases_hook(), self.layout.version)

    @property
    def _control(self) -> KeaControl:
        return KeaControl(self.layout.socket, self.layout.version)

    async def is_running(self) -> bool:
        return await self._control.is_running()

    async def hears(self) -> bool:
        """Whether it has its port: it runs without it, too. It listens at the addresses of its interfaces."""
        return await asyncio.to_thread(is_bound, self.layout.port)

    async def enable(self) -> None:
        """It starts again with the host."""
        await self.manager.enable(self.layout.program)

    async def look_at(self, change: Change) -> None:
        """Have the server, or its program when it does not run, look at a configuration. Raises ServiceError with its reason."""
        if not await self.is_running():
            await self._looked_at(change.text)
        elif change.before is None or change.after.head != change.before.head:
            await self._control.test(change.text)  # nodes that come and go it looks at when it takes them

    async def put_in_place(self, change: Change, *, anew: bool = False) -> Sequence[str]:
        """Have the server work with a configuration, now and after its next start. An address that is another machine's now is
        taken back from the one that has it on lease; gives a sentence for each. `anew`: it is started again, because it lacks its
        port, which it tries to get when it starts only.

        Raises ServiceError: the server refuses it, and the old one is in place; or it does not start.
        """
        runs = not anew and await self.is_running()
        if not runs:
            await have_room(self.layout, self.manager)
        await asyncio.to_thread(self._write, change)
        try:
            await (self._control.load(change.text) if runs else self._start())
        except ServiceError:
            await self._go_back(change, runs=runs)
            raise
        await self._check(change)
        if change.before is None or not change.after.head.get("hooks-libraries"):
            return ()
        return await take_back(self._control, change.before, change.after)

    async def _start(self) -> None:
        """A process that runs and does not answer is none that can be told anything: it goes."""
        await self.manager.restart(self.layout.program)
        if not await comes_true(self.is_running, _COMES_UP_WITHIN):
            raise ServiceError(
                f"The DHCP server was started and opens no control socket {self.layout.socket}: see its log"
            )

    async def _go_back(self, change: Change, *, runs: bool) -> None:
        if not change.old:
            return
        await asyncio.to_thread(replace_text, self.layout.conf, change.old)
        if not runs:
            with contextlib.suppress(ServiceError):
                await self.manager.restart(self.layout.program)

    async def _looked_at(self, text: str) -> None:
        program = find_program(PROGRAMS[KEA, self.layout.version])
        if program is None:
            return  # it is installed elsewhere, and will say it when it starts
        for path in (self.layout.socket, self.layout.leases):
            await asyncio.to_thread(path.parent.mkdir, mode=0o755, parents=True, exist_ok=True)
        async with staged(self.layout.conf, text) as new:
            status, said = await run_program(["env", "KEA_LOCKFILE_DIR=none", program, "-t", str(new)])
        if status:
            reason = said[-1].removeprefix("Error encountered: ") if said else f"exit status {status}"
            raise ServiceError(f"The DHCP server refuses the new configuration, and the old file stays: {reason}")

    def _write(self, change: Change) -> None:
        backup = self.layout.backup if change.keep_old else None
        replace_text(self.layout.conf, change.text, backup=backup)

    async def _check(self, change: Change) -> None:
        """Whether the server works with what it was given: it is asked."""
        if await self._control.tag() != tag_of(change.text):
            raise ServiceError(
                f"The DHCP server took the new configuration and works with another one than {self.layout.conf}: "
                "see its log and try again"
            )
