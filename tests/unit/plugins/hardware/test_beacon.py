"""`rbeacon`: its four words."""

from __future__ import annotations

import pytest

from tests.helpers.memoryroom import Room
from xcatd.hardware import BeaconState


@pytest.mark.parametrize("state", ["on", "blink", "off"])
async def test_the_light_is_as_it_was_asked_for(room: Room, state: str) -> None:
    assert await room.ok(f"rbeacon n1 {state}") == f"n1: {state}\n"
    assert room.node().light is BeaconState(state)
    assert await room.ok("rbeacon n1 stat") == f"n1: {state}\n"


async def test_looking_does_not_wait_for_who_changes_the_node(room: Room) -> None:
    async with room.desk.hall.locks.hold("n1", "somebody", 1):
        assert await room.ok("rbeacon n1 stat") == "n1: off\n"


@pytest.mark.parametrize("words", ["", "shine"])
async def test_another_word_is_one_sentence(room: Room, words: str) -> None:
    out, err = await room.failed(f"rbeacon n1 {words}")
    assert (out, err.count("\n")) == ("", 1)
    assert "on, off, blink, stat" in err
