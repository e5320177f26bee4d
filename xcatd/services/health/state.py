"""How a service node is, in a word: what takeover, `xcatstatus` and metrics are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Word(StrEnum):
    """How a service node is."""

    HEALTHY = "healthy"
    SUSPECT = "suspect"
    """It answers in part, or its link has just gone."""
    CUT = "cut off"
    """It has no link to this daemon, but other service nodes reach it: the network is broken, not the service node."""
    DEAD = "dead"
    """It has no link, and most of those that were asked do not reach it either."""
    UNKNOWN = "unknown"
    """It has not been heard of since this daemon started, and that is not long ago."""


@dataclass(frozen=True, slots=True)
class Health:
    """How one service node is. `since`: the loop's time when it became so; `reasons`: sentences, most telling first; `damped`: it
    has changed too often lately, so nothing should be done by itself on the strength of it."""

    name: str
    word: Word
    since: float
    reasons: tuple[str, ...] = ()
    damped: bool = False


class HealthView(Protocol):
    """What a daemon knows of those below it."""

    def healths(self) -> Mapping[str, Health]:
        """Every service node directly below, by short name."""
        ...
