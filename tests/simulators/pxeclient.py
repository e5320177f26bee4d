"""The firmware of a machine that has an address and asks a boot server for its loader (PXE 2.1, section 2.2.6).

    pxeclient.py SERVER ADDRESS MAC [CODE=HEX]...

It prints what it is told as JSON, or null. Its limits: no menus, no multicast.
"""

from __future__ import annotations

import json
import random
import socket
import struct
import sys
from collections.abc import Iterator, Mapping

PATIENCE = 1.0
"""Seconds after which nobody answers: on one machine a server needs a few milliseconds."""
PORT = 4011
_COOKIE = bytes((99, 130, 83, 99))


def main(words: list[str]) -> None:
    server, address, mac, *more = words
    options = {53: b"\x03", 55: bytes((43, 54, 60, 66, 67, 97, 224)), 60: b"PXEClient:Arch:00000:UNDI:002001"}
    options |= {int(code): bytes.fromhex(value) for code, _, value in (word.partition("=") for word in more)}
    transaction = random.randbytes(4)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((address, 68))
        line.settimeout(PATIENCE)
        line.sendto(_message(transaction, address, bytes.fromhex(mac.replace(":", "")), options), (server, PORT))
        try:
            answer, sender = line.recvfrom(4096)
        except TimeoutError:
            print("null")
            return
    assert (answer[0], answer[4:8]) == (2, transaction)
    print(json.dumps({**_shown(answer), "from": sender}))


def _message(transaction: bytes, address: str, mac: bytes, options: Mapping[int, bytes]) -> bytes:
    head = struct.pack("!BBBB4sHH4s12s16s192s", 1, 1, 6, 0, transaction, 4, 0, socket.inet_aton(address), b"", mac, b"")
    body = b"".join(bytes((code, len(value))) + value for code, value in options.items())
    return head + _COOKIE + body + b"\xff"


def _shown(message: bytes) -> Mapping[str, object]:
    """`options`: code -> value in hexadecimal."""
    assert message[236:240] == _COOKIE
    return {
        "next-server": socket.inet_ntoa(message[20:24]),
        "file": message[108:236].rstrip(b"\0").decode(),
        "options": {str(code): value.hex() for code, value in _options(message[240:])},
    }


def _options(octets: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while octets[place] != 255:
        code, length = octets[place], octets[place + 1]
        yield code, octets[place + 2 : place + 2 + length]
        place += 2 + length


if __name__ == "__main__":
    main(sys.argv[1:])
