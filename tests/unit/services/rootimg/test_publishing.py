"""A packed image and its sum take their places together."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from tests.helpers.media import lay
from xcatd.errors import ServiceError
from xcatd.services.rootimg.publishing import others_of, publish, workshop


def test_the_sum_is_what_sha256sum_makes_and_checks(tmp_path: Path) -> None:
    lay(tmp_path, {"rootimg.sfs": "old", "rootimg.sfs.sha256": "old", "work/packed": "new"})
    (tmp_path / "work/packed").chmod(0o600)
    assert publish(tmp_path / "work/packed", tmp_path / "rootimg.sfs") == 3
    subprocess.run(["sha256sum", "--check", "--strict", "rootimg.sfs.sha256"], cwd=tmp_path, check=True)
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("rootimg.sfs", "rootimg.sfs.sha256")}
    assert modes == {0o644}
    assert list((tmp_path / "work").iterdir()) == []


def test_where_it_cannot_get_its_place_the_old_one_stays(tmp_path: Path) -> None:
    lay(tmp_path, {"rootimg.sfs.sha256/x": "a folder", "rootimg.sfs": "old", "work/packed": "new"})
    with pytest.raises(ServiceError, match="the old one is in use"):
        publish(tmp_path / "work/packed", tmp_path / "rootimg.sfs")
    assert (tmp_path / "rootimg.sfs").read_text() == "old"


def test_those_of_other_kinds_are_known_and_nothing_else(tmp_path: Path) -> None:
    names = ("rootimg.sfs", "rootimg.cpio.gz", "rootimg.cpio.gz.sha256", "rootimg.tar.xz.sha256", "rootimg.mine")
    lay(tmp_path, {**dict.fromkeys((*names, "rootimg-statelite.gz", "kernel"), "x"), "rootimg.tar.gz/x": "a folder"})
    assert {one.name for one in others_of(tmp_path / "rootimg.sfs")} == set(names[1:4])


def test_what_an_interrupted_packing_has_left_goes(tmp_path: Path) -> None:
    lay(tmp_path, {".rootimg.packing/tree/x": ""})
    with workshop(tmp_path) as work:
        assert list(work.iterdir()) == []
        assert stat.S_IMODE(work.stat().st_mode) == 0o700
        lay(work, {"tree/x": ""})
    assert list(tmp_path.iterdir()) == []
