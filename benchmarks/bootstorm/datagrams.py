"""DHCP and TFTP as the firmware of a thousand nodes speaks them, from one process."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.simulators.dhcpclient import ACK, DISCOVER, OFFER, REQUEST, Client, Wire, options_of, shown

PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 16.0, 16.0)
"""Seconds until it is asked again: the firmware's (PXE 2.1, section 2.2.2) are 4, 8, 16 and 32, iPXE begins with less."""
BLOCK = 1432
"""Bytes of a block, as firmware and iPXE ask for them (RFC 2348): one Ethernet frame."""
_READ, _DATA, _ACK, _ERROR, _OPTIONS = 1, 3, 4, 5, 6
_BUFFER = 4 << 20
"""Bytes: what a switch and a thousand interfaces hold."""


class Unanswered(Exception):
    """Nobody answers, or refuses. The text says who."""


@dataclass(slots=True)
class Counted:
    """How often something had to be asked again."""

    dhcp: int = 0
    tftp: int = 0


class Air(Wire):
    """The interface of all machines."""

    def __init__(self, interface: str) -> None:
        super().__init__(interface)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._socket.setblocking(False)


@dataclass(slots=True)
class Network:
    """Answers are broadcast, and told apart by the number of their transaction."""

    wire: Air
    counted: Counted
    _open: dict[bytes, asyncio.Queue[bytes]] = field(default_factory=dict)

    def listen(self) -> None:
        asyncio.get_running_loop().add_reader(self.wire, self._hear)

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                answer = self.wire.receive()
                if answer is not None and answer[:1] == b"\x02" and (waiting := self._open.get(answer[4:8])):
                    waiting.put_nowait(answer)

    async def lease(self, mac: bytes, more: Mapping[int, bytes]) -> Mapping[str, object]:
        """DISCOVER, OFFER, REQUEST, ACK; what the last one says. Raises Unanswered."""
        client = Client(self.wire, mac, more)
        waiting = self._open[client.transaction] = asyncio.Queue()
        try:
            offer = await self._ask(client, waiting, {53: bytes([DISCOVER])}, OFFER)
            server = dict(options_of(offer[240:]))[54]
            wanted = {53: bytes([REQUEST]), 50: offer[16:20], 54: server}
            return shown(await self._ask(client, waiting, wanted, ACK))
        finally:
            del self._open[client.transaction]

    async def _ask(
        self, client: Client, waiting: asyncio.Queue[bytes], options: Mapping[int, bytes], kind: int
    ) -> bytes:
        message = client.message(options)
        for number, pause in enumerate(PAUSES):
            self.counted.dhcp += number > 0
            self.wire.send(message, client.mac)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause * random.uniform(0.9, 1.1)):
                    while (answer := await waiting.get()) and dict(options_of(answer[240:])).get(53) != bytes([kind]):
                        pass
                    return answer
        raise Unanswered("the DHCP server does not answer")


class _Inbox(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.packets: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.packets.put_nowait((data, addr))


async def by_tftp(source: str, server: str, name: str, counted: Counted) -> bytes:
    """A file, in blocks of BLOCK bytes. Raises Unanswered."""
    loop = asyncio.get_running_loop()
    transport, inbox = await loop.create_datagram_endpoint(_Inbox, local_addr=(source, 0))
    try:
        return await _Transfer(transport, inbox, (server, 69), counted).read(name)
    finally:
        transport.close()


@dataclass(slots=True)
class _Transfer:
    """The reading of one file. `where`: from which port the server goes on."""

    transport: asyncio.DatagramTransport
    inbox: _Inbox
    where: tuple[str, int]
    counted: Counted

    async def read(self, name: str) -> bytes:
        """The list of options that the server begins with is acknowledged as block 0 (RFC 2347)."""
        words = (name, "octet", "blksize", str(BLOCK))
        packet = struct.pack("!H", _READ) + b"".join(word.encode() + b"\0" for word in words)
        content, number = b"", 0
        while True:
            data = await self._answer(packet, number)
            packet = struct.pack("!HH", _ACK, number)
            content += data
            if number and len(data) < BLOCK:
                self.transport.sendto(packet, self.where)
                return content
            number += 1

    async def _answer(self, packet: bytes, number: int) -> bytes:
        for times, pause in enumerate(PAUSES):
            self.counted.tftp += times > 0
            self.transport.sendto(packet, self.where)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    return await self._block(number)
        raise Unanswered("the TFTP server does not answer")

    async def _block(self, number: int) -> bytes:
        while True:
            packet, sender = await self.inbox.packets.get()
            kind, code = struct.unpack("!HH", packet[:4])
            if kind == _ERROR:
                raise Unanswered(f"the TFTP server refuses: {packet[4:].rstrip(bytes(1)).decode(errors='replace')}")
            if kind == _OPTIONS and not number:
                self.where = sender
                return b""
            if (kind, code) == (_DATA, number) and number:
                return packet[4:]
