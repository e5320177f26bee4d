"""`reventlog`: which entries, in which order, and clearing them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.helpers.memoryroom import Room
from xcatd.hardware import Event


@pytest.fixture
def logged(room: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    """Three entries, and a daemon that lives in UTC."""
    monkeypatch.setenv("TZ", "UTC")
    when = datetime(2026, 11, 20, 15, 17, 59, tzinfo=UTC)
    room.node().entries = [
        Event("1", None, "", "OEM record 0xc0"),
        Event("2", when, "CPU 1 Temp", "Temperature, Upper Critical - going high"),
        Event("3", when.replace(second=0), "PSU 1", "Power Supply, Presence detected - Recovered"),
    ]
    return room


OEM = "n1: BMC Uptime OEM record 0xc0\n"
HOT = "n1: 11/20/2026 15:17:59 Temperature, Upper Critical - going high (CPU 1 Temp)\n"
THERE = "n1: 11/20/2026 15:17:00 Power Supply, Presence detected (PSU 1) - Recovered\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", OEM + HOT + THERE),
        ("all", OEM + HOT + THERE),
        ("all -s", THERE + HOT + OEM),
        ("2", HOT + THERE),
        ("2 -s", THERE + HOT),
        ("9", OEM + HOT + THERE),
    ],
)
async def test_as_many_of_the_newest_as_were_asked_for(logged: Room, words: str, said: str) -> None:
    assert await logged.ok(f"reventlog n1 {words}") == said


async def test_an_empty_log_says_so_and_so_does_a_cleared_one(logged: Room) -> None:
    assert await logged.ok("reventlog n1 clear") == "n1: SEL cleared\n"
    assert logged.node().entries == []
    assert await logged.ok("reventlog n1 all") == "n1: no SEL entries\n"


@pytest.mark.parametrize("words", ["some", "0", "-s clear", "1 2", "clear all"])
async def test_other_words_are_refused_once_and_nothing_is_cleared(logged: Room, words: str) -> None:
    out, err = await logged.failed(f"reventlog n1,n2 {words}")
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("Error: reventlog: ")
    assert len(logged.node().entries) == 3


async def test_only_clearing_holds_the_nodes_lock(logged: Room) -> None:
    async with logged.desk.hall.locks.hold("n1", "somebody", 1):
        assert await logged.ok("reventlog n1 1") == THERE
