"""What a small boot image is built from, by the tables and files of a management node; whom service nodes ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.media import lay
from tests.helpers.tables import snapshot_of
from xcatd.errors import UsageError
from xcatd.objects import world_of
from xcatd.services.genesis.fetching import Upper
from xcatd.services.genesis.here import read_spec, tftp_servers, upper_of

IMAGE = {"imagename": "deb12", "provmethod": "netboot", "osvers": "debian12", "osarch": "x86_64", "profile": "compute"}
TABLES = snapshot_of(
    osimage=[IMAGE, IMAGE | {"imagename": "bare"}],
    linuximage=[{"imagename": "deb12", "rootimgdir": "/install/netboot/deb12"}],
    nodelist=[{"node": name} for name in ("sn1", "sn2", "sn3")],
    servicenode=[
        {"node": "sn1", "tftpserver": "1"},
        {"node": "sn2", "tftpserver": "0"},
        {"node": "sn3", "tftpserver": "yes"},
    ],
    noderes=[{"node": "sn1", "xcatmaster": "10.0.0.1"}],
    site=[{"key": "master", "value": "mn1"}, {"key": "httpport", "value": "8080"}],
)


def test_the_kernel_of_this_host_or_of_an_osimage(tmp_path: Path) -> None:
    assert (read_spec(TABLES, tmp_path, "x86_64").root, read_spec(TABLES, tmp_path, "x86_64").whose) == (
        tmp_path,
        "this host",
    )
    spec = read_spec(TABLES, tmp_path, "x86_64", "deb12")
    assert (spec.root, spec.whose) == (tmp_path / "install/netboot/deb12/rootimg", "the osimage deb12")
    assert (spec.module / "module-setup.sh").is_file()
    with pytest.raises(UsageError, match="the osimage deb12 is for x86_64, not for aarch64"):
        read_spec(TABLES, tmp_path, "aarch64", "deb12")
    with pytest.raises(UsageError, match="the osimage bare has no rootimgdir"):
        read_spec(TABLES, tmp_path, "x86_64", "bare")


def test_who_may_log_in(tmp_path: Path) -> None:
    lay(tmp_path / "install/postscripts/_ssh", {"authorized_keys": "# nodes\nssh-ed25519 A one\n\nssh-rsa B two"})
    lay(
        tmp_path / "root/.ssh",
        {"id_ed25519.pub": "ssh-ed25519 A one\n", "id_rsa.pub": "ssh-rsa C three\n", "id_rsa": "secret"},
    )
    assert read_spec(TABLES, tmp_path, "x86_64").keys == "ssh-ed25519 A one\nssh-rsa B two\nssh-rsa C three\n"


def test_service_nodes_with_a_folder_of_their_own() -> None:
    world = world_of(TABLES)
    assert tftp_servers(world) == ["sn1", "sn3"]
    assert (upper_of(world, "sn1"), upper_of(world, "sn3")) == (Upper("10.0.0.1", 8080), Upper("mn1", 8080))
