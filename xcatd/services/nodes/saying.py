"""A line that a node says: the same words on port 3002 and, over TLS, behind `nodereport` (protocol.md 2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from xcatd.errors import UsageError


class Verb(StrEnum):
    """The first word of a line, which must be exactly this one."""

    STATUS = "installstatus"
    APPLICATION = "hpcbootstatus"
    UPDATE = "updatestatus"
    NEXT = "next"
    POSTSCRIPT = "getpostscript"
    SYNC = "syncfiles"
    TOKEN = "token"  # noqa: S105 - a word that nodes say
    DESTINY = "getdestiny"
    NEXT_DESTINY = "nextdestiny"
    LOG = "nodelog"
    NOTHING = "installmonitor"
    UNLOCK = "unlocktftpdir"
    LOCK = "locktftpdir"
    ISCSI = "setiscsiparms"
    AIX = "basecustremv"


_KNOWN = frozenset(map(str, Verb))


@dataclass(frozen=True, slots=True)
class Saying:
    """What a node says. `reason`: why, when it says so: what stands behind `--` in the line."""

    verb: Verb
    words: tuple[str, ...] = ()
    reason: str = ""

    @property
    def text(self) -> str:
        """All that stands behind the verb."""
        return " ".join((*self.words, "--", self.reason)) if self.reason else " ".join(self.words)


def read_saying(words: Sequence[str], reason: str = "") -> Saying:
    """The meaning of a line that is split at its blanks. Raises UsageError when its first word means nothing."""
    if not words or words[0] not in _KNOWN:
        said = words[0][:80] if words else ""
        raise UsageError(f"{said!r} is nothing that a node can say; known are {', '.join(Verb)}")
    rest = list(words[1:])
    if "--" in rest:
        place = rest.index("--")
        reason = " ".join(rest[place + 1 :])
        rest = rest[:place]
    return Saying(Verb(words[0]), tuple(rest), reason)
