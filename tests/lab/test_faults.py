"""What is wrong with a boot is said: by nodels, with the reason, and by the console."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import images
from tests.lab.machines import Machine
from tests.lab.room import BOOT, Lab, lab


@pytest.fixture(scope="module")
def room(folder: Path, image: Path) -> Iterator[Lab]:
    with lab(folder) as room:
        images.brought(room)
        images.stateless(room, image)
        yield room


@pytest.fixture(scope="module")
def node(room: Lab) -> Machine:
    return room.machine(1)


@pytest.fixture
def packed(room: Lab) -> Iterator[Path]:
    """The packed image, which is whole again at the end."""
    path = images.folder(room) / "rootimg.sfs"
    kept = path.read_bytes()
    yield path
    path.write_bytes(kept)


def failed(room: Lab, node: Machine, reason: str) -> None:
    """The node says why it failed."""
    seen = len(node.console())
    room.mn.type(f"rpower {node.name} boot")
    node.says(f"xcat: netboot: failed: .*{reason}", BOOT, seen)
    room.becomes(node, "failed", BOOT)
    assert reason in room.status(node.name)
    events = room.mn.type("tabdump -w eventtype==nodestatus eventlog")
    assert any(node.name in line and reason in line for line in events.splitlines())
    room.mn.type(f"rpower {node.name} off")


def test_a_missing_image(room: Lab, node: Machine, packed: Path) -> None:
    room.mn.type(f"nodeset {node.name} osimage={images.STATELESS}")
    packed.unlink()
    failed(room, node, "404")


def test_a_corrupted_image(room: Lab, node: Machine, packed: Path) -> None:
    room.mn.type(f"nodeset {node.name} osimage={images.STATELESS}")
    octets = bytearray(packed.read_bytes())
    octets[len(octets) // 2] ^= 1
    packed.write_bytes(octets)
    failed(room, node, "corrupted")


@pytest.mark.parametrize(
    ("argument", "reason"),
    [("imgurl=ftp://10.78.1.1/image", "is no address of HTTP"), ("imgurl=http://10.78.1.1/nowhere", "404")],
)
def test_a_wrong_kernel_parameter(room: Lab, node: Machine, argument: str, reason: str) -> None:
    room.mn.type(f"chdef -t node {node.name} addkcmdline={argument}")
    room.mn.type(f"nodeset {node.name} osimage={images.STATELESS}")
    try:
        failed(room, node, reason)
    finally:
        room.mn.type(f"chdef -t node {node.name} addkcmdline=")


def test_with_all_of_it_right_again_the_node_boots(room: Lab, node: Machine) -> None:
    room.mn.type(f"rinstall {node.name} osimage={images.STATELESS}")
    room.becomes(node, "booted", BOOT)
    assert "reason=" not in room.status(node.name)
