"""What the door for nodes grants: there is no log-in at it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NodeLimits:
    """`connections` at once, and of them `from_one` of one address; `line`: bytes of a line; `lines` in one conversation;
    seconds until the next line has come (`idle`), and for the whole conversation (`whole`)."""

    connections: int = 2048
    from_one: int = 16
    line: int = 4096
    lines: int = 32
    idle: float = 10.0
    whole: float = 300.0
