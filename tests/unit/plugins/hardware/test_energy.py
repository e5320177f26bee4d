"""`renergy`: what is shown in xCAT's words, and the limit that is set."""

from __future__ import annotations

import pytest

from tests.helpers.memoryroom import Room
from xcatd.hardware import Cap, Consumption

USAGE = (
    "n1: Current Power                        : 120W\n"
    "n1: Minimum Power over sampling duration : 90W\n"
    "n1: Maximum Power over sampling duration : 200W\n"
    "n1: Average Power over sampling duration : 110.5W\n"
)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("powerusage", USAGE),
        ("averageDC", "n1: averageDC: 110.5 W\n"),
        ("cappingstatus", "n1: cappingstatus: on\n"),
        ("cappingvalue", "n1: cappingvalue: 300 W\n"),
        ("cappingvalue averageDC", "n1: cappingvalue: 300 W\nn1: averageDC: 110.5 W\n"),
        ("all", f"{USAGE}n1: averageDC: 110.5 W\nn1: cappingstatus: on\nn1: cappingvalue: 300 W\n"),
        ("", f"{USAGE}n1: averageDC: 110.5 W\nn1: cappingstatus: on\nn1: cappingvalue: 300 W\n"),
    ],
)
async def test_what_is_asked_for_is_shown(room: Room, words: str, said: str) -> None:
    room.node().limit = Cap(300, active=True)
    assert await room.ok(f"renergy n1 {words}") == said


async def test_what_only_other_makes_tell_is_na_as_the_manual_says(room: Room) -> None:
    out = await room.ok("renergy n1 averageAC averageDC,CPUspeed")
    assert out == "n1: averageAC: na\nn1: averageDC: 110.5 W\nn1: CPUspeed: na\n"


async def test_what_a_controller_does_not_know_is_na(room: Room) -> None:
    room.node().takes = Consumption(120)
    assert await room.ok("renergy n1 averageDC cappingvalue") == "n1: averageDC: na\nn1: cappingvalue: na\n"


@pytest.mark.parametrize(
    ("word", "said", "limit"),
    [
        ("cappingstatus=off", "cappingstatus: off", Cap(300, active=False)),
        ("cappingstatus=disable", "cappingstatus: off", Cap(300, active=False)),
        ("cappingstatus=on", "cappingstatus: on", Cap(300, active=True)),
        ("cappingstatus=enable", "cappingstatus: on", Cap(300, active=True)),
        ("cappingwatt=250", "cappingvalue: 250 W", Cap(250, active=True)),
        ("cappingvalue=250", "cappingvalue: 250 W", Cap(250, active=True)),
    ],
)
async def test_a_limit_is_set_and_shown(room: Room, word: str, said: str, limit: Cap) -> None:
    room.node().limit = Cap(300, active=True)
    assert await room.ok(f"renergy n1 {word}") == f"n1: {said}\n"
    assert room.node().limit == limit


@pytest.mark.parametrize(
    "words",
    [
        "colour",
        "cappingstatus=perhaps",
        "cappingwatt=lots",
        "cappingwatt=0",
        "cappingperc=5",
        "averageDC cappingwatt=9",
    ],
)
async def test_other_words_are_refused_once_and_nothing_is_done(room: Room, words: str) -> None:
    out, err = await room.failed(f"renergy n1,n2 {words}")
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("Error: renergy: ")
    assert room.node().limit == Cap(None, active=False)
