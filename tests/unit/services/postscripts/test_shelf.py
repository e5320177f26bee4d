"""The program's scripts in <installdir>/postscripts: brought, renewed, and left to the site where it has its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from xcatd.errors import ServiceError
from xcatd.services.nfs.mounts import Mount
from xcatd.services.postscripts.shelf import bring, is_wanted, shipped


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "share/postscripts"
    folder.mkdir(parents=True)
    (folder / "syslog").write_text("#!/bin/sh\n: 1\n")
    (folder / "xcat-common.sh").write_text(": 1\n")
    return folder


def test_they_are_brought_and_brought_again(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "install/postscripts"
    assert bring(source, folder).written == ["syslog", "xcat-common.sh"]
    assert (folder / "syslog").stat().st_mode & 0o777 == 0o755
    assert (folder / "xcat-common.sh").stat().st_mode & 0o777 == 0o644
    assert folder.stat().st_mode & 0o777 == 0o755
    assert (bring(source, folder).written, bring(source, folder).kept) == ([], [])


def test_a_new_release_renews_what_the_site_has_left_alone(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "install/postscripts"
    bring(source, folder)
    (folder / "syslog").write_text("#!/bin/sh\n: mine\n")
    (folder / "own").write_text("#!/bin/sh\n")
    for name in ("syslog", "xcat-common.sh"):
        (source / name).write_text("#!/bin/sh\n: 2\n")
    done = bring(source, folder)
    assert (done.written, done.kept) == (["xcat-common.sh"], ["syslog"])
    assert (folder / "syslog").read_text() == "#!/bin/sh\n: mine\n"
    (folder / "syslog").unlink()
    assert bring(source, folder).written == ["syslog"]


def test_scripts_of_xcat_2_are_the_sites(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "install/postscripts"
    folder.mkdir(parents=True)
    (folder / "syslog").write_text("#!/bin/sh\n# another program's\n")
    assert bring(source, folder).kept == ["syslog"]


def test_who_has_a_folder_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "install/postscripts"
    assert is_wanted(folder, [], is_master=True)
    assert not is_wanted(folder, [], is_master=False)
    folder.parent.mkdir()
    disk, far = Mount(folder.parent, "ext4", "/dev/sdb1"), Mount(folder.parent, "nfs4", "mn1:/install")
    assert is_wanted(folder, [disk], is_master=False), "a disk of its own"
    assert not is_wanted(folder, [disk, far], is_master=False)
    assert not is_wanted(folder, [Mount(tmp_path, "nfs", "mn1:/srv")], is_master=False)


def test_where_they_come_from(source: Path, tmp_path: Path) -> None:
    assert shipped(tmp_path / "lib/xcatd") == source
    assert shipped(tmp_path / "other/lib/xcatd") is None


def test_a_folder_that_cannot_be_made_is_named(source: Path, tmp_path: Path) -> None:
    (tmp_path / "install").write_text("")
    with pytest.raises(ServiceError, match="install/postscripts cannot be made"):
        bring(source, tmp_path / "install/postscripts")
