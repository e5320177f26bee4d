"""`rinv`: which facts each word means."""

from __future__ import annotations

import pytest

from tests.helpers.memoryroom import Room
from xcatd.hardware import Fact, Part

PARTS = [Fact(part, part.capitalize(), f"the {part}") for part in Part]


def lines(*parts: Part) -> str:
    return "".join(f"n1: {part.capitalize()}: the {part}\n" for part in Part if part in parts)


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("model", (Part.MODEL,)),
        ("serial", (Part.SERIAL,)),
        ("asset", (Part.ASSET,)),
        ("vpd", (Part.MODEL, Part.SERIAL, Part.DEVICE_ID, Part.MPROM)),
        ("mprom", (Part.MPROM,)),
        ("deviceid", (Part.DEVICE_ID,)),
        ("guid", (Part.GUID,)),
        ("uuid", (Part.GUID,)),
        ("firm", (Part.FIRMWARE,)),
        ("cpu", (Part.CPU,)),
        ("dimm", (Part.DIMM,)),
        ("config", (Part.CPU, Part.DIMM)),
        ("hw", (Part.HARDWARE,)),
        ("mac", (Part.MAC,)),
        ("misc", (Part.MISC,)),
        ("model serial", (Part.MODEL, Part.SERIAL)),
        ("model,mac", (Part.MODEL, Part.MAC)),
        ("all", tuple(Part)),
        ("", tuple(Part)),
    ],
)
async def test_each_word_has_its_parts(room: Room, words: str, parts: tuple[Part, ...]) -> None:
    room.node().parts = PARTS
    assert await room.ok(f"rinv n1 {words}") == lines(*parts)


async def test_what_a_controller_does_not_tell_is_said(room: Room) -> None:
    seen = await room.desk.type("rinv n1 dimm")
    assert (seen.stdout, seen.status) == ("", 0)
    assert seen.stderr == "n1: [mn1]: Warning: the controller tells nothing of dimm\n"


async def test_a_wrong_word_is_said_once(room: Room) -> None:
    out, err = await room.failed("rinv n1-n3 colour")
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("Error: rinv: 'colour' is not one of all, model, ")
