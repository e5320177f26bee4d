"""Progress is shown a few times a second, and not at all for what is soon over."""

from __future__ import annotations

from xcatd.api.pace import EVERY, PATIENCE, Pace


def test_not_in_the_first_moments_and_then_now_and_again() -> None:
    now = 100.0
    pace = Pace(lambda: now)
    assert not pace.due()
    now += PATIENCE
    assert pace.due()
    assert not pace.due()
    now += EVERY / 2
    assert not pace.due()
    now += EVERY / 2
    assert pace.due()
