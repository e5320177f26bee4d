"""Damping of what flaps: each fall costs a penalty, which halves as time goes by (the manner of RFC 2439, sections 4.2 and 4.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

FALL: Final = 1000.0
"""What one fall costs."""
CUT: Final = 2500.0
"""From here on it is damped: with the third fall within some minutes."""
REUSE: Final = 750.0
"""Below this it is damped no more."""
CEILING: Final = 4000.0
"""It never is more: so it takes half an hour without a fall at most."""
HALF_LIFE: Final = 600.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Penalty:
    """`value` at the time `when`, in seconds."""

    value: float = 0.0
    when: float = 0.0
    is_damped: bool = False

    def at(self, now: float) -> Penalty:
        """What is left of it."""
        value = self.value * 0.5 ** ((now - self.when) / HALF_LIFE)
        return Penalty(value, now, self.is_damped and value >= REUSE)

    def raised(self, now: float) -> Penalty:
        """After a fall."""
        value = min(self.at(now).value + FALL, CEILING)
        return replace(self.at(now), value=value, is_damped=self.is_damped or value >= CUT)
