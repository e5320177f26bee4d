"""Root's password and keys in what is packed."""

from __future__ import annotations

import stat
from pathlib import Path

from tests.helpers.smallroot import LONG_AGO, small_root
from xcatd.services.rootimg.login import put_keys, put_password, with_lines, with_password


def test_a_password_takes_the_place_of_the_one_there_and_the_line_stays_what_it_was() -> None:
    shadow = "daemon:*:19000:0:99999:7:::\nroot:!:19001:0:99999:7:::\nrooted:!::::::\n"
    assert with_password(shadow, "$6$x") == shadow.replace("root:!:19001", "root:$6$x:19001")


def test_root_gets_a_line_where_he_has_none() -> None:
    assert with_password("daemon:*:19000:0:99999:7:::", "*") == "root:*::0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n"
    assert with_password("", "*") == "root:*::0:99999:7:::\n"


def test_keys_come_to_those_of_the_image() -> None:
    assert with_lines("ssh-rsa A me", "# xCAT\nssh-rsa B mn\n\nssh-rsa A me\n") == "ssh-rsa A me\nssh-rsa B mn\n"


def test_files_that_another_folder_shares_are_not_written_into(tmp_path: Path) -> None:
    root = small_root(tmp_path / "rootimg")
    tree = tmp_path / "tree"
    (tree / "etc").mkdir(parents=True)
    (tree / "etc/shadow").hardlink_to(root / "etc/shadow")
    put_password(tree, "$6$x")
    assert "root:!:" in (root / "etc/shadow").read_text()
    assert "root:$6$x:" in (tree / "etc/shadow").read_text()
    status = (tree / "etc/shadow").stat()
    assert (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, status.st_mtime) == (0o640, 0, 42, LONG_AGO)


def test_keys_are_for_root_only(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    put_keys(tree, "ssh-rsa A me\n")
    assert (tree / "root/.ssh/authorized_keys").read_text() == "ssh-rsa A me\n"
    modes = [stat.S_IMODE((tree / name).stat().st_mode) for name in ("root", "root/.ssh", "root/.ssh/authorized_keys")]
    assert modes == [0o700, 0o700, 0o600]
