"""`rbootseq`: the order in which nodes try what they may start from."""

from __future__ import annotations

import pytest

from tests.helpers.memoryroom import Room
from xcatd.hardware import BootDevice, BootOption

ORDER = [
    BootOption("Boot0001", "UEFI Shell"),
    BootOption("Boot0002", "Hard Disk", BootDevice.DISK),
    BootOption("Boot0003", "UEFI PXEv4 slot 1", BootDevice.NETWORK),
    BootOption("Boot0004", "UEFI PXEv4 slot 2", BootDevice.NETWORK),
]


def lines(*numbers: int) -> str:
    return "".join(f"n1: {ORDER[number - 1].reference}: {ORDER[number - 1].name}\n" for number in numbers)


@pytest.fixture
def ordered(room: Room) -> Room:
    room.node().order = ORDER
    return room


@pytest.mark.parametrize("word", ["", "list", "stat"])
async def test_the_order_is_shown(ordered: Room, word: str) -> None:
    assert await ordered.ok(f"rbootseq n1 {word}") == lines(1, 2, 3, 4)
    assert ordered.node().journal == []


@pytest.mark.parametrize(
    ("words", "first", "shown"),
    [
        ("net", "Boot0003,Boot0004", (3, 4, 1, 2)),
        ("n,hd0", "Boot0003,Boot0004,Boot0002", (3, 4, 2, 1)),
        ("Boot0004", "Boot0004", (4, 1, 2, 3)),
        ("Boot0004 network", "Boot0004,Boot0003", (4, 3, 1, 2)),
    ],
)
async def test_what_comes_first_is_set(ordered: Room, words: str, first: str, shown: tuple[int, ...]) -> None:
    assert await ordered.ok(f"rbootseq n1 {words}") == lines(*shown)
    assert ordered.node().journal == [f"order {first}"]


@pytest.mark.parametrize("word", ["cd", "iscsi", "Boot0009"])
async def test_what_is_not_there_is_named_and_nothing_is_set(ordered: Room, word: str) -> None:
    _, err = await ordered.failed(f"rbootseq n1 net,{word}")
    assert err == (
        f"n1: [mn1]: Error: the boot order has nothing for {word}: write net, hd, cd, floppy or one of Boot0001, Boot0002, "
        "Boot0003, Boot0004\n"
    )
    assert ordered.node().journal == []


async def test_who_has_no_boot_order_says_so(room: Room) -> None:
    room.node().lacks = {"boot order"}
    _, err = await room.failed("rbootseq n1 net")
    assert err.startswith("n1: [mn1]: Error: the memory driver knows nothing of a node's boot order")
