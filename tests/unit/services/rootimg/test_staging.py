"""The second tree that is packed: what is in it, and that the root file system stays as it is."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.helpers.smallroot import LONG_AGO, portrait, small_root
from xcatd.errors import ServiceError
from xcatd.services.rootimg.exlist import keeper
from xcatd.services.rootimg.staging import own_folder, settle, stage
from xcatd.services.statelite.layout import LiteSpec
from xcatd.services.statelite.preparing import prepare
from xcatd.services.statelite.rows import Entry

ALL = keeper([])
IN_A_WHILE = 4_000_000_000.0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return small_root(tmp_path / "rootimg")


def test_all_of_it_is_there_but_sockets(root: Path, tmp_path: Path) -> None:
    before = portrait(root)
    stage(root, tmp_path / "tree", ALL)
    settle(root, tmp_path / "tree", IN_A_WHILE)
    del before["dev/log"]
    assert portrait(tmp_path / "tree") == before
    assert os.getxattr(tmp_path / "tree/usr/bin/tool", "user.kept") == b"\0yes"


def test_what_the_list_leaves_out_is_not_there_and_folders_of_what_stays_are(root: Path, tmp_path: Path) -> None:
    keeps = keeper(["./usr/share*", "./boot", "./tmp"], ["./usr/share/locale/C*"])
    staged = stage(root, tmp_path / "tree", keeps)
    names = {str(one.relative_to(tmp_path / "tree")) for one in (tmp_path / "tree").rglob("*")}
    assert {name for name in names if name.startswith(("usr/share", "boot", "tmp"))} == {
        *("usr/share", "usr/share/locale", "usr/share/locale/C", "usr/share/locale/C/tool"),
        *("boot", "boot/config-6.1"),  # find leaves the folder out, and cpio makes it again
    }
    assert staged.files == sum(not one.is_dir() or one.is_symlink() for one in (tmp_path / "tree").rglob("*"))


def test_what_liteimg_made_of_the_image_is_not_in_a_stateless_one(root: Path, tmp_path: Path) -> None:
    stage(root, tmp_path / "before", ALL)
    told = (Entry("/etc/passwd", "link"), Entry("/usr/share/locale/", "link,persistent"), Entry("/var/empty", "tmpfs"))
    prepare(LiteSpec(str(tmp_path), "image", told), lambda line: None)
    assert (root / "etc/passwd").is_symlink()
    stage(root, tmp_path / "tree", ALL)
    names = set(portrait(tmp_path / "tree")) - {
        "opt",
        "opt/xcat",
        "xcatpost",
        "xcatpost.lock",
    }  # liteimg makes them; they are empty
    assert names == set(portrait(tmp_path / "before"))
    assert (tmp_path / "tree/etc/passwd").read_text() == (tmp_path / "before/etc/passwd").read_text()
    stage(root, tmp_path / "lite", ALL, stateless=False)
    assert (tmp_path / "lite/.default/etc/passwd").read_text().startswith("root:")


def test_what_is_new_gets_the_time_of_what_was_there(root: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    stage(root, tree, ALL)
    began = time.time() - 10
    (tree / "etc/new").write_text("x")
    (tree / "etc/folder").mkdir()
    os.utime(root / "etc/passwd", (IN_A_WHILE, IN_A_WHILE))  # the tree has it too, and it is not its own
    assert settle(root, tree, began) == LONG_AGO
    looks = portrait(tree)
    assert {looks[name].time for name in ("etc", "etc/new", "etc/folder", ".")} == {LONG_AGO}
    assert (root / "etc/passwd").stat().st_mtime == IN_A_WHILE


def test_where_no_hard_links_can_be_there_are_copies(root: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "another", disk], check=True)
    try:
        stage(root, disk / "tree", ALL)
        settle(root, disk / "tree", IN_A_WHILE)
        after = portrait(disk / "tree")
    finally:
        subprocess.run(["umount", disk], check=True)
    before = portrait(root)
    del before["dev/log"]
    assert {name: look[:4] for name, look in after.items()} == {name: look[:4] for name, look in before.items()}


def test_nothing_is_written_through_a_link_of_the_image(tmp_path: Path) -> None:
    (tmp_path / "host").mkdir()
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/etc").symlink_to(tmp_path / "host")
    with pytest.raises(ServiceError, match="/etc is no folder in the image"):
        own_folder(tmp_path / "tree", "etc/deeper")
    assert list((tmp_path / "host").iterdir()) == []
