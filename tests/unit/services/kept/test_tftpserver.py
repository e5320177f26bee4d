"""What in.tftpd is told on each family of distributions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.services.places import place
from xcatd.errors import ServiceError
from xcatd.services.distribution import Family
from xcatd.services.files import read_text
from xcatd.services.kept.tftpserver import TftpServer
from xcatd.services.place import Place
from xcatd.services.service import ALONE, ON

DEBIAN, OURS, MAP = Path("/etc/default/tftpd-hpa"), Path("/etc/xcat/tftpd.env"), Path("/etc/tftpmapfile4xcat.conf")


def texts(here: Place) -> dict[Path, str | None]:
    return {path: file.text for path, file in TftpServer().render(here, ON, read_text).files.items()}


def site(**values: str) -> list[dict[str, str | None]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def test_debian_has_it_in_its_own_file() -> None:
    assert texts(place())[DEBIAN] == (
        "# Written by xcatd.\n"
        'TFTP_USERNAME="tftp"\n'
        'TFTP_DIRECTORY="/tftpboot"\n'
        'TFTP_ADDRESS=":69"\n'
        'TFTP_OPTIONS="-v -s -m /etc/tftpmapfile4xcat.conf"\n'
    )


@pytest.mark.parametrize("family", [Family.REDHAT, Family.SUSE])
def test_others_have_it_in_the_file_of_our_unit(family: Family) -> None:
    here = place(family=family, site=site(tftpdir="/srv/tftp"))
    assert texts(here)[OURS] == (
        '# Written by xcatd.\nTFTPD_OPTIONS="--user nobody -v -s -m /etc/tftpmapfile4xcat.conf /srv/tftp"\n'
    )
    assert DEBIAN not in texts(here)
    assert TftpServer().program(here, ON).units == ("xcatd-tftpd",)


def test_backslashes_become_slashes() -> None:
    assert (texts(place())[MAP] or "").splitlines()[-1] == r"rg \\ /"


def test_a_host_without_ipv6_uses_ipv4_only() -> None:
    here = place(interfaces={"lo": ["127.0.0.1"]})
    assert 'TFTP_OPTIONS="-4 -v -s -m /etc/tftpmapfile4xcat.conf"\n' in (texts(here)[DEBIAN] or "")


@pytest.mark.parametrize(
    ("flags", "options", "folder", "address"),
    [
        ("-v -l -s /tftpboot -m /etc/my.map", "-v -s -m /etc/my.map", "/tftpboot", ":69"),
        ("-vls /srv/a -B 1468", "-v -s -B 1468", "/srv/a", ":69"),
        ("--listen --secure --address 10.0.0.2:6969 /a", "--secure --address 10.0.0.2:6969", "/a", "10.0.0.2:6969"),
        ("-s -a 10.0.0.2 /a", "-s -a 10.0.0.2", "/a", "10.0.0.2:69"),
    ],
)
def test_tftpflags_replaces_all_options(flags: str, options: str, folder: str, address: str) -> None:
    text = texts(place(site=site(tftpflags=flags)))[DEBIAN] or ""
    assert f'TFTP_OPTIONS="{options}"\n' in text
    assert f'TFTP_DIRECTORY="{folder}"\n' in text
    assert f'TFTP_ADDRESS="{address}"\n' in text


@pytest.mark.parametrize("flags", ["-Z", "--nonsense", "-s 'open"])
def test_flags_that_it_does_not_understand_are_refused(flags: str) -> None:
    with pytest.raises(ServiceError, match=r"site\.tftpflags is nothing that in\.tftpd understands"):
        texts(place(site=site(tftpflags=flags)))


@pytest.mark.parametrize(
    ("kind", "source", "point", "folders"),
    [
        ("nfs4", "mn:/tftpboot", "/tftpboot", []),
        ("nfs", "mn:/", "/", [Path("/tftpboot")]),
        ("ext4", "/dev/sdb1", "/tftpboot", [Path("/tftpboot")]),
    ],
)
def test_a_folder_of_another_host_is_left_alone(kind: str, source: str, point: str, folders: list[Path]) -> None:
    """proc(5), mountinfo."""
    mounts = f"36 35 98:0 / {point} rw,noatime shared:1 - {kind} {source} rw\n"

    def now(path: Path) -> str:
        return mounts if path.name == "mountinfo" else ""

    assert TftpServer().render(place(), ON, now).folders == folders


@pytest.mark.parametrize(
    ("is_master", "is_node", "value", "wanted"),
    [
        (True, True, "", ON),
        (True, True, "0", ALONE),
        (True, False, "", ALONE),
        (False, True, "", ALONE),
        (False, True, "1", ON),
    ],
)
def test_a_management_node_that_is_a_node_has_it_unless_it_says_no(
    is_master: bool, is_node: bool, value: str, wanted: str
) -> None:
    rows = [{"node": "sn1", "groups": "all"}] if is_node else [{"node": "other", "groups": "all"}]
    servicenode: list[dict[str, str | None]] = [{"node": "sn1", "tftpserver": value}]
    assert TftpServer().wanted(place(is_master=is_master, nodelist=rows, servicenode=servicenode)) == wanted
