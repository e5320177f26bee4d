"""The serial port of a node in a session of its own: what it says, what is typed, and whether it is still there."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Coroutine
from typing import Any

from xcatd.errors import NodeError, Unreachable
from xcatd.hardware.console import Terminal
from xcatd.hardware.ipmi.conversation import Conversation
from xcatd.hardware.ipmi.envelope20 import SERIAL, Envelope20
from xcatd.hardware.ipmi.solheard import Heard
from xcatd.hardware.ipmi.solpacket import MOST, Packet, Signal, decode
from xcatd.hardware.ipmi.solpulse import Pulse
from xcatd.hardware.ipmi.soltyped import Silent, Typed
from xcatd.hardware.ipmi.transport import Transport

_SIZES = range(5, 1500)
"""Octets of a payload that are believed: four are its head."""


class SolTerminal(Terminal):
    """A receiver of the transport. `place`: how messages call the BMC. `sequence`: of the last packet that it got, ever."""

    __slots__ = (
        "_address",
        "_envelope",
        "_heard",
        "_place",
        "_pulse",
        "_reader",
        "_transport",
        "_trouble",
        "_typed",
    )

    def __init__(
        self, transport: Transport, conversation: Conversation, envelope: Envelope20, place: str, sequence: int
    ) -> None:
        self._transport = transport
        self._address = conversation.address
        self._envelope = envelope
        self._place = place
        self._heard = Heard()
        self._typed = Typed(self._send, transport.repeat_after, sequence)
        self._pulse = Pulse(envelope, conversation.tell, self._taken, self._silent)
        self._reader: asyncio.Future[None] | None = None
        self._trouble: Callable[[], NodeError] | None = None
        transport.attach(self._address, self)

    def start(self, owner: int, most: int) -> None:
        """The BMC has given us the port. `owner`: as the pulse has it. `most`: octets of a payload to it."""
        self._typed.most = min(most - 4, MOST) if most in _SIZES else self._typed.most
        if self._trouble is None:
            self._pulse.start(owner)

    def end(self) -> None:
        """Hear no more."""
        self._pulse.stop()
        self._typed.end()
        self._transport.detach(self._address, self)

    @property
    def sequence(self) -> int:
        """The number of the last packet that was typed."""
        return self._typed.sequence

    @property
    def is_lost(self) -> bool:
        return self._trouble is not None

    async def read(self) -> bytes:
        while not len(self._heard):
            if self._trouble is not None:
                raise self._trouble()
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        octets = self._heard.all()
        if self._heard.may_go_on():
            self._send(Packet())
        return octets

    async def write(self, octets: bytes) -> None:
        await self._typing(self._typed.type(octets))

    async def send_break(self) -> None:
        await self._typing(self._typed.signal(Signal.BREAK))

    def received(self, datagram: bytes) -> None:
        payload = self._envelope.open(datagram, SERIAL)
        packet = decode(payload) if payload is not None else None
        if packet is None:
            self._pulse.received(datagram)
            return
        self._pulse.beat()
        if packet.acknowledges:
            self._typed.acknowledged(packet)
        if packet.sequence and (answer := self._heard.take(packet)) is not None:
            self._send(answer)
            self._wake()
        if packet.signals & Signal.DEACTIVATED:
            self._taken()

    def failed(self, error: OSError) -> None:
        """Nobody is there any more; that a network is away for a moment is for the pulse to judge."""
        if error.errno == errno.ECONNREFUSED:
            self._lose(
                lambda: Unreachable(f"nothing at {self._place} speaks IPMI any more: the BMC is being restarted")
            )

    async def _typing(self, work: Coroutine[Any, Any, bool]) -> None:
        """Do it. NodeError: the console is lost, before or meanwhile."""
        try:
            is_done = await work
        except Silent:
            is_done = False
            self._silent()
        if not is_done and self._trouble is not None:
            raise self._trouble()

    def _send(self, packet: Packet) -> None:
        self._transport.send(self._address, self._envelope.seal(packet.encode(), SERIAL))

    def _taken(self) -> None:
        self._lose(
            lambda: NodeError(
                f"the BMC at {self._place} has ended its serial console: somebody else has taken it, or SOL was disabled there"
            )
        )

    def _silent(self) -> None:
        self._lose(lambda: Unreachable(f"{self._place} has stopped answering: the BMC is gone, or is being restarted"))

    def _lose(self, trouble: Callable[[], NodeError]) -> None:
        if self._trouble is None:
            self._trouble = trouble
            self._pulse.stop()
            self._typed.end()
            self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
