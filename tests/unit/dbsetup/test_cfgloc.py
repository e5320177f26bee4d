"""cfgloc is written for root's eyes only, and can be what it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from xcatd.dbsetup import cfgloc
from xcatd.model import Secret
from xcatd.store.location import Engine, Location, parse_location

SERVER = Location(Engine.POSTGRES, database="xcatdb", host="mn1", user="xcatadm", password=Secret("pw"))


@pytest.mark.parametrize("before", [None, b"SQLite:/etc/xcat\n", b"SQLite:/etc/xcat\n# a note\n"])
def test_it_names_the_server_and_then_what_it_named(tmp_path: Path, before: bytes | None) -> None:
    path = tmp_path / "cfgloc"
    if before:
        path.write_bytes(before)
        path.chmod(0o644)
    kept = cfgloc.read(path)
    assert kept == before

    cfgloc.name(path, SERVER)
    assert parse_location(path.read_text().splitlines()[0], tmp_path) == SERVER
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text().splitlines()[1:] == (before or b"").decode().splitlines()[1:]

    cfgloc.put_back(path, kept)
    assert cfgloc.read(path) == before


def test_the_file_of_this_host_needs_no_cfgloc(tmp_path: Path) -> None:
    path = tmp_path / "cfgloc"
    cfgloc.name(path, SERVER)
    cfgloc.name(path, parse_location("", tmp_path))
    assert not path.exists()
