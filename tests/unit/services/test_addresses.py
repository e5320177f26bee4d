"""The addresses of nodes as the tables give them."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from tests.unit.objects.worlds import nodes, world
from xcatd.objects import World
from xcatd.services.addresses import Found, addresses_of, ask_resolver, link_local, look_up, unaddressed


def lines(found: Found) -> list[str]:
    """Addresses as `node name address nic aliases`."""
    return [
        " ".join(filter(None, (one.node, one.name, str(one.address), one.nic, one.aliases))) for one in found.addresses
    ]


def texts(found: Found) -> list[tuple[str, bool]]:
    return [(trouble.text, trouble.failed) for trouble in found.troubles]


def test_main_address_other_interfaces_and_nics_in_this_order() -> None:
    small = world(
        nodelist=nodes(n1="all"),
        hosts=[
            {"node": "n1", "ip": "10.0.0.1", "hostnames": "one,eins", "otherinterfaces": "-mgt:10.9.0.1,x!2001:DB8::1"}
        ],
        nics=[
            {
                "node": "n1",
                "nicips": "eth1!10.1.0.1|10.2.0.1,ib0!10.3.0.1,eth2!",
                "nichostnamesuffixes": "eth1!-a|-b",
                "nichostnameprefixes": "ib0!ib-",
                "nicaliases": "eth1!first fast|second",
                "nicnetworks": "ib0!ibnet",
            }
        ],
    )
    found = addresses_of(small, ["n1"])
    assert lines(found) == [
        "n1 n1 10.0.0.1 one,eins",
        "n1 n1-mgt 10.9.0.1",
        "n1 x 2001:db8::1",
        "n1 n1-a 10.1.0.1 eth1 first fast",
        "n1 n1-b 10.2.0.1 eth1 second",
        "n1 ib-n1 10.3.0.1 ib0",
    ]
    assert [one.network for one in found.addresses][-1] == "ibnet"
    assert found.troubles == []


def test_rules_of_groups_are_worked_out_for_each_node() -> None:
    small = world(
        nodelist=nodes(n1="rack", n2="rack"),
        hosts=[{"node": "rack", "ip": "|n(\\d+)|10.0.0.($1+0)|", "hostnames": "|n(\\d+)|host($1)|"}],
        nics=[{"node": "rack", "nicips": "ib0!|n(\\d+)|10.3.0.($1+0)|", "nicaliases": "ib0!|n(\\d+)|ib($1)|"}],
    )
    assert lines(addresses_of(small, ["n1", "n2"])) == [
        "n1 n1 10.0.0.1 host1",
        "n1 n1-ib0 10.3.0.1 ib0 ib1",
        "n2 n2 10.0.0.2 host2",
        "n2 n2-ib0 10.3.0.2 ib0 ib2",
    ]


def test_the_old_form_of_nics_and_long_node_names() -> None:
    small = world(
        nodelist=[{"node": "n1.far.net", "groups": ""}],
        hosts=[{"node": "n1.far.net", "ip": "10.0.0.1", "otherinterfaces": "-x:10.0.0.2"}],
        nics=[{"node": "n1.far.net", "nicips": "eth0:10.1.0.1,eth1:10.1.0.2"}],
    )
    assert lines(addresses_of(small, ["n1.far.net"])) == [
        "n1.far.net n1.far.net 10.0.0.1",
        "n1.far.net n1-x 10.0.0.2",
        "n1.far.net n1-eth0 10.1.0.1 eth0",
        "n1.far.net n1-eth1 10.1.0.2 eth1",
    ]


TROUBLED = {
    "n1": {"ip": "10.0.0.300"},
    "n2": {"ip": ""},
    "n3": {"ip": "10.0.0.3", "otherinterfaces": "-x:junk,:10.0.0.9,-y:10.0.0.8"},
}


def troubled() -> World:
    return world(
        nodelist=nodes(n1="", n2="", n3=""),
        hosts=[{"node": node, **cells} for node, cells in TROUBLED.items()],
        nics=[
            {
                "node": "n3",
                "nicips": "eth0!10.1.0,eth0.5!10.1.0.5,eth1!10.1.0.6,eth2!10.1.0.7,eth0.6!10.1.0.8",
                "nichostnamesuffixes": "eth1!-a.b,eth0.6!-six",
                "nichostnameprefixes": "eth2!c.d-",
            }
        ],
    )


def test_what_cannot_be_used_is_named_and_the_rest_is_there() -> None:
    found = addresses_of(troubled(), list(TROUBLED), {"n2": ip_address("10.0.0.2")})
    assert lines(found) == ["n2 n2 10.0.0.2", "n3 n3 10.0.0.3", "n3 n3-y 10.0.0.8", "n3 n3-six 10.1.0.8 eth0.6"]
    assert texts(found) == [
        ("Ignoring node 'n1', its ip address '10.0.0.300' is not valid.", False),
        ("Ignoring '-x:junk' in hosts.otherinterfaces of node 'n3', it is no name and address.", False),
        ("Ignoring ':10.0.0.9' in hosts.otherinterfaces of node 'n3', it is no name and address.", False),
        ("Ignoring NIC 'eth0' of node 'n3', its ip address '10.1.0' is not valid.", False),
        (
            "n3: since 'eth0.5' contains dot, nics.nichostnamesuffixes.eth0.5 should be configured without dot for 'eth0.5' "
            "interface.",
            True,
        ),
        ("n3: the value '-a.b' of nics.nichostnamesuffixes.eth1 should not contain dot.", True),
        ("n3: the value 'c.d-' of nics.nichostnameprefixes.eth2 should not contain dot.", True),
    ]


def test_without_the_resolver_an_address_must_be_there() -> None:
    assert texts(addresses_of(troubled(), ["n1", "n2"])) == [
        ("Invalid IP Addr '10.0.0.300' for node 'n1'.", True),
        ("Invalid IP Addr '' for node 'n2'.", True),
    ]
    assert texts(addresses_of(troubled(), ["n2"], {})) == [("Ignoring node 'n2', it can not be resolved.", False)]
    assert list(unaddressed(troubled(), list(TROUBLED))) == ["n2"]


async def test_the_resolver_knows_some_names() -> None:
    answers = await ask_resolver(["localhost", "bad..name", "x" * 300, "127.0.0.9"])
    assert answers.addresses["127.0.0.9"] == ip_address("127.0.0.9")
    assert answers.addresses["localhost"].is_loopback
    assert (set(answers.addresses), answers.silent) == ({"localhost", "127.0.0.9"}, ())
    assert await look_up(["127.0.0.9"]) == {"127.0.0.9": ip_address("127.0.0.9")}


async def test_a_resolver_that_has_no_time_left_is_not_waited_for() -> None:
    answers = await ask_resolver(["127.0.0.9", "localhost"], patience=0)
    assert (answers.addresses, answers.silent) == ({}, ("127.0.0.9", "localhost"))


@pytest.mark.parametrize(
    ("mac", "address"),
    [
        ("00:16:3e:12:34:56", "fe80::216:3eff:fe12:3456"),
        ("42:87:0A:05:01:02!n1|42:87:0a:05:01:03!n1-x", "fe80::4087:aff:fe05:102"),
        ("52-54-00-00-00-01", "fe80::5054:ff:fe00:1"),
    ],
)
def test_a_link_local_address_follows_from_the_mac(mac: str, address: str) -> None:
    found = link_local(world(nodelist=nodes(n1=""), mac=[{"node": "n1", "mac": mac}]), ["n1"])
    assert lines(found) == [f"n1 n1 {address}"]


def test_a_mac_that_is_none_is_named_and_none_is_left_out() -> None:
    small = world(nodelist=nodes(n1="", n2=""), mac=[{"node": "n1", "mac": "80:00:02:08:fe"}])
    found = link_local(small, ["n1", "n2"])
    assert lines(found) == []
    assert texts(found) == [("Ignoring node 'n1', its mac '80:00:02:08:fe' is no MAC address of six bytes.", False)]
