"""The serial port of a tiny BMC, and the network around it, bad on command. Shares no code with the daemon.

It sends its characters in packets, one at a time, again until they are acknowledged, as IPMI 2.0 section 15.11 has it. What it does
not do: flow control, several instances, retry counts.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.simulators.miniature import Miniature
from tests.simulators.responder import Address, Responder

ACTIVATE, DEACTIVATE, STATUS, INSTANCE, SESSION = ((0x06, number) for number in (0x48, 0x49, 0x4A, 0x4B, 0x3D))
STRANGER = 0x4711
"""The session of somebody else."""
AGAIN = 0.02
"""Seconds until a packet is sent again."""
NACK, BREAK, DEACTIVATED = 0x40, 0x10, 0x10


@dataclass
class SerialPort:
    """A part of `brain`, and what takes its payloads. Set a field, and from the next packet on it behaves so.

    `code`: what activating is answered with, instead of being done. `owner`: the session that has it, 0: none. `sticks`: so many
    requests to put that one out are of no use. `is_discreet`: it does not tell who has it. `inbound`: octets that a payload may
    have. `takes`: characters that it takes of a packet. `nacks`: packets that it does not take. `deaf`: it acknowledges nothing.
    `ignores`: so many packets of its own get lost. `late`: after each packet, the one before arrives once more. `copies`: how
    often its packets arrive. `typed`: what was typed, in so many `packets`. `breaks`: how many came.
    """

    brain: Miniature
    network: SerialResponder | None = None
    code: int = 0
    owner: int = 0
    sticks: int = 0
    is_discreet: bool = False
    inbound: int = 24
    takes: int | None = None
    nacks: int = 0
    deaf: bool = False
    ignores: int = 0
    late: bool = False
    copies: int = 1
    typed: bytearray = field(default_factory=bytearray)
    breaks: int = 0
    packets: int = 0
    _last: int = 0
    _answer: bytes = b""
    _sequence: int = 0
    _waiting: bytearray = field(default_factory=bytearray)
    _packet: bytes = b""
    _before: bytes = b""

    def carry_out(self, command: tuple[int, int], data: bytes, privilege: int) -> tuple[int, bytes] | None:
        if command == ACTIVATE:
            return self._activate()
        if command == DEACTIVATE:
            self.owner = self.owner if self.sticks else 0
            self.sticks = max(0, self.sticks - 1)
            return 0, b""
        if command == STATUS:
            return 0, bytes((1, int(bool(self.owner)), 0))
        if command == INSTANCE:
            return (0xC1, b"") if self.is_discreet else (0, struct.pack("<I", self.owner) + bytes(8))
        if command == SESSION:
            return 0, bytes((1, 5, 1, 3, 4, 1, 10, 1, 2, 3)) + bytes(8)
        return None

    def _activate(self) -> tuple[int, bytes]:
        if self.code:
            return self.code, b""
        if self.owner:
            return 0x80, b""
        self.owner = self.brain.asking
        return 0, bytes(4) + struct.pack("<HHHH", self.inbound, 200, 623, 0xFFFF)

    def received(self, session: int, payload: bytes) -> None:
        """A packet from the console."""
        sequence, acknowledged, _, operation = payload[:4]
        if session != self.owner:
            return
        if acknowledged and acknowledged == self._sequence and self._packet:
            self._before, self._packet = self._packet, b""
            self._next()
        if sequence and not self.deaf:
            self._take(sequence, payload[4:], operation)

    def _take(self, sequence: int, characters: bytes, operation: int) -> None:
        if sequence != self._last:
            self.packets += 1
            self._last = sequence
            taken = characters if self.takes is None else characters[: self.takes]
            refused = 0
            if self.nacks:
                self.nacks -= 1
                taken, refused = b"", NACK
            self.typed += taken
            self.breaks += bool(operation & BREAK)
            self._answer = bytes((0, sequence, len(taken), refused))
        self._send(self._answer)

    def say(self, characters: bytes) -> None:
        """The node prints this."""
        self._waiting += characters
        if not self._packet:
            self._next()

    def end(self) -> None:
        """It tells that it is deactivated."""
        self._send(bytes((0, 0, 0, DEACTIVATED)))
        self.owner = 0

    def stray(self, payload: bytes) -> None:
        """Send any packet."""
        self._send(payload)

    def _next(self) -> None:
        if not self._waiting:
            return
        characters = bytes(self._waiting[:64])
        del self._waiting[:64]
        self._sequence = self._sequence % 15 + 1
        self._packet = bytes((self._sequence, 0, 0, 0)) + characters
        self._again(self._packet)

    def _again(self, packet: bytes) -> None:
        if packet is not self._packet or not self.owner:
            return
        if self.ignores:
            self.ignores -= 1
        else:
            self._send(packet)
            if self.late and self._before:
                self._send(self._before)
        asyncio.get_running_loop().call_later(AGAIN, self._again, packet)

    def _send(self, payload: bytes) -> None:
        session = self.brain.sessions.get(self.owner)
        if session is not None and self.network is not None:
            for _ in range(self.copies):
                self.network.tell(self.brain.sealed(session, payload, 0xC1))


class SerialResponder(Responder):
    """It also speaks without being asked."""

    _console: Address = ("127.0.0.1", 9)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._console = addr
        super().datagram_received(data, addr)

    def tell(self, datagram: bytes) -> None:
        if not self._transport.is_closing() and not self.silent:
            self._transport.sendto(datagram, self._console)


@asynccontextmanager
async def serial_bmc() -> AsyncIterator[tuple[SerialResponder, SerialPort]]:
    """A BMC with a serial port, on a free port of the loopback."""
    brain = Miniature()
    port = SerialPort(brain)
    brain.parts.append(port)
    brain.serial = port.received
    transport, network = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: SerialResponder(brain), local_addr=("127.0.0.1", 0)
    )
    port.network = network
    try:
        yield network, port
    finally:
        transport.close()
