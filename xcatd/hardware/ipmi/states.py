"""What holds at a sensor, from the bits of its reading (IPMI 2.0, table 35-15)."""

from __future__ import annotations

from collections.abc import Iterable

from xcatd.hardware.ipmi.lore import severity
from xcatd.hardware.ipmi.words import state_words
from xcatd.hardware.sensors import Health

_LEVELS = (
    ("non-critical", Health.WARNING),
    ("critical", Health.CRITICAL),
    ("non-recoverable", Health.FAILED),
)
_WORST_FIRST = (Health.FAILED, Health.CRITICAL, Health.WARNING)
_MOST_STATES = 15


def threshold_state(bits: int, *, is_falling: bool = False) -> tuple[tuple[str, ...], Health]:
    """The worst threshold that was passed. `is_falling`: what the BMC takes for the lower ones are the upper ones."""
    low, high = bits & 0x07, bits >> 3 & 0x07
    if is_falling:
        low, high = high, low
    passed = (*_passed("above upper", high), *_passed("below lower", low))
    return tuple(text for text, _ in passed), worst(health for _, health in passed)


def _passed(side: str, bits: int) -> tuple[tuple[str, Health], ...]:
    if not bits:
        return ()
    word, health = _LEVELS[bits.bit_length() - 1]
    return ((f"At or {side} {word} threshold", health),)


def discrete_states(event_type: int, sensor_type: int, bits: bytes) -> tuple[tuple[str, ...], Health]:
    """All states that hold; `bits`: one or two octets, the lowest bit of the first is state 0."""
    held = int.from_bytes(bits[:2], "little")
    offsets = [offset for offset in range(_MOST_STATES) if held >> offset & 1]
    words = tuple(state_words(event_type, sensor_type, offset) for offset in offsets)
    return words, worst(severity(event_type, sensor_type, offset) for offset in offsets)


def worst(healths: Iterable[Health]) -> Health:
    """OK when there is none."""
    found = set(healths)
    return next((health for health in _WORST_FIRST if health in found), Health.OK)
