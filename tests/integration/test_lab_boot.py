"""The short scenario of the lab (docs/lab.md): an image comes in, and a machine boots it through a service node, untouched."""

from __future__ import annotations

from pathlib import Path

from tests.lab import images
from tests.lab.room import BOOT, lab


def test_a_machine_boots_without_disk_through_a_service_node(tmp_path: Path) -> None:
    with lab(tmp_path) as room:
        images.brought(room)
        images.stateless(room)
        node = room.machine(1)
        assert room.mn.type(f"rpower {node.name} stat") == f"{node.name}: off\n"
        room.mn.type(f"rinstall {node.name} osimage={images.STATELESS}")
        node.says(rf"{node.name} login:", BOOT)
        room.becomes(node, "booted", BOOT)
        assert node.journal()[:2] == ["boot pxe", "power 1"]
        assert "xcat: netboot: fetching http://10.78.1.1/install/" in node.console()
