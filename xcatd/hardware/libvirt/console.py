"""The serial console of a virtual machine, wherever its hypervisor is (libvirt, "virDomainOpenConsole")."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial

from xcatd.errors import Busy, NodeError, Unreachable, Unsupported, XcatError
from xcatd.hardware.console import LEAVE_WITHIN, OPEN_WITHIN, Console, Terminal
from xcatd.hardware.libvirt.binding import Connection, Domain, load
from xcatd.hardware.libvirt.domain import existing, shown, state_of
from xcatd.hardware.libvirt.guest import Guest
from xcatd.hardware.libvirt.hypervisor import Hypervisor
from xcatd.hardware.libvirt.refusals import is_code
from xcatd.hardware.libvirt.stream import CHUNK, RawStream, Stream
from xcatd.hardware.power import PowerState

PUSH_WITHIN = 10.0


class MachineConsole(Console):
    """Of a machine on `hypervisor`, whose connection carries the stream."""

    def __init__(self, hypervisor: Hypervisor, guest: Guest) -> None:
        self._hypervisor = hypervisor
        self._guest = guest

    def open(self, *, steal: bool = False) -> AbstractAsyncContextManager[Terminal]:
        return self._opened(steal)

    @asynccontextmanager
    async def _opened(self, steal: bool) -> AsyncIterator[Terminal]:
        terminal = MachineTerminal(self._hypervisor)
        stream = terminal.stream

        def begin(connection: Connection) -> None:
            self._hypervisor.listen(connection, stream.lost)
            stream.begin(lambda: _stream(connection, self._guest, steal))

        def end(connection: Connection) -> None:
            stream.end()

        try:
            await self._hypervisor.ask(begin, OPEN_WITHIN)
            yield terminal
        finally:
            await asyncio.to_thread(self._hypervisor.listen_no_more, stream.lost)
            if not stream.is_over:
                with suppress(XcatError):
                    await self._hypervisor.ask(end, LEAVE_WITHIN)


class MachineTerminal(Terminal):
    """One stream. Writing takes a thread for as long as libvirt needs to take the bytes; reading takes none."""

    def __init__(self, hypervisor: Hypervisor) -> None:
        self._hypervisor = hypervisor
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._typing = asyncio.Lock()
        self.stream = Stream(self._hear)

    async def read(self) -> bytes:
        while True:
            self._news.clear()
            if octets := self.stream.take():
                if self.stream.is_held:
                    await self._hypervisor.ask(lambda _: self.stream.go_on(), PUSH_WITHIN)
                return octets
            if self.stream.is_over:
                self._complain()
                return b""
            await self._news.wait()

    async def write(self, octets: bytes) -> None:
        async with self._typing:
            while octets:
                self._room.clear()
                count = await self._hypervisor.ask(partial(self._push, octets[:CHUNK]), PUSH_WITHIN)
                octets = octets[count:]
                if self.stream.is_over:
                    self._complain()
                    raise NodeError(
                        "the virtual machine was turned off, or somebody else has taken its console: attach again"
                    )
                if not count:
                    await self._room.wait()

    async def send_break(self) -> None:
        raise Unsupported("the console of a virtual machine has no break: libvirt cannot send one")

    def _push(self, octets: bytes, connection: Connection) -> int:
        return self.stream.push(octets)

    def _hear(self) -> None:
        self._news.set()
        if not self.stream.wants_room:
            self._room.set()

    def _complain(self) -> None:
        if self.stream.trouble:
            place, why = self._hypervisor.place, self.stream.trouble
            raise Unreachable(f"the console on the hypervisor at {place} was lost ({why}): look what has become of it")


def _stream(connection: Connection, guest: Guest, steal: bool) -> RawStream:
    """The stream of its console. NodeError: the machine is off, has none, or somebody else has it."""
    libvirt = load()
    domain = existing(connection, guest)
    if state_of(domain) is PowerState.OFF:
        raise NodeError(f"the virtual machine is off: turn it on with rpower {guest.node} on")
    raw = connection.newStream(libvirt.VIR_STREAM_NONBLOCK)
    try:
        domain.openConsole(None, raw, libvirt.VIR_DOMAIN_CONSOLE_FORCE if steal else 0)
    except libvirt.libvirtError as error:
        if not _has_console(domain):
            raise Unsupported(
                f"the virtual machine has no serial console on {guest.place}: add one to its definition, or make it anew"
            ) from None
        if is_code(error, "VIR_ERR_OPERATION_FAILED"):  # there is no other code for it
            raise Busy(
                f"the console of the virtual machine on {guest.place} is in use by another program: end that, or take it over"
            ) from None
        raise
    return raw


def _has_console(domain: Domain) -> bool:
    root = shown(domain).root
    return any(root.find(f"devices/{kind}") is not None for kind in ("console", "serial"))
