"""What comes back: a stream of lines and failures, an `Ended` for every node, one `Done`.

Lines by the thousand travel in blocks; they look to every reader as if they had come one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Channel(StrEnum):
    """How xCAT's protocol labels a text, which decides where and how a client prints it (protocol.md 1.7)."""

    DATA = "data"
    INFO = "info"
    WARNING = "warning"
    SINFO = "sinfo"
    ERROR = "error"


class Verdict(StrEnum):
    """How it ended for one node. `UNKNOWN`: delivered, then the daemon that had it went away."""

    OK = "ok"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of output. With a node: `node: text` or `node: label: text`; a node without text is just its name.

    `source` is the daemon that said it; "" when it comes from the hall itself and no prefix must be shown.
    """

    text: str | None
    node: str | None = None
    label: str | None = None
    channel: Channel = Channel.DATA
    source: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """Many lines at once, each as `Line(text, channel=channel, source=source)` would be."""

    texts: tuple[str, ...]
    channel: Channel = Channel.DATA
    source: str = ""


NodeLine = tuple[str, str | None, str | None]
"""A node, a label or None, a text or None."""


@dataclass(frozen=True, slots=True)
class NodeBlock:
    """Many lines about nodes, each as `Line(text, node, label, source=source)` would be."""

    lines: tuple[NodeLine, ...]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes for the caller's terminal as they are."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long change has come. Only a terminal shows it, and only until something else is said."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Something did not work. `code` is OR-ed into the exit status.

    `channel` is ERROR, except where xCAT says it on standard output.
    `prefix=False` leaves out the word `Error:` (the NoErrorPrefix of the XML protocol). `cause` is the word of the error's
    class ("unreachable"), for those who count causes; "" when there is none.
    """

    text: str
    node: str | None = None
    code: int = 1
    channel: Channel = Channel.ERROR
    source: str = ""
    prefix: bool = True
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing more will come about this node. This is what makes the accounting possible.

    `seconds`: how long the daemon that owns the node has worked on it; 0: it was not measured.
    """

    node: str
    verdict: Verdict
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Done:
    """The last reply. `status` is the exit status: the OR of all failures' codes."""

    status: int = 0


Reply = Line | Block | NodeBlock | Raw | Failure | Progress | Ended | Done


def length_of(reply: Reply) -> int:
    """Roughly how many characters a reply brings: what tells the sinks when they have gathered enough."""
    match reply:
        case Line() | Failure():
            return len(reply.text or "")
        case Raw(octets):
            return len(octets)
        case Block(texts):
            return sum(map(len, texts)) + len(texts)
        case NodeBlock(lines):
            return sum(len(node) + len(label or "") + len(text or "") + 5 for node, label, text in lines)
    return 0
