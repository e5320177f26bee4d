"""The mounts of /install and /tftpboot: what is wanted, the line in fstab, and whether what is there is it."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.unit.objects.worlds import Rows, nodes
from tests.unit.services.places import place
from xcatd.errors import ServiceError
from xcatd.services.fileservice import Rendered
from xcatd.services.kept.installmount import InstallMount
from xcatd.services.kept.tftpmount import TftpMount
from xcatd.services.nfs import mounts
from xcatd.services.nfs.mounting import NfsMount, Share, _is_from
from xcatd.services.nfs.mounts import mounts_of
from xcatd.services.place import Place
from xcatd.services.service import ALONE, ON

DISK = "21 1 254:1 / / rw - ext4 /dev/vda1 rw\n"
NFS = DISK + "95 21 0:61 / /install rw - nfs4 mn1:/install rw,vers=4.2,addr=10.0.0.1\n"
OPTIONS = "rw,nolock,_netdev,nofail,x-systemd.mount-timeout=30s"
INSTALL = f"# xcatd keeps the next line: installmount\nmn1:/install /install nfs {OPTIONS} 0 0\n"
FSTAB = Path("/etc/fstab")


@pytest.fixture(autouse=True)
def _without_systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever runs the tests."""
    monkeypatch.setattr(mounts, "has_systemd", lambda: False)


def host(root: Path = Path("/"), *, is_master: bool = False, columns: str = "tftpserver", **site: str) -> Place:
    rows: Rows = [{"key": key, "value": value} for key, value in {"master": "mn1", **site}.items()]
    row = {"node": "service", columns: "1"}
    found = place(root, is_master=is_master, nodelist=nodes(sn1="service"), site=rows, servicenode=[row])
    return replace(found, resolved={"mn1": ip_address("10.0.0.1")})


def rendered(service: NfsMount, found: Place, fstab: str = "", mounted: str = DISK) -> Rendered:
    texts = {FSTAB: fstab, Path("/proc/self/mountinfo"): mounted}
    return service.render(found, ON, lambda path: texts.get(path, ""))


@pytest.mark.parametrize(
    ("installloc", "share"),
    [
        ("/install", Share("mn1", "/install", "site.installloc")),
        ("nas:/export/install", Share("nas", "/export/install", "site.installloc")),
        ("[fd00::1]:/install", Share("fd00::1", "/install", "site.installloc")),
        ("", None),
        ("sn1:/install", None),
        ("10.0.0.2:/install", None),
    ],
)
def test_where_the_install_folder_comes_from(installloc: str, share: Share | None) -> None:
    assert InstallMount().share(host(installloc=installloc)) == share


@pytest.mark.parametrize(
    ("sharedtftp", "share"),
    [
        *((word, Share("mn1", "/tftpboot", "site.sharedtftp")) for word in ("", "1", "yes", "Y")),
        *((word, None) for word in ("0", "no", "N")),
        ("nas", Share("nas", "/tftpboot", "site.sharedtftp")),
        ("sn1", None),
    ],
)
def test_where_the_boot_files_come_from(sharedtftp: str, share: Share | None) -> None:
    assert TftpMount().share(host(sharedtftp=sharedtftp)) == share


def test_the_one_above_is_the_xcatmaster_of_the_service_node() -> None:
    found = place(
        nodelist=nodes(sn1="service"),
        site=[{"key": "master", "value": "mn1"}, {"key": "installloc", "value": "/install"}],
        servicenode=[{"node": "sn1", "nfsserver": "1"}],
        noderes=[{"node": "sn1", "xcatmaster": "mn1-ib"}],
    )
    assert InstallMount().share(found) == Share("mn1-ib", "/install", "site.installloc")


def test_what_cannot_be_meant_is_said() -> None:
    with pytest.raises(ServiceError, match=r"site.installloc is 'install': set it to a path, or to host:path"):
        InstallMount().share(host(installloc="install"))
    with pytest.raises(ServiceError, match="nobody says where"):
        InstallMount().share(host(installloc="/install", master=""))
    with pytest.raises(ServiceError, match="nobody says where"):
        TftpMount().share(host(master=""))


def test_only_service_nodes_mount(tmp_path: Path) -> None:
    assert InstallMount().wanted(host(tmp_path, installloc="/install")) == ON
    assert InstallMount().wanted(host(tmp_path)) == ALONE
    assert InstallMount().wanted(host(tmp_path, is_master=True, installloc="/install")) == ALONE
    assert InstallMount().wanted(replace(host(tmp_path, installloc="/install"), node="")) == ALONE
    assert InstallMount().wanted(host(tmp_path, installloc="/install", columns="comments")) == ALONE
    assert TftpMount().wanted(host(tmp_path)) == ON
    assert TftpMount().wanted(host(tmp_path, columns="nfsserver")) == ALONE
    assert TftpMount().wanted(host(tmp_path, sharedtftp="0")) == ALONE


def test_a_line_that_is_left_is_wanted_away(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/fstab").write_text(INSTALL)
    assert InstallMount().wanted(host(tmp_path)) == ON
    assert TftpMount().wanted(host(tmp_path, sharedtftp="0")) == ALONE


def test_the_line_and_the_folder() -> None:
    found = rendered(InstallMount(), host(installloc="/install"))
    assert found.files[FSTAB].text == INSTALL
    assert found.folders == [Path("/install")]


def test_the_version_of_nfs_that_the_site_says() -> None:
    found = rendered(InstallMount(), host(installloc="/install", useNFSv4onAIX="yes"))
    assert "nfs rw,nolock,vers=4,_netdev" in str(found.files[FSTAB].text)


def test_nobody_looks_at_a_folder_whose_server_may_be_dead() -> None:
    assert rendered(InstallMount(), host(installloc="/install"), INSTALL, NFS).folders == []


def test_unset_takes_the_line_out() -> None:
    site = "/dev/vda1 / ext4 defaults 0 1\n"
    assert rendered(InstallMount(), host(), site + INSTALL).files[FSTAB].text == site
    assert rendered(InstallMount(), host(), site).files == {}


def test_a_line_of_the_sites_own() -> None:
    mine = "mn1:/install /install nfs ro 0 0\n"
    assert rendered(InstallMount(), host(installloc="/install"), mine).files[FSTAB].text == mine
    with pytest.raises(
        ServiceError, match=r"/etc/fstab mounts nas:/i on /install, and site\.installloc says mn1:/install"
    ):
        rendered(InstallMount(), host(installloc="/install"), mine.replace("mn1:/install", "nas:/i"))


@pytest.mark.parametrize(
    ("source", "server", "answer"),
    [
        ("mn1:/install", "10.0.0.1", True),
        ("mn1:/install/", "10.0.0.1", True),
        ("10.0.0.1:/install", "10.0.0.1", True),
        ("mn1.cluster:/install", "10.0.0.1", True),
        ("mn1:/other", "10.0.0.1", False),
        ("nas:/install", "10.0.0.7", False),
    ],
)
def test_one_server_has_several_names(source: str, server: str, answer: bool) -> None:
    mount = mounts_of(f"95 21 0:61 / /install rw - nfs4 {source} rw,addr={server}\n")[0]
    assert _is_from(mount, Share("mn1", "/install", ""), ip_address("10.0.0.1")) is answer


def test_a_folder_of_this_host_is_not_it() -> None:
    mount = mounts_of("95 21 0:61 / /install rw - ext4 mn1:/install rw\n")[0]
    assert not _is_from(mount, Share("mn1", "/install", ""), ip_address("10.0.0.1"))
