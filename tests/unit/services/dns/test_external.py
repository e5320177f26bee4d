"""Which servers take updates of our zones."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.helpers.cluster import free_port
from tests.simulators.named import named
from xcatd.errors import ServiceError
from xcatd.services.dns import external as module
from xcatd.services.dns.external import primaries, servers_in
from xcatd.services.dns.server import conversation
from xcatd.services.dns.zones import Zones


def test_servers_are_those_of_resolv_conf_or_the_sites() -> None:
    text = (
        "# nameserver 192.0.2.9\nsearch a.b\nnameserver 192.0.2.1\n\tnameserver  2001:db8::1 # two\noptions ndots:2\n"
    )
    assert servers_in(text) == ["192.0.2.1", "2001:db8::1"]
    assert servers_in(text, "192.0.2.7, ns.cluster.net") == ["192.0.2.7", "ns.cluster.net"]
    with pytest.raises(
        ServiceError, match=r"please ensure /etc/resolv\.conf existing and pointed to this external DNS server"
    ):
        servers_in("search a.b\n")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server that everybody asks, with a zone above one of ours, and empty zones for private addresses as BIND makes them."""
    port = free_port()
    monkeypatch.setattr(module, "conversation", partial(conversation, port=port))
    there = {"site.net": "", "1.168.192.in-addr.arpa": ""}
    with named(tmp_path, there, port=port, options="recursion yes; forward only; forwarders { 127.0.0.9 port 1; };"):
        yield


async def test_our_zones_may_be_parts_of_theirs_or_nobodys(server: None) -> None:
    ours = Zones(("cluster.site.net", "ib.site.net"), ("1.168.192.in-addr.arpa", "0.10.in-addr.arpa"))
    found = await primaries(ours, ["127.0.0.1"])
    assert found.zones == {"127.0.0.1": Zones(("site.net",), ("1.168.192.in-addr.arpa",))}
    assert found.unknown == ("0.10.in-addr.arpa",)


async def test_a_server_that_is_silent_is_passed_over_for_the_next_one(server: None) -> None:
    found = await primaries(Zones(("cluster.site.net",), ()), ["127.0.0.77", "127.0.0.1"])
    assert set(found.zones) == {"127.0.0.1"}
    with pytest.raises(ServiceError, match=r"No name server answers at 127\.0\.0\.77 port"):
        await primaries(Zones(("cluster.net",), ()), ["127.0.0.77"])


async def test_a_server_whose_name_nobody_knows_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody(names: list[str]) -> dict[str, str]:
        return {}

    monkeypatch.setattr(module, "look_up", nobody)
    with pytest.raises(ServiceError) as caught:
        await primaries(Zones(("cluster.net",), ()), ["ns.cluster.net"])
    assert str(caught.value) == "Please make sure ns.cluster.net exist either in /etc/hosts or DNS."
