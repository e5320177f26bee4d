"""What the tests of DHCP have in common, whichever server a real daemon keeps, for IPv4 alone or for both versions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from ipaddress import ip_interface
from typing import ClassVar

import pytest

from tests.helpers.alone import typed
from tests.helpers.dhcpsite import Site, dhcp_site, mac


class ServingContract:
    """Each server: `kind` as site.dhcpbackend has it, the `servers` as the daemon calls their processes, and their `files`. `v6`:
    there is a network of IPv6, too."""

    kind: ClassVar[str]
    servers: ClassVar[tuple[str, ...]]
    files: ClassVar[tuple[str, ...]]
    script: ClassVar[str]
    """The URL of the script of node n2."""
    v6: ClassVar[bool] = False

    @pytest.fixture(scope="class")
    @classmethod
    def place(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
        with dhcp_site(tmp_path_factory.mktemp("dhcp"), cls.kind, v6=cls.v6) as made:
            yield made

    @pytest.fixture
    def site(self, place: Site) -> Site:
        """All nodes are known to the servers, which run, and the tables are as at the beginning."""
        typed(place.mn, "makedhcp -n", "makedhcp -a -d", "makedhcp -a")
        return place

    def state(self, site: Site) -> list[object]:
        """Of each server; it is another one when the server was told something, or its file was written."""
        return [
            ((site.mn.root / file).stat().st_ino, site.process(server))
            for file, server in zip(self.files, self.servers, strict=True)
        ]

    def test_doing_it_again_touches_nothing(self, site: Site) -> None:
        before = self.state(site)
        assert typed(site.mn, "makedhcp -a", "makedhcp n1-n3", "makedhcp -n") == ""
        assert self.state(site) == before


class KeaContract(ServingContract):
    kind = "kea"

    def state(self, site: Site) -> list[object]:
        logs = [site.mn.root / f"var/log/xcat/services/{server}.log" for server in self.servers]
        times = [log.read_text().count("_CONFIG_COMPLETE") for log in logs]
        return list(zip(super().state(site), times, strict=True))


@contextlib.contextmanager
def relayed(site: Site, near: str, far: str, network: str, node: str) -> Iterator[None]:
    """A relay among the machines, at `near`, for a network behind it, where it is at `far`: both with the length of their prefix.
    `network`: attributes of that network; `node`: the address of a node there, far1."""
    site.machines.up("up0", near)
    site.machines.bridge("far0", far)
    behind = str(ip_interface(far).network)
    site.here.ip("route", "add", behind, "via", near.partition("/")[0])
    try:
        typed(
            site.mn,
            f"mkdef -t network far {network} mgtifname='!remote!up0' domain=far.net",
            f"nodeadd far1 groups=odd hosts.ip={node} mac.mac={mac(61)} noderes.netboot=xnba",
            "makedhcp -n",
            "makedhcp far1",
        )
        yield
    finally:
        typed(site.mn, "rmdef -t network far", "noderm far1", "makedhcp -n")
        site.here.ip("route", "del", behind)
        site.machines.ip("link", "del", "far0")
        site.machines.ip("addr", "del", near, "dev", "up0")
