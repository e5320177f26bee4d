"""A DHCP client (RFC 2131): it asks for a lease and prints what it is given as JSON. Run it in the client's network namespace:

    python dhcpclient.py INTERFACE MAC [CODE=HEX ...]
    python dhcpclient.py RELAY>SERVER MAC [CODE=HEX ...]

CODE=HEX are more options that it sends. The first form broadcasts on a packet socket; the second one speaks as a relay does that
has heard a client on its network: from its address there, which this host must have, to the server's.

What it does not do: it configures nothing, keeps no lease, renews nothing, checks no checksums, and hears the first server only.
Nobody answers within PATIENCE, or as many seconds as the environment has in ANSWERS_WITHIN: it prints null.
"""

from __future__ import annotations

import json
import os
import random
import select
import socket
import struct
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Protocol

PATIENCE = float(os.environ.get("ANSWERS_WITHIN", "30"))
"""Seconds after which nobody answers. On one machine a server needs a few milliseconds, on a busy one much longer."""
AGAIN = 3.0
"""Seconds after which it asks again, as any client does: the server may only just have started."""
DISCOVER, OFFER, REQUEST, ACK = 1, 2, 3, 5
_COOKIE = bytes((99, 130, 83, 99))
_BROADCAST = b"\xff" * 6
_WANTED = bytes((1, 3, 6, 7, 12, 15, 17, 26, 42, 43, 51, 54, 60, 66, 67, 114, 119, 175, 209, 239))


class Line(Protocol):
    """What carries messages. `relay` is the address of a relay on the way, zeros without one."""

    relay: bytes

    def fileno(self) -> int: ...

    def send(self, message: bytes, mac: bytes) -> None: ...

    def receive(self) -> bytes | None:
        """A message from a server, or None for what is something else."""
        ...


class Wire:
    """A network interface that needs no address: broadcasts in frames of our own."""

    relay = bytes(4)

    def __init__(self, interface: str) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        self._socket.bind((interface, 0))

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, message: bytes, mac: bytes) -> None:
        datagram = struct.pack("!HHHH", 68, 67, 8 + len(message), 0) + message
        packet = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), 0, 0, 64, 17, 0, bytes(4), b"\xff" * 4)
        packet = packet[:10] + struct.pack("!H", _checksum(packet)) + packet[12:]
        self._socket.send(_BROADCAST + mac + b"\x08\x00" + packet + datagram)

    def receive(self) -> bytes | None:
        packet = self._socket.recv(4096)[14:]
        start = (packet[0] & 15) * 4
        if packet[9] != 17 or packet[start + 2 : start + 4] != b"\x00\x44":
            return None
        return packet[start + 8 :]


class Relay:
    """A relay's address and the server that it knows."""

    def __init__(self, address: str, server: str) -> None:
        self.relay = socket.inet_aton(address)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 67))
        self._socket.connect((server, 67))

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, message: bytes, mac: bytes) -> None:
        self._socket.send(message)

    def receive(self) -> bytes | None:
        return self._socket.recv(4096)


class Client:
    """A machine with a MAC address on a line. `transaction` marks its messages and their answers."""

    def __init__(self, line: Line, mac: bytes, more: Mapping[int, bytes]) -> None:
        self._line, self.mac, self._more = line, mac, more
        self.transaction = random.randbytes(4)

    def lease(self) -> Mapping[str, object] | None:
        """What a server acknowledges; None when nobody answers."""
        offer = self._ask({53: bytes([DISCOVER])}, OFFER)
        if offer is None:
            return None
        options = dict(options_of(offer[240:]))
        answer = self._ask({53: bytes([REQUEST]), 50: offer[16:20], 54: options[54]}, ACK)
        return None if answer is None else shown(answer)

    def _ask(self, options: Mapping[int, bytes], kind: int) -> bytes | None:
        message, end = self.message(options), time.monotonic() + PATIENCE
        while (now := time.monotonic()) < end:
            self._line.send(message, self.mac)
            if answer := self._heard(kind, min(now + AGAIN, end)):
                return answer
        return None

    def _heard(self, kind: int, end: float) -> bytes | None:
        while (left := end - time.monotonic()) > 0 and select.select([self._line], [], [], left)[0]:
            answer = self._line.receive()
            if (
                answer is not None
                and self._is_for_me(answer)
                and dict(options_of(answer[240:])).get(53) == bytes([kind])
            ):
                return answer
        return None

    def message(self, options: Mapping[int, bytes]) -> bytes:
        """What it sends with these options and its own. It asks for a broadcast answer."""
        hops = int(any(self._line.relay))
        head = struct.pack("!BBBB4sHH", 1, 1, 6, hops, self.transaction, 0, 0x8000)
        whole = {**options, 55: _WANTED, **self._more}
        body = b"".join(bytes([code, len(value)]) + value for code, value in whole.items())
        addresses = bytes(12) + self._line.relay + self.mac.ljust(16, b"\0")
        return head + addresses + bytes(192) + _COOKIE + body + b"\xff"

    def _is_for_me(self, message: bytes) -> bool:
        return message[0] == 2 and message[4:8] == self.transaction


def _checksum(octets: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def options_of(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Those of a message, which begin behind its first 240 octets."""
    place = 0
    while place < len(octets) and octets[place] != 255:
        if octets[place] == 0:
            place += 1
            continue
        code, length = octets[place], octets[place + 1]
        yield code, octets[place + 2 : place + 2 + length]
        place += 2 + length


def shown(message: bytes) -> Mapping[str, object]:
    """`options`: code -> value in hexadecimal. The boot file is in its field or in option 67."""
    options = dict(options_of(message[240:]))
    file = message[108:236].rstrip(b"\0") or options.get(67, b"")
    return {
        "address": socket.inet_ntoa(message[16:20]),
        "next-server": socket.inet_ntoa(message[20:24]),
        "file": file.rstrip(b"\0").decode(),
        "options": {str(code): value.hex() for code, value in options.items()},
    }


def main(words: list[str]) -> None:
    way, mac, *more = words
    relay, mark, server = way.partition(">")
    options = {int(code): bytes.fromhex(value) for code, _, value in (word.partition("=") for word in more)}
    line = Relay(relay, server) if mark else Wire(way)
    print(json.dumps(Client(line, bytes.fromhex(mac.replace(":", "")), options).lease()))


if __name__ == "__main__":
    main(sys.argv[1:])
