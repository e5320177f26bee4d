"""Following nodes: what is said of each, and when it ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.unit.probe.test_program import typed
from xcatd.probe.check import Level
from xcatd.probe.osdeploy import Following, Look, Stage

BOOTED = Stage("booted", "10:00", does="netbooting image")


def looks(*seen: Mapping[str, Stage]) -> Look:
    found: Iterator[Mapping[str, Stage]] = iter(seen)
    return lambda: next(found)


def test_each_stage_is_said_until_all_have_ended() -> None:
    failed = Stage("failed", "10:03", "no DHCP answer")
    following = Following(
        looks(
            {"n1": BOOTED, "n2": Stage()},
            {"n1": Stage("netbooting", "10:02"), "n2": Stage()},
            {"n1": Stage("netbooting", "10:02"), "n2": failed},
            {"n1": Stage("booted", "10:04"), "n2": failed},
        )
    )
    assert list(following.lines(60, pause=0)) == [
        (Level.INFO, "n1: netbooting image; booted since 10:00"),
        (Level.INFO, "n2: nodeset has said nothing; nothing heard"),
        (Level.INFO, "n1: netbooting since 10:02"),
        (Level.FAILED, "n2: failed since 10:03: no DHCP answer"),
        (Level.OK, "n1: booted since 10:04"),
    ]
    assert not following.good


def test_all_well() -> None:
    following = Following(looks({"n1": Stage()}, {"n1": BOOTED}))
    assert [level for level, _ in following.lines(60, pause=0)] == [Level.INFO, Level.OK]
    assert following.good


def test_who_is_not_heard_of_is_named_at_the_end() -> None:
    following = Following(lambda: {"n1": BOOTED})
    assert list(following.lines(0))[-1] == (Level.FAILED, "n1: no end after 0 minutes; booted since 10:00")
    assert not following.good


@pytest.mark.parametrize(
    ("words", "said"), [((), "osdeploy needs -n noderange"), (("-n", "n1", "-t", "x"), "-t x: write minutes")]
)
def test_what_is_typed_wrongly(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str) -> None:
    status, shown = typed(capsys, "osdeploy", *words)
    assert (status, shown.splitlines()[0]) == (1, f"Unsupported attribute: {said}")
