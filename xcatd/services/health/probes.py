"""Asking the node-facing services of another host by their own protocols, as nodes do. Any answer is an answer, also a refusal:
whether it is the right one is that host's affair (`xcatstatus`)."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import struct
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.asking.http import get
from xcatd.services.asking.inbox import Inbox
from xcatd.services.asking.tftp import PORT as TFTP_PORT
from xcatd.services.health.aspect import Aspect, Target
from xcatd.services.health.inform import is_acknowledged

PATIENCE: Final = 3.0
"""Seconds that a server may take."""
AGAIN_AFTER: Final = 1.0
"""Seconds before a question over UDP is asked again, and before one that was missed altogether is."""
DNS_PORT: Final = 53
_FILE: Final = b"xcatd-health"
"""It need not exist: that it does not is an answer."""
_READ, _DATA, _ERROR, _ACK_OPTIONS = 1, 3, 5, 6
_IS_ANSWER, _RECURSION, _SOA, _INTERNET = 0x8000, 0x0100, 6, 1


async def ask(aspect: Aspect, target: Target) -> bool | None:
    """Whether it answers; a miss is asked again before it counts. None: it cannot be asked from here."""
    answered = await _ASKED[aspect](target)
    if answered is False:
        await asyncio.sleep(AGAIN_AFTER)
        answered = await _ASKED[aspect](target)
    return answered


async def _tftp(target: Target) -> bool:
    """A read request (RFC 1350). What comes, with or without options (RFC 2347), is broken off by an error."""
    async with _Udp() as udp:
        question = struct.pack("!H", _READ) + _FILE + b"\0octet\0"
        return await udp.is_answered(
            question, (target.address, TFTP_PORT), _is_of_tftp, struct.pack("!HH", _ERROR, 0) + b"\0"
        )


def _is_of_tftp(packet: bytes) -> bool:
    return len(packet) >= 4 and struct.unpack("!H", packet[:2])[0] in (_DATA, _ERROR, _ACK_OPTIONS)


async def _http(target: Target) -> bool:
    try:
        await get("/", target.address, target.http_port)
    except ServiceError:
        return False
    return True


async def _dns(target: Target) -> bool:
    """The SOA record of the domain (RFC 1035 section 4.1)."""
    number = secrets.token_bytes(2)
    labels = [label.encode("ascii", "replace")[:63] for label in target.domain.strip(".").split(".") if label]
    name = b"".join(bytes((len(label),)) + label for label in labels) + b"\0"
    question = number + struct.pack("!HHHHH", _RECURSION, 1, 0, 0, 0) + name + struct.pack("!HH", _SOA, _INTERNET)

    def is_mine(packet: bytes) -> bool:
        return packet[:2] == number and len(packet) >= 12 and bool(struct.unpack("!H", packet[2:4])[0] & _IS_ANSWER)

    async with _Udp() as udp:
        return await udp.is_answered(question, (target.address, DNS_PORT), is_mine)


async def _dhcp(target: Target) -> bool | None:
    return await is_acknowledged(target.address, PATIENCE, AGAIN_AFTER)


_ASKED: Mapping[Aspect, Callable[[Target], Awaitable[bool | None]]] = {
    Aspect.TFTP: _tftp,
    Aspect.HTTP: _http,
    Aspect.DNS: _dns,
    Aspect.DHCP: _dhcp,
}


class _Udp:
    """A socket for one question. Answers of TFTP come from another port than the one that was asked (RFC 1350 section 4)."""

    async def __aenter__(self) -> _Udp:
        self._transport: asyncio.DatagramTransport | None = None
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._transport is not None:
            self._transport.close()

    async def is_answered(
        self, question: bytes, server: tuple[str, int], fits: Callable[[bytes], bool], thanks: bytes = b""
    ) -> bool:
        """Whether something comes that `fits`; `thanks` are sent to whom it came from."""
        unspecified = "::" if ":" in server[0] else "0.0.0.0"  # noqa: S104 - it hears the one that it has asked
        try:
            async with asyncio.timeout(PATIENCE):
                self._transport, inbox = await asyncio.get_running_loop().create_datagram_endpoint(
                    Inbox, local_addr=(unspecified, 0)
                )
                while True:
                    self._transport.sendto(question, server)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(AGAIN_AFTER):
                            sender = await _answer(inbox, server[0], fits)
                            if thanks:
                                self._transport.sendto(thanks, sender)
                            return True
        except OSError:  # TimeoutError is one, and no way there another
            return False


async def _answer(inbox: Inbox, address: str, fits: Callable[[bytes], bool]) -> tuple[str, int]:
    while True:
        packet, sender = await inbox.packets.get()
        if sender[0] == address and fits(packet):
            return sender
