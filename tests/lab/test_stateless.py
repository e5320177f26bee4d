"""A rack comes up: copycds, genimage, packimage, rinstall."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import images
from tests.lab.machines import Build
from tests.lab.room import BOOT, Lab, lab


@pytest.fixture(scope="module")
def room(folder: Path, image: Path) -> Iterator[Lab]:
    with lab(folder) as room:
        images.brought(room)
        images.stateless(room, image)
        yield room


@pytest.mark.parametrize(("number", "build"), [(1, Build()), (2, Build(uefi=True))], ids=["BIOS", "UEFI"])
def test_a_node_boots_without_disk(room: Lab, number: int, build: Build) -> None:
    node = room.machine(number, build)
    room.mn.type(f"rinstall {node.name} osimage={images.STATELESS}")
    node.says(r"https?://10\.78\.1\.1/\S*kernel", BOOT)
    node.says(rf"{node.name} login:", BOOT)
    room.becomes(node, "booted", BOOT)
    assert room.mn.type(f"rpower {node.name} stat") == f"{node.name}: on\n"
    room.mn.type(f"rpower {node.name} off")


def test_ten_nodes_boot_at_once(room: Lab) -> None:
    nodes = [room.machine(number) for number in range(11, 21)]
    room.mn.type(f"rinstall n[11-20] osimage={images.STATELESS}")
    for node in nodes:
        room.becomes(node, "booted", 2 * BOOT)
        node.says(rf"{node.name} login:", BOOT)
    room.mn.type("rpower n[11-20] off")
