"""A service node without disk: it boots its image, and is one; nobody does anything on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import until
from tests.lab import serviceimage
from tests.lab.hosts import BIN
from tests.lab.room import Lab, lab
from tests.lab.serviceimage import IMAGE, NAME

BOOT = 1800.0
"""Seconds from rinstall to `booted`, and for an update, in which a thousand modules are compiled: an idle machine needs a tenth."""

SERVICES = {"installmount": "done", "tftpserver": "running", "nfsserver": "running", "httpserver": "running"}


@pytest.fixture(scope="module")
def room(folder: Path) -> Iterator[Lab]:
    with lab(folder, ()) as room:
        serviceimage.serves(room)
        serviceimage.built(room)
        yield room


def linked(room: Lab, version: str = "") -> None:
    """Wait until the management node has its link, from a daemon of this version."""
    link = re.compile(rf"^mn1: link {NAME}: up, .*{version}", re.MULTILINE)
    until(lambda: link.search(room.mn.tried("lsdaemons")[1]), f"the link of {NAME}", BOOT)


def services(room: Lab) -> dict[str, str]:
    """How the services of the node are, as the management node shows it."""
    lines = [line.split() for line in room.mn.tried(f"xcatstatus {NAME}")[1].splitlines()]
    return {words[1]: words[3] for words in lines if words[:1] == [f"{NAME}:"] and words[2:3] == ["on"]}


def test_a_service_node_without_disk(room: Lab) -> None:
    node = serviceimage.service_machine(room)
    room.mn.type(f"rinstall {NAME} osimage={IMAGE}")
    room.becomes(node, "booted", BOOT)
    linked(room)
    until(lambda: services(room) == SERVICES, "its services", BOOT)
    serviceimage.believes(room)
    assert room.mn.type(f"xdsh {NAME} systemctl list-units --failed --quiet") == ""
    # It answers from the management node's tables.
    assert room.mn.type(f"xdsh {NAME} {BIN}/nodels {NAME}") == f"{NAME}: {NAME}\n"

    serviceimage.new_version(room, "f00dface")
    updated = room.mn.box.run(str(BIN / "updatenode"), NAME, "-S", patience=BOOT)
    assert updated.returncode == 0, updated.stdout + updated.stderr
    linked(room, "f00dface")
