"""`rpower --wait` and `rpower -m`: what comes of an action."""

from __future__ import annotations

import pytest

from tests.helpers.memoryroom import Room
from xcatd.hardware import PowerAction, PowerState
from xcatd.plugins.power import waiting


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often."""
    monkeypatch.setattr(waiting, "LOOK", 0.01)


async def status(room: Room, text: str) -> None:
    await room.desk.fill(site=[{"key": "nodestatus", "value": "n"}], nodelist=[{"node": "n1", "status": text}])


async def test_the_state_is_waited_for(room: Room) -> None:
    room.node().power = PowerState.ON
    assert await room.ok("rpower n1 softoff --wait 5") == "n1: softoff\n"


async def test_a_state_that_does_not_come_is_a_failure(room: Room) -> None:
    room.node().power = PowerState.ON
    room.node().stuck = True
    out, err = await room.failed("rpower n1 softoff --wait 0.05")
    assert out == ""
    assert err == ("n1: [mn1]: Error: not off after 0.05 s: look at the node's console, and ask again with stat\n")


async def test_what_a_table_must_say_holds_at_once(room: Room) -> None:
    await status(room, "booted")
    assert await room.ok("rpower n1 boot -m nodelist.status==booted -t 1") == "n1: off on\n"
    assert room.node().journal == [f"power {PowerAction.ON}"]


@pytest.mark.parametrize(
    "condition",
    ["nodelist.status!=installing", "nodelist.status=~boot", "nodelist.status=~/^boot/", "nodelist.status!~^inst"],
)
async def test_conditions_may_have_other_signs(room: Room, condition: str) -> None:
    await status(room, "booted")
    assert await room.ok(f"rpower n1 on -t 1 -m '{condition}'") == "n1: on\n"


async def test_the_action_is_repeated_until_what_was_expected_holds_or_never(room: Room) -> None:
    await status(room, "installing")
    out, err = await room.failed("rpower n1 boot -m nodelist.status==booted -t 0.001 -r 2")
    assert out == (
        "n1: off on\n"
        "n1: not yet nodelist.status==booted, so once more: on reset\n"
        "n1: not yet nodelist.status==booted, so once more: on reset\n"
    )
    assert err.startswith('n1: [mn1]: Error: The node "n1" can not reach the expected status after 2 retries: ')
    assert room.node().journal == ["power on", "power reset", "power reset"]


async def test_with_no_retries_it_only_waits(room: Room) -> None:
    await status(room, "installing")
    out, _ = await room.failed("rpower n1 boot -m nodelist.status==booted -t 0.001 -r 0")
    assert out == "n1: off on\n"
    assert room.node().journal == ["power on"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("on -m nodelist.status==booted", "rpower: -m needs -t with the minutes to wait"),
        ("on -m booted -t 1", "rpower: 'booted' is no condition: write table.column==value"),
        ("on -m nodelist.mood==good -t 1", "nodelist.mood is no column: see tabdump -d nodelist"),
        ("on -m 'nodelist.status=~(' -t 1", ""),
        ("stat --wait 5", "rpower: --wait waits for a state, and stat has none"),
        ("nmi --wait 5", "rpower: --wait waits for a state, and nmi has none"),
        ("on --wait=-5", "rpower: --wait takes seconds from 0 on, not -5"),
        ("on --wait nan", "rpower: --wait takes seconds from 0 on, not nan"),
        ("on -m nodelist.status==booted -t nan", "rpower: -m needs -t with the minutes to wait"),
        ("stat -m nodelist.status==booted -t 1", "rpower: -m waits for what comes of an action, and stat is none"),
    ],
)
async def test_words_that_make_no_sense_stop_it_before_anything_is_done(room: Room, words: str, sentence: str) -> None:
    out, err = await room.failed(f"rpower n1,n2 {words}")
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"Error: {sentence}")
    assert room.node().journal == []


@pytest.mark.parametrize("action", ["suspend", "wake"])
async def test_sleeping_is_nothing_that_controllers_have_in_common(room: Room, action: str) -> None:
    out, err = await room.failed(f"rpower n1 {action}")
    assert out == ""
    assert err == (f"n1: [mn1]: Error: {action} is not part of what controllers have in common: use softoff and on\n")
