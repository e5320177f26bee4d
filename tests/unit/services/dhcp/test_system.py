"""Which server is used, and where its files are."""

from __future__ import annotations

from pathlib import Path

import pytest

from xcatd.errors import ServiceError
from xcatd.services.dhcp.system import ISC, KEA, Layout, backend, leases_hook


def chosen(wish: str, *installed: str) -> str:
    return backend(wish, lambda name: name if name in installed else None)


def test_kea_comes_first_and_the_site_may_say_otherwise() -> None:
    both = ("kea-dhcp4", "dhcpd")
    assert [chosen(wish, *both) for wish in ("", "auto", "Kea", "isc")] == [KEA, KEA, KEA, ISC]
    assert chosen("auto", "dhcpd") == ISC


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        (
            "kea",
            r"^No DHCP server is installed \(kea-dhcp4\): install the package kea-dhcp4-server \(Debian, Ubuntu\) or kea ",
        ),
        ("isc", r"^No DHCP server is installed \(dhcpd\): install the package isc-dhcp-server "),
        (
            "",
            r"^No DHCP server is installed \(kea-dhcp4 or dhcpd\): install the package kea-dhcp4-server .*, or the package isc",
        ),
        ("dnsmasq", r"^site.dhcpbackend is 'dnsmasq': set it to one of auto, kea, isc$"),
    ],
)
def test_what_is_not_there_is_named(wish: str, sentence: str) -> None:
    with pytest.raises(ServiceError, match=sentence):
        chosen(wish)


def test_files_are_below_the_root(tmp_path: Path) -> None:
    kea, isc = Layout(tmp_path, KEA), Layout(tmp_path, ISC)
    assert kea.conf == tmp_path / "etc/kea/kea-dhcp4.conf"
    assert (isc.conf, isc.leases) == (tmp_path / "etc/dhcp/dhcpd.conf", tmp_path / "var/lib/dhcpd/dhcpd.leases")
    assert kea.backup.name == "kea-dhcp4.conf.xcatbak"
    six = [Layout(tmp_path, kind, 6) for kind in (KEA, ISC)]
    assert [one.conf.name for one in six] == ["kea-dhcp6.conf", "dhcpd6.conf"]
    assert [one.leases.name for one in six] == ["kea-leases6.csv", "dhcpd6.leases"]
    assert len({one.program.name for one in (kea, isc, *six)}) == 4
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/dhcpd.conf").touch()
    (tmp_path / "var/lib/dhcp").mkdir(parents=True)
    assert (isc.conf, isc.leases) == (tmp_path / "etc/dhcpd.conf", tmp_path / "var/lib/dhcp/dhcpd.leases")


def test_the_hook_is_where_distributions_have_it(tmp_path: Path) -> None:
    assert leases_hook(tmp_path) is None
    for folder in ("usr/lib64/kea/hooks", "usr/lib/x86_64-linux-gnu/kea/hooks"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "libdhcp_lease_cmds.so").touch()
        found = leases_hook(tmp_path)
        assert found is not None
        assert found.parent == tmp_path / folder
