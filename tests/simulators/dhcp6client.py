"""A DHCPv6 client (RFC 8415): it asks for an address, and prints what it is given as JSON. Run it in the network namespace of
the client, whose interface has a link-local address:

    python dhcp6client.py INTERFACE MAC [CODE=HEX ...]
    python dhcp6client.py RELAY>SERVER MAC [CODE=HEX ...]

CODE=HEX are more options that it sends. The first form calls itself by its MAC (DUID-LL), and sends to all servers on the link. The
second one speaks as a relay does that has heard a client on its network, whose MAC it says (RFC 6939), while the client calls
itself by another one: from its address there, which this host must have, to the server's.

What it does not do: it configures nothing, keeps no lease, renews nothing, and hears the first server only. Nobody answers within
PATIENCE, or as many seconds as the environment has in ANSWERS_WITHIN: it prints null.
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
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv6Address
from typing import Protocol

PATIENCE = float(os.environ.get("ANSWERS_WITHIN", "30"))
"""Seconds after which nobody answers. On one machine a server needs a few milliseconds, on a busy one much longer."""
AGAIN = 3.0
"""Seconds after which it asks again, as any client does: the server may only just have started."""
SOLICIT, ADVERTISE, REQUEST, REPLY, RELAY_FORWARD, RELAY_REPLY = 1, 2, 3, 7, 12, 13
CLIENT_ID, SERVER_ID, ADDRESSES, ADDRESS, WANTED, ELAPSED, RELAYED, FILE, CLIENT_MAC = 1, 2, 3, 5, 6, 8, 9, 59, 79
_ALL_SERVERS, _CLIENT_PORT, _SERVER_PORT = "ff02::1:2", 546, 547
_WISHES = (16, 23, 24, 31, 59, 60)
_ETHERNET = 1
Options = Iterable[tuple[int, bytes]]


class Line(Protocol):
    """What carries messages."""

    def fileno(self) -> int: ...

    def send(self, message: bytes, mac: bytes) -> None: ...

    def receive(self) -> bytes: ...


class Link:
    """A network interface."""

    def __init__(self, interface: str) -> None:
        self._number = socket.if_nametoindex(interface)
        self._socket = _bound("::", _CLIENT_PORT, self._number)

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, message: bytes, mac: bytes) -> None:
        self._socket.sendto(message, (_ALL_SERVERS, _SERVER_PORT, 0, self._number))

    def receive(self) -> bytes:
        return self._socket.recv(4096)


class Relay:
    """A relay's address and the server that it knows."""

    def __init__(self, address: str, server: str) -> None:
        self._address = IPv6Address(address).packed
        self._socket = _bound(address, _SERVER_PORT)
        self._socket.connect((server, _SERVER_PORT))

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, message: bytes, mac: bytes) -> None:
        head = bytes((RELAY_FORWARD, 0)) + self._address + IPv6Address("fe80::99").packed
        self._socket.send(head + _packed([(CLIENT_MAC, struct.pack("!H", _ETHERNET) + mac), (RELAYED, message)]))

    def receive(self) -> bytes:
        answer = self._socket.recv(4096)
        assert answer[0] == RELAY_REPLY
        return dict(_options(answer[34:]))[RELAYED]


class Client:
    """A machine with a MAC address on a line."""

    def __init__(self, line: Line, mac: bytes, name: bytes, more: Mapping[int, bytes]) -> None:
        self._line, self._mac = line, mac
        self._own = {CLIENT_ID: struct.pack("!HH", 3, _ETHERNET) + name, **more}

    def lease(self) -> Mapping[str, object] | None:
        """What a server gives; None when nobody answers."""
        offer = self._ask(SOLICIT, {ADDRESSES: self._mac[-4:] + bytes(8)}, ADVERTISE)
        if offer is None or _given(offer) is None:
            return None if offer is None else _shown(offer)
        answer = self._ask(REQUEST, {SERVER_ID: offer[SERVER_ID], ADDRESSES: offer[ADDRESSES]}, REPLY)
        return None if answer is None else _shown(answer)

    def _ask(self, kind: int, options: Mapping[int, bytes], wanted: int) -> Mapping[int, bytes] | None:
        transaction = random.randbytes(3)
        wishes = struct.pack(f"!{len(_WISHES)}H", *_WISHES)
        body = _packed({WANTED: wishes, ELAPSED: bytes(2), **self._own, **options}.items())
        end = time.monotonic() + PATIENCE
        while (now := time.monotonic()) < end:
            self._line.send(bytes([kind]) + transaction + body, self._mac)
            if answer := self._heard(bytes([wanted]) + transaction, min(now + AGAIN, end)):
                return dict(_options(answer[4:]))
        return None

    def _heard(self, beginning: bytes, end: float) -> bytes | None:
        while (left := end - time.monotonic()) > 0 and select.select([self._line], [], [], left)[0]:
            answer = self._line.receive()
            if answer.startswith(beginning):
                return answer
        return None


def _bound(address: str, port: int, interface: int = 0) -> socket.socket:
    made = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    made.bind((address, port, 0, interface))
    return made


def _packed(options: Options) -> bytes:
    return b"".join(struct.pack("!HH", code, len(value)) + value for code, value in options)


def _options(octets: bytes) -> Iterator[tuple[int, bytes]]:
    while len(octets) >= 4:
        code, length = struct.unpack("!HH", octets[:4])
        yield code, octets[4 : 4 + length]
        octets = octets[4 + length :]


def _given(message: Mapping[int, bytes]) -> str | None:
    """The first address; None: the server has none."""
    inside = dict(_options(message.get(ADDRESSES, b"")[12:]))
    return str(IPv6Address(inside[ADDRESS][:16])) if ADDRESS in inside else None


def _shown(message: Mapping[int, bytes]) -> Mapping[str, object]:
    """`options`: code -> value in hexadecimal."""
    return {
        "address": _given(message),
        "file": message.get(FILE, b"").decode(),
        "options": {str(code): value.hex() for code, value in message.items()},
    }


def main(words: list[str]) -> None:
    way, text, *more = words
    relay, mark, server = way.partition(">")
    mac = bytes.fromhex(text.replace(":", ""))
    options = {int(code): bytes.fromhex(value) for code, _, value in (word.partition("=") for word in more)}
    line = Relay(relay, server) if mark else Link(way)
    name = mac[:-1] + bytes([mac[-1] ^ 0xFF]) if mark else mac
    print(json.dumps(Client(line, mac, name, options).lease()))


if __name__ == "__main__":
    main(sys.argv[1:])
