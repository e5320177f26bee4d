"""A service node without disk: it boots its image, and is one; nobody does anything on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import until
from tests.lab import serviceimage
from tests.lab.hosts import BIN
from tests.lab.room import Lab, lab
from tests.lab.serviceimage import IMAGE, NAME

BOOT = 900.0
"""Seconds from rinstall to `booted`, and for an update: an idle machine needs a fifth."""


@pytest.fixture(scope="module")
def room(folder: Path) -> Iterator[Lab]:
    with lab(folder, ()) as room:
        serviceimage.serves(room)
        serviceimage.built(room)
        yield room


def linked(room: Lab) -> None:
    until(lambda: f"link {NAME}: up" in room.mn.tried("lsdaemons")[1], f"the link of {NAME}", BOOT)


def services(room: Lab) -> dict[str, str]:
    """How the services of the node are, as the management node shows it."""
    lines = [line.split(maxsplit=3) for line in room.mn.tried(f"xcatstatus {NAME}")[1].splitlines()]
    return {words[1]: words[3] for words in lines if words[0] == f"{NAME}:" and len(words) == 4}


def test_a_service_node_without_disk(room: Lab) -> None:
    node = serviceimage.service_machine(room)
    room.mn.type(f"rinstall {NAME} osimage={IMAGE}")
    room.becomes(node, "booted", BOOT)
    linked(room)
    for service in ("tftpserver", "httpserver", "installmount"):
        until(lambda one=service: services(room).get(one, "").startswith("running"), service, BOOT)
    # It works: what it answers, it has from the management node's tables; its certificate is its own.
    assert room.mn.type(f"xdsh {NAME} {BIN}/nodels {NAME}") == f"{NAME}: {NAME}\n"

    serviceimage.new_version(room, "f00dface")
    room.mn.type(f"updatenode {NAME} -S")
    linked(room)
    assert "f00dface" in room.mn.type(f"xdsh {NAME} {BIN}/lsxcatd -v")
