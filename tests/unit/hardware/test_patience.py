"""Pauses before a controller is asked again."""

from __future__ import annotations

import pytest

from xcatd.errors import Busy
from xcatd.hardware.patience import FIRST_PAUSE, Pauses, patiently


async def test_a_pause_that_would_leave_no_time_to_ask_is_not_taken() -> None:
    assert await Pauses(1.5 * FIRST_PAUSE).take() is False
    assert await Pauses(3 * FIRST_PAUSE).take() is True


async def test_who_stays_busy_is_reported_as_busy_and_not_as_silent() -> None:
    given: list[float] = []

    async def ask(left: float) -> None:
        given.append(left)
        raise Busy("later")

    with pytest.raises(Busy, match="later"):
        await patiently(4 * FIRST_PAUSE, ask)
    assert len(given) > 1
    assert given == sorted(given, reverse=True)
