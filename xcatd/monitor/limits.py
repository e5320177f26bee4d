"""What the door for nodes grants: there is no log-in at it."""

from __future__ import annotations

from dataclasses import dataclass

from xcatd.services.nodes.logs import LONGEST


@dataclass(frozen=True, slots=True)
class NodeLimits:
    """`connections` at once, and of them `from_one` of one address; `line`: bytes of a line; `log`: bytes of a log; `lines` in one
    conversation, without those of a log; seconds until the next line has come (`idle`), and for all of it
    (`whole`)."""

    connections: int = 2048
    from_one: int = 16
    line: int = 4096
    log: int = LONGEST
    lines: int = 32
    idle: float = 10.0
    whole: float = 300.0
