"""What vsftpd is told on each family of distributions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.services.places import place
from xcatd.errors import ServiceError
from xcatd.services.distribution import Family
from xcatd.services.files import read_text
from xcatd.services.kept.ftpserver import FtpServer, settings
from xcatd.services.service import ALONE, ON


@pytest.mark.parametrize(
    ("family", "path", "empty"),
    [
        (Family.DEBIAN, "/etc/vsftpd.conf", "/var/run/vsftpd/empty"),
        (Family.REDHAT, "/etc/vsftpd/vsftpd.conf", "/usr/share/empty"),
        (Family.SUSE, "/etc/vsftpd.conf", "/usr/share/empty"),
    ],
)
def test_its_file_and_its_empty_folder(family: Family, path: str, empty: str) -> None:
    rendered = FtpServer().render(place(family=family), ON, read_text)
    file = rendered.files[Path(path)]
    assert file.keeps
    assert f"secure_chroot_dir={empty}\n" in (file.text or "")
    assert Path(empty) in rendered.folders


def test_anybody_reads_and_nobody_writes() -> None:
    lines = settings(place(site=[{"key": "installdir", "value": "/srv/install"}])).splitlines()
    assert {"anonymous_enable=YES", "anon_root=/srv/install", "local_enable=NO", "write_enable=NO"} <= {*lines}
    assert {"listen=NO", "listen_ipv6=YES"} <= {*lines}


def test_a_host_without_ipv6() -> None:
    lines = settings(place(interfaces={"lo": ["127.0.0.1"]})).splitlines()
    assert {"listen=YES", "listen_ipv6=NO"} <= {*lines}


def test_a_folder_that_would_be_another_setting_is_refused() -> None:
    with pytest.raises(ServiceError, match=r"site\.installdir is"):
        settings(place(site=[{"key": "installdir", "value": "/install\nwrite_enable=YES"}]))


@pytest.mark.parametrize(
    ("is_master", "value", "vsftp", "wanted"),
    [
        (True, "", "y", ON),
        (True, "", "n", ALONE),
        (True, "", "", ALONE),
        (True, "0", "y", ALONE),
        (True, "1", "n", ON),
        (False, "", "y", ALONE),
    ],
)
def test_the_management_node_goes_by_site_vsftp(is_master: bool, value: str, vsftp: str, wanted: str) -> None:
    here = place(
        is_master=is_master,
        nodelist=[{"node": "sn1", "groups": "all"}],
        servicenode=[{"node": "sn1", "ftpserver": value}],
        site=[{"key": "vsftp", "value": vsftp}],
    )
    assert FtpServer().wanted(here) == wanted
