"""Kea's DHCPv4 server on this host, brought to a new configuration: what it refuses never takes the old one's place."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from xcatd.errors import ServiceError
from xcatd.services.dhcp.document import Document
from xcatd.services.dhcp.kea import Kea
from xcatd.services.dhcp.keacontrol import KeaControl, kept_in
from xcatd.services.dhcp.kealeases import take_back
from xcatd.services.dhcp.system import KEA, PROGRAMS, UNITS, Layout, leases_hook
from xcatd.services.files import read_text, replace_text
from xcatd.services.programs import comes_true, find_program, has_systemd, run_program

NOT_RUNNING = "dhcp server is not running.  please start the dhcp server."
_COMES_UP_WITHIN = 15.0
"""Seconds in which a server that has been started opens its control socket."""


@dataclass(frozen=True, slots=True)
class KeaServer:
    """The server of a layout."""

    layout: Layout

    @property
    def dialect(self) -> Kea:
        return Kea(self.layout.socket, self.layout.leases, leases_hook())

    async def is_running(self) -> bool:
        return await KeaControl(self.layout.socket).is_running()

    async def put_in_place(self, document: Document, before: Document | None, *, keep_old: bool) -> Sequence[str]:
        """Have the server work with a configuration, now and after its next start. `keep_old`: the old file stays as a backup.
        An address that is another machine's now is taken back from the one that has it on lease; gives a sentence for each.

        Raises ServiceError: the server refuses it, and the old one is in place; or it does not run.
        """
        text = await asyncio.to_thread(self.dialect.text, document)
        if not await self.is_running():
            await self._started(text, keep_old=keep_old)
        else:
            control = KeaControl(self.layout.socket)
            if before is None or document.head != before.head:
                await control.test(text)  # for nodes that come and go, it looks at all of them when it takes them
            old = await asyncio.to_thread(read_text, self.layout.conf)
            await self._write(text, keep_old=keep_old)
            try:
                await control.load(text)
            except ServiceError:
                await asyncio.to_thread(replace_text, self.layout.conf, old)
                raise
        await self._check(document)
        if before is None or not document.head.get("hooks-libraries"):
            return ()
        return await take_back(KeaControl(self.layout.socket), before, document)

    async def _started(self, text: str, *, keep_old: bool) -> None:
        await self._looked_at(text)
        old = await asyncio.to_thread(read_text, self.layout.conf)
        await self._write(text, keep_old=keep_old)
        if not self.layout.is_whole_host or not has_systemd():
            raise ServiceError(f"{NOT_RUNNING} The new configuration is in {self.layout.conf}.")
        try:
            await UNITS[KEA].restart()
        except ServiceError:
            if old:
                await asyncio.to_thread(replace_text, self.layout.conf, old)
                with contextlib.suppress(ServiceError):
                    await UNITS[KEA].restart()
            raise
        await self._answers()

    async def _answers(self) -> None:
        """Wait until it has opened its socket."""
        if not await comes_true(self.is_running, _COMES_UP_WITHIN):
            raise ServiceError(
                f"The DHCP server was started and opens no control socket {self.layout.socket}: see its log"
            )

    async def _looked_at(self, text: str) -> None:
        """The server's own program reads it, as no server that runs can."""
        program = find_program(PROGRAMS[KEA])
        if program is None:
            return  # what is installed elsewhere will say it when it starts
        await asyncio.to_thread(replace_text, self.layout.staged, text)
        try:
            status, said = await run_program(["env", "KEA_LOCKFILE_DIR=none", program, "-t", str(self.layout.staged)])
        finally:
            self.layout.staged.unlink(missing_ok=True)
        if status:
            reason = said[-1].removeprefix("Error encountered: ") if said else f"exit status {status}"
            raise ServiceError(f"The DHCP server refuses the new configuration, and the old file stays: {reason}")

    async def _write(self, text: str, *, keep_old: bool) -> None:
        backup = self.layout.backup if keep_old else None
        self.layout.conf.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        await asyncio.to_thread(replace_text, self.layout.conf, text, backup=backup)

    async def _check(self, document: Document) -> None:
        """Whether the server has what it was given: it is asked."""
        configuration = await KeaControl(self.layout.socket).configuration()
        missing = await asyncio.to_thread(_missing, document, configuration)
        if missing:
            raise ServiceError(
                f"The DHCP server took the new configuration and knows nothing of node {missing}: see its log and try again"
            )


def _missing(document: Document, configuration: object) -> str:
    """A node whose entry the server lacks, "" for none."""
    assert isinstance(configuration, dict)
    there = {(str(one.get("hw-address")), one.get("ip-address") or None) for one in kept_in(configuration)}
    for entry in document.all():
        if entry.node and (entry.mac, str(entry.address) if entry.address else None) not in there:
            return entry.node
    return ""
