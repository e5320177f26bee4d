"""What the door grants to callers."""

from __future__ import annotations

from dataclasses import dataclass

from xcatd.protocol.limits import MIB


@dataclass(frozen=True, slots=True)
class DoorLimits:
    """`connections` at once; seconds for the TLS handshake, and for which a connection may be idle before a request;
    `streams`: requests at once on one connection; `stdin`: bytes that a caller may send as standard input.
    """

    connections: int = 4096
    handshake: float = 10.0
    idle: float = 15.0
    streams: int = 64
    stdin: int = 256 * MIB
