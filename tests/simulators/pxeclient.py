"""The firmware of a machine that has an address and asks a boot server for its loader (PXE 2.1, section 2.2.6).

    pxeclient.py SERVER ADDRESS MAC [CODE=HEX]...

It prints what it is told as JSON; null, when nobody answers within PATIENCE, or as many seconds as the environment has in
ANSWERS_WITHIN. Its limits: no menus, no multicast.
"""

from __future__ import annotations

import json
import os
import random
import socket
import struct
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress

PATIENCE = float(os.environ.get("ANSWERS_WITHIN", "30"))
"""Seconds after which nobody answers. On one machine a server needs a few milliseconds, on a busy one much longer."""
AGAIN = 1.0
"""Seconds after which it asks again: the server may only just have started."""
PORT = 4011
_COOKIE = bytes((99, 130, 83, 99))


def main(words: list[str]) -> None:
    server, address, mac, *more = words
    options = {53: b"\x03", 55: bytes((43, 54, 60, 66, 67, 97, 224)), 60: b"PXEClient:Arch:00000:UNDI:002001"}
    options |= {int(code): bytes.fromhex(value) for code, _, value in (word.partition("=") for word in more)}
    transaction = random.randbytes(4)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((address, 68))
        line.settimeout(min(AGAIN, PATIENCE))
        message = _message(transaction, address, bytes.fromhex(mac.replace(":", "")), options)
        answer, sender = _asked(line, message, (server, PORT))
    if not answer:
        print("null")
        return
    assert (answer[0], answer[4:8]) == (2, transaction)
    print(json.dumps({**_shown(answer), "from": sender}))


def _asked(line: socket.socket, message: bytes, server: tuple[str, int]) -> tuple[bytes, object]:
    """The answer and who gave it; no octets: nobody."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        line.sendto(message, server)
        with suppress(TimeoutError):
            return line.recvfrom(4096)
    return b"", None


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
