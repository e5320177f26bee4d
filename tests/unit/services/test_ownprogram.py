"""The program itself for service nodes, where they fetch it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.media import lay
from xcatd.errors import ServiceError
from xcatd.services.ownprogram import bring, shipped

SUMS = "1  source.tar.gz\n2  wheels/a-1.whl\n"


def test_it_is_brought_once_and_what_is_old_goes(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "SHA256SUMS": SUMS,
        "source.tar.gz": b"s",
        "wheels/a-1.whl": b"a",
        "requirements.lock": "",
    }
    source = lay(tmp_path / "share/program", files)
    folder = tmp_path / "install/xcatd"
    assert shipped(tmp_path / "lib/xcatd") == source
    assert bring(source, folder)
    assert not bring(source, folder)
    lay(source, {"SHA256SUMS": SUMS.replace("a-1", "a-2"), "wheels/a-2.whl": b"b"})
    assert bring(source, folder)
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert found == ["SHA256SUMS", "source.tar.gz", "wheels/a-2.whl"]
    assert (folder / "wheels/a-2.whl").stat().st_mode & 0o777 == 0o644


def test_a_source_tree_has_none(tmp_path: Path) -> None:
    assert shipped(tmp_path / "lib/xcatd") is None


def test_what_is_not_whole_is_not_named(tmp_path: Path) -> None:
    source = lay(tmp_path / "program", {"SHA256SUMS": SUMS, "source.tar.gz": b"s"})
    with pytest.raises(ServiceError, match="cannot be brought to"):
        bring(source, tmp_path / "xcatd")
    assert not (tmp_path / "xcatd/SHA256SUMS").exists()
