"""What comes back: a stream of lines and failures, an `Ended` for every node, one `Done`."""

from __future__ import annotations

from dataclasses import dataclass
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
class Failure:
    """Something did not work. `code` is OR-ed into the exit status.

    `channel` is ERROR, except where xCAT says it on standard output.
    `prefix=False` leaves out the word `Error:` (the NoErrorPrefix of the XML protocol).
    """

    text: str
    node: str | None = None
    code: int = 1
    channel: Channel = Channel.ERROR
    source: str = ""
    prefix: bool = True


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing more will come about this node. This is what makes the accounting possible."""

    node: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Done:
    """The last reply. `status` is the exit status: the OR of all failures' codes."""

    status: int = 0


Reply = Line | Failure | Ended | Done
