"""What the tables say of the name server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from tests.unit.objects.worlds import nodes, world
from xcatd.errors import ServiceError
from xcatd.objects import World
from xcatd.services.dns.key import key_of, new_key
from xcatd.services.dns.layout import layout_of
from xcatd.services.dns.setup import Setup, domain_of
from xcatd.services.dns.source import read_setup, read_source

OWN = {
    "lo": [ip_address("127.0.0.1"), ip_address("::1")],
    "eth0": [ip_address("10.0.0.1")],
    "eth1": [ip_address("10.1.0.1"), ip_address("2001:db8::1")],
}
SITE = {"domain": "cluster.net", "nameservers": "10.0.0.1", "master": "10.0.0.1"}
NETWORKS = (
    {"netname": "main", "net": "10.0.0.0", "mask": "255.255.0.0"},
    {"netname": "ib", "net": "10.1.0.0", "mask": "255.255.255.0", "domain": "ib.net", "nameservers": "<xcatmaster>"},
    {"netname": "away", "net": "10.2.0.0", "mask": "255.255.255.0", "nameservers": "192.0.2.53"},
    {"netname": "six", "net": "2001:db8::/64", "mask": "/64", "nameservers": "192.0.2.53, 2001:db8::1"},
)


def cluster(
    networks: Sequence[Mapping[str, str]] = NETWORKS, hosts: Sequence[Mapping[str, str]] = (), **site: str
) -> World:
    rows = [{"key": key, "value": value} for key, value in {**SITE, **site}.items() if value]
    return world(
        nodelist=nodes(mn1="all", n1="all", n2="all", sn1="service,all", sn2="service,all"),
        site=rows,
        networks=networks,
        hosts=[{"node": "sn1", "ip": "10.0.0.11"}, {"node": "sn2", "ip": "10.0.0.12"}, *hosts],
        servicenode=[{"node": "sn1", "nameserver": "2"}, {"node": "sn2", "nameserver": "1"}],
    )


async def setup(**site: str) -> Setup:
    return await read_setup(cluster(**site), "mn1", OWN)


async def test_zones_are_those_of_networks_that_this_host_serves() -> None:
    made = await setup()
    assert made.server == "mn1.cluster.net"
    assert made.networks == (ip_network("10.0.0.0/16"), ip_network("10.1.0.0/24"), ip_network("2001:db8::/64"))
    assert made.zones.forward == ("cluster.net", "ib.net")
    assert made.zones.reverse[:2] == ("0.10.in-addr.arpa", "0.1.10.in-addr.arpa")
    assert len(made.zones.reverse) == 3
    assert made.secondaries == ("10.0.0.11",)
    assert made.listen is None


async def test_domains_are_those_of_the_networks() -> None:
    domain = domain_of(await setup(), cluster().snapshot)
    found = [domain(ip_address(text)) for text in ("10.0.7.7", "10.1.0.7", "10.2.0.7", "192.168.0.1", "2001:db8::7")]
    assert found == ["cluster.net", "ib.net", None, None, "cluster.net"]


async def test_lists_may_have_commas_or_blanks() -> None:
    made = await setup(
        forwarders="192.0.2.1, 192.0.2.2",
        dnsforwardmode="first",
        emptyzonesenable="yes",
        dnsupdaters="10.0.0.9 10.0.0.8",
        namedincludes="/etc/a.conf,/etc/b.conf",
    )
    assert made.forwarders == ("192.0.2.1", "192.0.2.2")
    assert (made.forward_mode, made.empty_zones) == ("first", "yes")
    assert made.updaters == ("10.0.0.9", "10.0.0.8")
    assert made.includes == ("/etc/a.conf", "/etc/b.conf")
    assert (await setup(dnsforwardmode="no")).forward_mode == ""


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("eth0", ["127.0.0.1", "::1", "10.0.0.1"]),
        ("eth0,eth1", ["127.0.0.1", "::1", "10.0.0.1", "10.1.0.1", "2001:db8::1"]),
        ("sn1|eth9;mn1|eth0", ["127.0.0.1", "::1", "10.0.0.1"]),
        ("service|eth9;all|eth0", ["127.0.0.1", "::1", "10.0.0.1"]),
        ("10.0.0.1|eth0", ["127.0.0.1", "::1", "10.0.0.1"]),
        ("sn1|eth9", None),
    ],
)
async def test_interfaces_are_chosen_for_this_host(text: str, addresses: list[str] | None) -> None:
    listen = (await setup(dnsinterfaces=text)).listen
    assert (None if listen is None else [str(one) for one in listen]) == addresses


@pytest.mark.parametrize(
    ("site", "sentence"),
    [
        ({"domain": ""}, "domain not defined in site table"),
        ({"nameservers": ""}, "nameservers not defined in site table"),
        (
            {"forwarders": "192.0.2.1,forwarderstest"},
            "site.forwarders names 'forwarderstest', which is no address: a name server must be reachable without names",
        ),
        ({"dnsforwardmode": "maybe"}, "site.dnsforwardmode is 'maybe': set it to one of first, only, no"),
        ({"emptyzonesenable": "1"}, "site.emptyzonesenable is '1': set it to one of yes, no"),
        (
            {"namedincludes": '/etc/a";'},
            "site.namedincludes names '/etc/a\";', which named.conf cannot hold: leave out quotes, braces and semicolons",
        ),
        (
            {"dnsinterfaces": "eth7"},
            "site.dnsinterfaces names eth7, an interface that this host does not have",
        ),
        (
            {"dnsinterfaces": "mn[|eth9;eth0"},
            "In site.dnsinterfaces: Cannot read the noderange 'mn[': a bracket that is empty, holds another one or is not closed, "
            "so write a list like [1,3-5] (character 3).",
        ),
    ],
)
async def test_what_cannot_be_meant_is_said(site: dict[str, str], sentence: str) -> None:
    with pytest.raises(ServiceError) as caught:
        await setup(**site)
    assert str(caught.value) == sentence


def test_a_key_is_made_once_and_read_again() -> None:
    assert key_of(cluster().snapshot) is None
    key, change = new_key(cluster().snapshot)
    assert (key.name, key.algorithm) == ("xcat_key", "hmac-sha256")
    rows = [{**change.key, **change.values}]
    assert key_of(world(passwd=rows).snapshot) == key
    assert new_key(cluster().snapshot)[0].secret != key.secret


def test_the_site_names_key_and_algorithm_but_not_a_broken_one() -> None:
    row = {"key": "omapi", "username": "mine", "password": "c2VjcmV0"}
    for algorithm, used in (("hmac-sha512", "hmac-sha512"), ("hmac-md5", "hmac-sha256")):
        site = [{"key": "dhcpomapikeyname", "value": "mine"}, {"key": "dhcpomapialgorithm", "value": algorithm}]
        key = key_of(world(passwd=[row], site=site).snapshot)
        assert key is not None
        assert (key.name, key.algorithm, key.secret.reveal()) == ("mine", used, "c2VjcmV0")


@pytest.mark.parametrize("password", ["not base 64", "====", "abc"])
def test_a_password_that_is_no_key_is_told_without_being_shown(password: str) -> None:
    row = {"key": "omapi", "username": "xcat_key", "password": password}
    with pytest.raises(ServiceError) as caught:
        key_of(world(passwd=[row]).snapshot)
    assert "username=xcat_key in table passwd is no key in base 64" in str(caught.value)
    assert password not in str(caught.value)


@pytest.mark.parametrize(
    ("mark", "conf", "zones", "account"),
    [
        ("etc/bind", "etc/bind/named.conf", "var/lib/bind", "bind"),
        ("var/lib/named/dyn", "etc/named.conf", "var/lib/named/dyn", "named"),
        ("var/named/dynamic", "etc/named.conf", "var/named/dynamic", "named"),
        ("nothing", "etc/named.conf", "var/named/dynamic", "named"),
    ],
)
def test_files_are_where_the_distribution_has_them(
    mark: str, conf: str, zones: str, account: str, tmp_path: Path
) -> None:
    (tmp_path / mark).mkdir(parents=True)
    layout = layout_of(Path("/r"), cluster().snapshot, tmp_path)
    assert (layout.conf, layout.zones, layout.account) == (Path("/r") / conf, Path("/r") / zones, account)


def test_the_site_may_say_where_files_are() -> None:
    layout = layout_of(Path("/r"), cluster(bindconf="/etc/x.conf", binddir="/srv/a", bindzones="/srv/b").snapshot)
    assert (layout.conf, layout.zones) == (Path("/r/etc/x.conf"), Path("/r/srv/b"))


async def test_nodes_have_the_names_that_makehosts_gives_them(tmp_path: Path) -> None:
    rows = [
        {"node": "n1", "ip": "10.0.1.1", "hostnames": "one", "otherinterfaces": "-ib:10.1.0.9"},
        {"node": "n2", "ip": "junk"},
    ]
    there = cluster(hosts=rows)
    made = await read_setup(there, "mn1", OWN)
    source = await read_source(there, tmp_path, made, OWN, ["n1", "n2"])
    assert {str(record) for record in source.wanted.all() if record.kind != "PTR"} == {
        "n1.cluster.net. IN A 10.0.1.1",
        "one.cluster.net. IN CNAME n1.cluster.net.",
        "n1-ib.ib.net. IN A 10.1.0.9",
    }
    assert source.owners == ("n2.cluster.net",)
    assert source.troubles == ("Ignoring node 'n2', its ip address 'junk' is not valid.",)


@pytest.mark.parametrize(
    ("hosts", "site", "address"),
    [
        ([{"node": "mn1", "ip": "10.0.0.2"}], {}, "10.0.0.2"),
        ([], {}, "10.0.0.1"),
        ([], {"master": "mn1"}, "10.0.0.1"),
    ],
)
async def test_this_host_has_an_address_in_its_zone(
    hosts: list[dict[str, str]], site: dict[str, str], address: str, tmp_path: Path
) -> None:
    there = cluster(hosts=hosts, **site)
    source = await read_source(there, tmp_path, await read_setup(there, "mn1", OWN), OWN, None)
    assert f"mn1.cluster.net. IN A {address}" in {str(record) for record in source.whole().all()}
    assert len(source.wanted) == 0


async def test_a_host_without_any_address_cannot_be_a_name_server(tmp_path: Path) -> None:
    there = cluster(master="mn1")
    made = await read_setup(there, "mn1", {})
    with pytest.raises(ServiceError) as caught:
        await read_source(there, tmp_path, made, {}, None)
    assert str(caught.value) == (
        "No address of mn1.cluster.net, this name server, is known: add it to /etc/hosts, or set site.master"
    )
