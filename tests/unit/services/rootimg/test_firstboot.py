"""What an image gets for its nodes' start."""

from __future__ import annotations

from pathlib import Path

import pytest

from xcatd.errors import ServiceError
from xcatd.services.autoinst.shelf import shipped
from xcatd.services.rootimg.firstboot import furnish


def furnished(root: Path) -> list[str]:
    """Gives what was said."""
    said: list[str] = []
    furnish(root, "img", "/install", "/tftpboot", said.append)
    return said


def test_an_image_has_the_unit_the_script_and_its_facts(tmp_path: Path) -> None:
    assert furnished(tmp_path) == [
        "Warning: the image has no python3, which the scripts of nodes need: put it into the pkglist"
    ]
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/python3").symlink_to("python3.11")
    assert furnished(tmp_path) == []
    assert (tmp_path / "opt/xcat/xcatinfo").read_text() == "IMAGENAME=img\nINSTALLDIR=/install\nTFTPDIR=/tftpboot\n"
    script = tmp_path / "opt/xcat/first-boot"
    assert script.read_bytes() == (shipped() / "scripts/first-boot.sh").read_bytes()
    assert script.stat().st_mode & 0o777 == 0o755
    link = tmp_path / "etc/systemd/system/multi-user.target.wants/xcat-first-boot.service"
    unit = tmp_path / str(link.readlink()).lstrip("/")
    assert "ExecStart=/opt/xcat/first-boot\n" in unit.read_text()


def test_host_keys_are_made_before_sshd_starts(tmp_path: Path) -> None:
    wanted = tmp_path / "etc/systemd/system/multi-user.target.wants/xcat-host-keys.service"
    furnished(tmp_path)
    assert not wanted.is_symlink(), "there is no ssh in it"
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/ssh-keygen").touch()
    furnished(tmp_path)
    assert "Before=ssh.service sshd.service\n" in (tmp_path / str(wanted.readlink()).lstrip("/")).read_text()


@pytest.mark.parametrize("link", ["opt", "opt/xcat", "etc/systemd"])
def test_nothing_is_written_through_a_link(tmp_path: Path, link: str) -> None:
    (tmp_path / "outside").mkdir()
    root = tmp_path / "root"
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(tmp_path / "outside")
    with pytest.raises(ServiceError, match="is a link: nothing is written through it"):
        furnished(root)
    assert not list((tmp_path / "outside").iterdir())


def test_a_link_in_the_place_of_a_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("old")
    (tmp_path / "root/opt/xcat").mkdir(parents=True)
    (tmp_path / "root/opt/xcat/first-boot").symlink_to(tmp_path / "outside")
    furnished(tmp_path / "root")
    assert (tmp_path / "outside").read_text() == "old"
    assert not (tmp_path / "root/opt/xcat/first-boot").is_symlink()


def test_facts_are_single_lines(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="IMAGENAME is no single line"):
        furnish(tmp_path, "img\nXCATSERVER=evil", "/install", "/tftpboot", print)
