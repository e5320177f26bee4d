"""What the door grants to callers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DoorLimits:
    """`connections` at once; seconds for the TLS handshake, and for which a connection may be idle before a request."""

    connections: int = 4096
    handshake: float = 10.0
    idle: float = 15.0
