"""What the kernel says of mounts: lines as Linux writes them."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from xcatd.services.nfs.mounts import Mount, escaped, mount_at, mount_of, mounts_of, unescaped, unit_of

TEXT = r"""
21 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro
95 21 0:61 / /install rw,relatime shared:52 master:1 - nfs4 mn1:/install rw,vers=4.2,rsize=1048576,clientaddr=10.0.0.2,addr=10.0.0.1
96 21 0:62 / /my\040files rw - nfs 10.0.0.1:/my\040files rw,vers=3,mountaddr=10.0.0.9,addr=10.0.0.1
97 21 0:63 / /run rw shared:9 - tmpfs tmpfs rw,size=1k
98 95 0:64 / /install/a rw - tmpfs none rw
99 97 0:65 / /run rw - ext4 /dev/vdb rw
not a line
"""


def test_lines_are_read() -> None:
    mounts = mounts_of(TEXT)
    assert mounts[1] == Mount(PurePath("/install"), "nfs4", "mn1:/install", "10.0.0.1")
    assert mounts[2] == Mount(PurePath("/my files"), "nfs", "10.0.0.1:/my files", "10.0.0.1")
    assert [mount.is_nfs for mount in mounts] == [False, True, True, False, False, False]
    assert len(mounts) == 6


def test_the_newest_mount_at_a_folder_is_seen() -> None:
    mounts = mounts_of(TEXT)
    found = mount_at(mounts, PurePath("/run"))
    assert found is not None
    assert found.source == "/dev/vdb"
    assert mount_at(mounts, PurePath("/install/b")) is None


@pytest.mark.parametrize(
    ("path", "point"), [("/install/b", "/install"), ("/install/a/b", "/install/a"), ("/installed", "/"), ("/", "/")]
)
def test_what_a_path_lies_on(path: str, point: str) -> None:
    found = mount_of(mounts_of(TEXT), PurePath(path))
    assert found is not None
    assert found.point == PurePath(point)


@pytest.mark.parametrize(
    ("point", "unit"),
    [
        ("/install", "install.mount"),
        ("/srv/x-cat/install", r"srv-x\x2dcat-install.mount"),
        ("/.install/.a", r"\x2einstall-.a.mount"),
        ("/a b/ü", r"a\x20b-\xc3\xbc.mount"),
        ("/", "-.mount"),
    ],
)
def test_units_are_called_as_systemd_escape_calls_them(point: str, unit: str) -> None:
    assert unit_of(PurePath(point)) == unit


@pytest.mark.parametrize("text", ["/plain", "/a b\tc", "/with\\back#hash"])
def test_blanks_survive_the_way_there_and_back(text: str) -> None:
    assert unescaped(escaped(text)) == text
    assert " " not in escaped(text)
