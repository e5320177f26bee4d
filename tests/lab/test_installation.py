"""An installation on a disk: as far as the installer comes without its own packages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import until
from tests.lab import images
from tests.lab.installer import netboot
from tests.lab.machines import Build
from tests.lab.room import Lab, lab

START = 600.0
"""Seconds until the installer has read its answers."""


@pytest.fixture(scope="module")
def room(folder: Path) -> Iterator[Lab]:
    with lab(folder) as room:
        images.brought(room, netboot())
        yield room


def test_the_installer_reads_its_answers_and_asks_its_server_for_packages(room: Lab) -> None:
    node = room.machine(1, Build(disk=4, memory=1280))
    room.mn.type(f"rinstall {node.name} osimage={images.INSTALLED}")
    room.becomes(node, "installing", START)
    assert "install" in room.mn.type(f"nodeset {node.name} stat")
    asked = room.sn[0].box.path("/var/log/nginx/access.log")
    wanted = f"GET /install/{images.TREE}/x86_64/dists/bookworm/Release "
    until(lambda: wanted in asked.read_text(), f"{wanted!r} in the log of the HTTP server", START)
    assert f"GET /install/autoinst/{node.name} " in asked.read_text()
