"""What the door grants to callers."""

from __future__ import annotations

from dataclasses import dataclass

from xcatd.model import Role
from xcatd.protocol.limits import MIB


@dataclass(frozen=True, slots=True)
class DoorLimits:
    """`connections` at once; seconds for the TLS handshake, and for which a connection may be idle before a request;
    `streams`: requests at once on one connection; `stdin`: bytes that a caller may send as standard input, `little` those that
    a node and a caller without a certificate may.
    """

    connections: int = 4096
    handshake: float = 10.0
    idle: float = 15.0
    streams: int = 64
    stdin: int = 256 * MIB
    little: int = MIB // 16

    def of_input(self, role: Role) -> int:
        """Bytes of standard input of a caller: strangers may not fill the memory."""
        return min(self.stdin, self.little) if role in (Role.ANONYMOUS, Role.NODE) else self.stdin
