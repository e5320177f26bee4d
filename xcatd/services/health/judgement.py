"""What follows from what was seen of one service node. Pure: the clock is given.

A service node is dead only when this daemon has had no link to it for AFTER seconds, does not reach its port, and most of those
that were asked do not reach it either. Doubt is never death.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from xcatd.services.health.penalty import Penalty
from xcatd.services.health.state import Health, Word

AFTER: Final = 10.0
"""Seconds without a link before a service node may be dead: a restart takes less."""
ALONE: Final = 2 * AFTER
"""The same where nobody else can be asked."""
YOUNG: Final = 30.0
"""Seconds in which one that has never called may still do so, from the start of this daemon or its own definition."""
BLINK: Final = 2.0
"""Seconds without a link that change nothing: `xcatd -r` takes less."""
STEADY: Final = 5.0
"""Seconds with a link before a service node that was without one is healthy again."""
STALL: Final = 5.0
"""Seconds between two looks after which this daemon itself is known to have stood still: that time is nobody else's fault."""
_GONE: Final = frozenset({Word.CUT, Word.DEAD})


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a service node at one moment. `faults`: sentences about services that do not answer. Without a link:
    `reached`: whether its port answers this daemon, None before that was tried; `asked`: how many other service nodes were
    asked for their view, of whom `reach` reach it and `miss` do not; the rest did not answer."""

    is_linked: bool
    faults: tuple[str, ...] = ()
    reached: bool | None = None
    asked: int = 0
    reach: int = 0
    miss: int = 0


class Judgement:
    """How one service node is, from one look to the next. `now`: seconds; when it became known to this daemon."""

    def __init__(self, name: str, now: float) -> None:
        self._name = name
        self._health = Health(name, Word.UNKNOWN, now)
        self._penalty = Penalty()
        self._looked = now
        self._known = now
        self._fell = now
        """Since when there is no link."""
        self._rose: float | None = None
        """Since when there is one; None while there is none."""
        self._was_linked = False
        self._is_recovering = False

    @property
    def health(self) -> Health:
        """As it was at the last look."""
        return self._health

    def missing_for(self, now: float) -> float:
        """Seconds without a link."""
        return 0.0 if self._rose is not None else now - self._fell

    def look(self, now: float, seen: Seen) -> Health:
        """How it is, now that this is seen."""
        self._note(now, seen)
        word, reasons = self._linked(now, seen) if seen.is_linked else self._unlinked(now, seen)
        if word is not self._health.word:
            if not seen.is_linked and self._health.word is Word.HEALTHY:
                self._penalty = self._penalty.raised(now)
            since = now
        else:
            since = self._health.since
        self._penalty = self._penalty.at(now)
        self._health = Health(self._name, word, since, reasons, self._penalty.is_damped)
        return self._health

    def _note(self, now: float, seen: Seen) -> None:
        """Keep the times. What this daemon slept through counts for nothing."""
        slept = now - self._looked
        self._looked = now
        if slept > STALL:
            self._fell, self._known = self._fell + slept, self._known + slept
            if self._rose is not None:
                self._rose += slept
        if seen.is_linked:
            self._rose = now if self._rose is None else self._rose
            self._was_linked = True
        elif self._rose is not None:
            self._fell, self._rose = now, None

    def _linked(self, now: float, seen: Seen) -> tuple[Word, tuple[str, ...]]:
        assert self._rose is not None, "there is a link"
        if self._is_recovering and now - self._rose < STEADY:
            return Word.SUSPECT, ("its link has only just come back", *seen.faults)
        self._is_recovering = False
        return (Word.SUSPECT, seen.faults) if seen.faults else (Word.HEALTHY, ())

    def _unlinked(self, now: float, seen: Seen) -> tuple[Word, tuple[str, ...]]:
        gone = now - self._fell
        if not self._was_linked and now - self._known < YOUNG:
            return Word.UNKNOWN, ("it has not called since this daemon started",)
        if gone < BLINK and not self._is_recovering:
            return self._health.word, self._health.reasons
        self._is_recovering = True
        if seen.reached:
            return Word.SUSPECT, ("it has no link, though its daemon answers: see the logs of both",)
        if gone < AFTER or seen.reached is None:
            return self._stays_or(Word.SUSPECT, "it has no link")
        return self._by_quorum(gone, seen)

    def _by_quorum(self, gone: float, seen: Seen) -> tuple[Word, tuple[str, ...]]:
        if not seen.asked:
            if gone >= ALONE and self._health.word is not Word.CUT:
                return Word.DEAD, ("it has no link and its port does not answer; there is nobody else to ask",)
            return self._stays_or(Word.SUSPECT, "it has no link and its port does not answer")
        view = f"{seen.miss} of {seen.asked} other service nodes do not reach it either"
        if 2 * seen.miss > seen.asked:
            return Word.DEAD, (f"it has no link and its port does not answer; {view}",)
        if 2 * seen.reach > seen.asked:
            reach = f"{seen.reach} of {seen.asked} other service nodes reach it"
            return Word.CUT, (f"it has no link and its port does not answer from here, but {reach}",)
        return self._stays_or(Word.SUSPECT, f"it has no link and its port does not answer; {view}")

    def _stays_or(self, word: Word, reason: str) -> tuple[Word, tuple[str, ...]]:
        """Who was found to be gone stays so until something speaks against it."""
        if self._health.word in _GONE:
            return self._health.word, self._health.reasons
        return word, (reason,)
