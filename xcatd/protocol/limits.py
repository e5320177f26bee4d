"""How much a stranger may send before he is cut off."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024

CALLER_FRAME = MIB
"""Bytes of payload that one frame from a caller may have."""

PEER_FRAME = 16 * MIB
"""Bytes of payload that one frame between daemons may have."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one XML document: `bytes` from its first to its last, nesting `depth` (the root counts), number of
    `elements`.
    """

    bytes: int = 8 * MIB
    depth: int = 16
    elements: int = 200_000


REQUEST = Limits()
"""What a caller may send."""

TRUSTED = Limits(bytes=64 * MIB, elements=1_000_000)
"""What root and other daemons may send: xCAT's tabrestore puts each line of a table into an element of its own."""

ANSWER = Limits(bytes=1024 * MIB, depth=16, elements=20_000_000)
"""What our own client side believes of a daemon that it has chosen to ask."""
