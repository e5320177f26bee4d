"""Asking an NTP server for the time: RFC 5905, figure 8 (the packet) and section 7.3 (its fields)."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass

PORT = 123
_LENGTH = 48
_VERSION, _CLIENT, _SERVER = 4, 3, 4
"""The version, and modes."""
_UNSYNCHRONISED = 3
"""Leap indicator."""
_AGAIN_AFTER = 0.5
"""Seconds. Packets may get lost, and a server that has just started may not listen yet."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`stratum`: how many servers it is away from a clock, 0: it does not know the time. `synchronised`: it does."""

    stratum: int
    synchronised: bool


async def ask(address: str, within: float, port: int = PORT) -> Answer | None:
    """What a server answers; None: nothing that makes sense, `within` so many seconds."""
    answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    token = secrets.token_bytes(8)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Asker(token, answer), remote_addr=(address, port)
    )
    try:
        async with asyncio.timeout(within):
            while True:
                transport.sendto(question(token))
                done, _ = await asyncio.wait({answer}, timeout=_AGAIN_AFTER)
                if done:
                    return answer.result()
    except TimeoutError:
        return None
    finally:
        transport.close()


class _Asker(asyncio.DatagramProtocol):
    """An error (nobody listens) is waited out as silence is."""

    def __init__(self, token: bytes, answer: asyncio.Future[Answer]) -> None:
        self._token = token
        self._answer = answer

    def datagram_received(self, data: bytes, addr: object) -> None:
        found = answer_in(data, self._token)
        if found is not None and not self._answer.done():
            self._answer.set_result(found)


def question(token: bytes) -> bytes:
    """A client's packet. `token`: 8 bytes that the answer repeats, in place of the time (which is nobody's affair)."""
    return bytes((_VERSION << 3 | _CLIENT,)) + bytes(_LENGTH - 1 - len(token)) + token


def answer_in(data: bytes, token: bytes) -> Answer | None:
    """What a packet says; None when it is no answer to the question with this token."""
    if len(data) < _LENGTH or data[0] & 7 != _SERVER or data[24:32] != token:
        return None
    stratum = data[1]
    return Answer(stratum, data[0] >> 6 != _UNSYNCHRONISED and 0 < stratum < 16)
