"""A statelite node: its root comes by NFS from its service node, and a file of its own outlives the next start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import images
from tests.lab.room import BOOT, Lab, lab

FILES = {
    **dict.fromkeys(("/var/", "/tmp/", "/root/", "/etc/resolv.conf"), "tmpfs"),
    # With its certificate it gets its scripts after the next start, too.
    **dict.fromkeys(("/var/lib/lab/", "/root/.xcat/", "/etc/ssh/"), "persistent"),
}
_NOTE = """\
#!/bin/sh
# One more line at every boot, and how many there are.
echo booted >>/var/lib/lab/note
printf '\\nlines of the note: %s\\n' "$(wc -l </var/lib/lab/note)" >/dev/console
"""


@pytest.fixture(scope="module")
def room(folder: Path) -> Iterator[Lab]:
    with lab(folder) as room:
        images.brought(room)
        for path, option in FILES.items():
            room.mn.type(f"chtab image=ALL,file={path} litefile.options={option}")
        room.mn.type("chtab node=rack statelite.statemnt=10.78.1.1:/install/state")
        images.statelite(room)
        (room.folders.install / "state").mkdir()
        script = room.folders.install / "postscripts/labnote"
        script.write_text(_NOTE)
        script.chmod(0o755)
        yield room


def test_a_file_of_a_statelite_node_outlives_the_next_start(room: Lab) -> None:
    node = room.machine(1)
    room.mn.type(f"chdef -t node {node.name} postbootscripts=labnote")
    room.mn.type(f"rinstall {node.name} osimage={images.STATELITE}")
    node.says("lines of the note: 1\n", BOOT)
    room.becomes(node, "booted", BOOT)
    note = room.folders.install / f"state/{node.name}/var/lib/lab/note"
    assert note.read_text() == "booted\n"
    seen = len(node.console())
    room.mn.type(f"rpower {node.name} boot")
    node.says(rf"{node.name} login:", BOOT, seen)
    node.says("lines of the note: 2\n", BOOT, seen)
    room.becomes(node, "booted", BOOT)
    assert note.read_text() == "booted\n" * 2
