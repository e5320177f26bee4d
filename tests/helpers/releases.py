"""The program in another version: a copy of it in a folder, with another number."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.helpers.cluster import SOURCE

MORE: Mapping[str, Mapping[str, str]] = {
    "protocol/wire.py": {
        '            "screen": request.screen,\n': '            "screen": request.screen,\n            "mood": {"new": [1]},\n',
        "[_reply(reply) for reply in replies]": '[["Z", {}], *([*_reply(reply), "more"] for reply in replies)]',
    },
    "hierarchy/greeting.py": {'greeting = {"name": name,': 'greeting = {"mood": [1], "name": name,'},
    "hierarchy/link.py": {
        "self.send(Kind.PING, 0, repr": 'self.wire.write(encode(0x4E, 7, b"new") + encode(Kind.SNAPSHOT, 99, b"new"))\n'
        "            self.send(Kind.PING, 0, repr"
    },
}
"""What a newer version may say more: file -> text that is there -> text in its place. Ends of nodes keep their seconds' place."""


def numbered(folder: Path, version: str) -> str:
    """Where Python finds a copy of the daemon that says it is of this version, and says more than this one; it is made once."""
    copy = folder / f"xcatd-{version}"
    found = os.pathsep.join(map(str, (copy, SOURCE / "client", SOURCE / "certs")))
    if copy.exists():
        return found
    shutil.copytree(SOURCE / "xcatd", copy / "xcatd", ignore=shutil.ignore_patterns("__pycache__"))
    init = copy / "xcatd/__init__.py"
    text, count = re.subn(r'__version__ = ".*"', f'__version__ = "{version}"', init.read_text())
    assert count == 1
    init.write_text(text)
    for name, changes in MORE.items():
        _edit(copy / "xcatd" / name, changes)
    return found


def _edit(path: Path, changes: Mapping[str, str]) -> None:
    text = path.read_text()
    for before, after in changes.items():
        assert text.count(before) == 1, (path, before)
        text = text.replace(before, after)
    path.write_text(text)
