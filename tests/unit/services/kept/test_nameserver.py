"""What named reads on a service node, and what a change of the tables means for the one of the management node."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.unit.objects.worlds import Rows, nodes
from tests.unit.services.places import place
from xcatd.errors import ServiceError
from xcatd.services.dns.bind import MARK
from xcatd.services.dns.copies import is_later
from xcatd.services.dns.layout import layout_of
from xcatd.services.dns.primary import addressed, concerned
from xcatd.services.dns.setup import Setup
from xcatd.services.dns.source import read_setup
from xcatd.services.kept.nameserver import NameServer
from xcatd.services.place import Place

NETWORKS: Rows = (
    {"netname": "main", "net": "10.0.0.0", "mask": "255.255.255.0"},
    {"netname": "rack", "net": "10.5.0.0", "mask": "255.255.255.0", "nameservers": "10.5.0.1"},
    {"netname": "six", "net": "2001:db8::/64", "mask": "/64", "nameservers": "<xcatmaster>"},
    {"netname": "away", "net": "10.9.0.0", "mask": "255.255.255.0", "nameservers": "192.0.2.53"},
)
SITE = {"domain": "cluster.net", "nameservers": "<xcatmaster>", "master": "mn1", "forwarders": "192.0.2.1"}
INTERFACES = {"lo": ["127.0.0.1"], "eth0": ["10.0.0.2"], "eth1": ["10.5.0.1"]}


def cluster(value: str = "1", root: Path = Path("/nowhere"), *, above: str = "", **site: str) -> Place:
    return place(
        root,
        interfaces=INTERFACES,
        nodelist=nodes(sn1="service,all", n1="all", n2="all"),
        site=[{"key": key, "value": text} for key, text in {**SITE, **site}.items() if text],
        networks=NETWORKS,
        servicenode=[{"node": "service", "nameserver": value}],
        hosts=[
            {"node": "sn1", "ip": "10.0.0.2", "otherinterfaces": "sn1-rack:10.5.0.1"},
            {"node": "n1", "ip": "10.5.0.7"},
        ],
        noderes=[{"node": "sn1", "xcatmaster": above or "10.0.0.1"}],
    )


def conf(here: Place, value: str, old: str = "") -> str:
    layout = layout_of(here.root, here.snapshot)
    texts = {layout.conf: old, Path("/etc/bind/there.conf"): "acl x { any; };"}
    rendered = NameServer().render(here, value, lambda path: texts.get(path, ""))
    text = rendered.files[layout.conf].text
    assert text is not None
    return text


def test_a_forwarder_asks_the_one_above_and_answers_the_cluster_only() -> None:
    text = conf(cluster(), "1")
    assert "\tforward only;\n\tforwarders {\n\t\t10.0.0.1;\n\t};\n" in text
    access = "\t\tlocalhost;\n\t\t10.0.0.0/24;\n\t\t10.5.0.0/24;\n\t\t2001:db8::/64;\n\t\t10.9.0.0/24;\n\t};\n"
    assert f"\tallow-query {{\n{access}\tallow-recursion {{\n{access}" in text
    assert "\nzone " not in text


def test_a_secondary_has_the_zones_that_the_management_node_has() -> None:
    text = conf(cluster("2"), "2")
    zones = [line.split('"')[1] for line in text.splitlines() if line.startswith("zone ")]
    assert zones == [
        "cluster.net",
        "0.0.10.in-addr.arpa",
        "0.5.10.in-addr.arpa",
        "0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
    ]
    assert text.count("masters { 10.0.0.1; };") == 4
    assert "\tforwarders {\n\t\t192.0.2.1;\n\t};\n" in text


async def test_both_think_of_the_same_zones_whatever_the_tables_call_the_servers() -> None:
    here = cluster("2")
    there: Setup = await read_setup(here.world, "mn1", {"eth0": [ip_address("10.0.0.1")]})
    assert [f'zone "{zone}" in {{' for zone in there.zones.all] == [
        line for line in conf(here, "2").splitlines() if line.startswith("zone ")
    ]
    assert there.secondaries == ("10.0.0.2",)


def test_files_of_the_site_are_included_where_they_are() -> None:
    text = conf(cluster("2", namedincludes="/etc/bind/there.conf /etc/bind/not-here.conf"), "2")
    assert 'include "/etc/bind/there.conf";' in text
    assert "not-here" not in text


@pytest.mark.parametrize(
    ("text", "line"), [("sn1|eth1", "\tlisten-on {\n\t\t127.0.0.1;\n\t\t10.5.0.1;\n\t};\n"), ("mn1|eth1", "")]
)
def test_it_listens_where_the_site_says_so_for_this_host(text: str, line: str) -> None:
    for value in ("1", "2"):
        made = conf(cluster(value, dnsinterfaces=text), value)
        assert line in made
        assert ("listen-on {" in made) == bool(line)


def test_a_configuration_of_somebody_else_is_kept_beside() -> None:
    here = cluster()
    layout = layout_of(here.root, here.snapshot)
    for old, kept in (("// mine\n", "// mine\n"), (f"{MARK}\nours", None), ("", None)):
        files = NameServer().render(here, "1", lambda path, old=old: old if path == layout.conf else "").files  # type: ignore[misc]
        backup = files.get(layout.backup)
        assert (None if backup is None else backup.text) == kept


@pytest.mark.parametrize(
    ("above", "master", "sentence"),
    [
        ("nobody", "mn1", "The address of nobody is not known: set its hosts.ip, or add it to /etc/hosts"),
        ("|sn1||", "", "The management node is not known: set site.master, or noderes.xcatmaster of this host"),
    ],
)
def test_a_management_node_that_cannot_be_found_is_told(above: str, master: str, sentence: str) -> None:
    with pytest.raises(ServiceError) as caught:
        conf(cluster(above=above, master=master), "1")
    assert str(caught.value) == sentence


def test_a_management_node_has_its_zones_itself() -> None:
    here = cluster("2")
    assert NameServer().wanted(here) == "2"
    assert NameServer().wanted(replace(here, is_master=True)) == "1"


def test_only_nodes_whose_rows_have_changed_are_looked_at() -> None:
    world = cluster().world
    assert concerned(world, {"hosts": frozenset({"n1"}), "nics": frozenset({"gone"})}) == ["n1"]
    assert concerned(world, {"nodelist": frozenset({"n2", "n1"})}) == ["n1", "n2"]
    assert concerned(world, {"hosts": frozenset({"service"})}) == ["sn1"]
    assert concerned(world, {"servicenode": None, "passwd": None}) == []
    for news in (None, {"hosts": None}, {"networks": frozenset({"main"})}, {"site": frozenset({"domain"})}):
        assert concerned(world, news) is None
    assert addressed(world, ["n1", "n2", "sn1"]) == ["n1", "sn1"]


@pytest.mark.parametrize(
    ("one", "other", "later"),
    [(7, 7, True), (8, 7, True), (7, 8, False), (2, 2**32 - 3, True), (2**32 - 3, 2, False)],
)
def test_serial_numbers_go_round(one: int, other: int, later: bool) -> None:
    assert is_later(one, other) is later
