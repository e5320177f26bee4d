"""Short names, long names and aliases."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from tests.helpers.tables import snapshot_of
from xcatd.services.addresses import Found, NodeAddress
from xcatd.services.hostnames import Entries, entries_of
from xcatd.services.networks import networks_of

NETWORKS = networks_of(
    snapshot_of(
        site=[{"key": "domain", "value": "c.net"}],
        networks=[
            {"netname": "ib", "net": "10.3.0.0", "mask": "255.255.0.0", "domain": "ib.net"},
            {"netname": "plain", "net": "10.1.0.0", "mask": "255.255.0.0"},
        ],
    )
)
NO_DOMAINS = networks_of(snapshot_of(networks=[{"netname": "plain", "net": "10.1.0.0", "mask": "255.255.0.0"}]))


def named(*addresses: NodeAddress, add_domain: bool = False) -> Entries:
    return entries_of(Found(list(addresses)), NETWORKS, add_domain=add_domain)


def names(entries: Entries) -> list[str]:
    return [" ".join((str(one.address), one.short, one.long, *one.aliases)) for one in entries.entries]


def main(name: str, ip: str, aliases: str = "", node: str = "n1") -> NodeAddress:
    return NodeAddress(node, name, ip_address(ip), aliases)


@pytest.mark.parametrize(
    ("name", "aliases", "expected"),
    [
        ("n1", "", "n1 n1.c.net"),
        ("n1", "one, two three", "n1 n1.c.net one two three"),
        ("n1", "n1 one one", "n1 n1.c.net one"),
        ("n1", "n1.c.net,one", "n1 n1.c.net one"),
        ("n1", "www.far.net,one,b.far.net", "n1 www.far.net one b.far.net"),
        ("n1.c.net", "one", "n1 n1.c.net one"),
        ("n1.C.NET", "", "n1 n1.C.NET"),
    ],
)
def test_the_long_name_has_the_domain_or_is_an_alias_with_a_dot(name: str, aliases: str, expected: str) -> None:
    assert names(named(main(name, "10.0.0.1", aliases))) == [f"10.0.0.1 {expected}"]


def test_the_domain_is_added_to_aliases_without_one() -> None:
    entry = main("n1", "10.0.0.1", "one,www.far.net,two,b.far.net")
    assert names(named(entry, add_domain=True)) == ["10.0.0.1 n1 www.far.net one.c.net two.c.net one two b.far.net"]


def test_the_domain_is_that_of_the_network_then_of_the_nics_network_then_of_the_site() -> None:
    found = named(
        main("n1", "10.3.0.1"),
        NodeAddress("n1", "n1-a", ip_address("9.9.9.9"), nic="a", network="ib"),
        NodeAddress("n1", "n1-b", ip_address("9.9.9.8"), nic="b", network="nonesuch"),
        NodeAddress("n1", "n1-c", ip_address("10.1.0.7"), nic="c", network="plain"),
    )
    assert [one.long for one in found.entries] == ["n1.ib.net", "n1-a.ib.net", "n1-b.c.net", "n1-c.c.net"]
    assert found.troubles == ()


def test_without_a_domain_an_address_is_left_out() -> None:
    found = entries_of(
        Found([main("n1", "10.1.0.1"), NodeAddress("n1", "n1-a", ip_address("10.1.0.2"), nic="a")]), NO_DOMAINS
    )
    assert found.entries == ()
    assert [(one.text, one.failed) for one in found.troubles] == [
        (
            "No domain can be determined for node 'n1'. The domain of the xCAT node must be provided in an xCAT network "
            "definition or the xCAT site definition.",
            False,
        ),
        (
            "No domain can be determined for the NIC IP value of '10.1.0.2'. The network domains must be provided in an xCAT "
            "network definition or the xCAT site definition.",
            False,
        ),
    ]


def test_a_nic_in_another_network_than_it_says_is_named() -> None:
    found = named(NodeAddress("n1", "n1-a", ip_address("10.1.0.7"), nic="a", network="ib"))
    assert names(found) == ["10.1.0.7 n1-a n1-a.ib.net"]
    assert [one.text for one in found.troubles] == [
        "The address 10.1.0.7 of NIC 'a' of node 'n1' lies in network 'plain', while nics.nicnetworks says 'ib': correct one of "
        "them."
    ]


def test_a_short_name_has_no_dot() -> None:
    found = named(main("n1.far.net", "10.0.0.1"))
    assert found.entries == ()
    assert [(one.text, one.failed) for one in found.troubles] == [
        (
            "Invalid short node name 'n1.far.net'. The short node name may not contain a dot. The short node name is considered "
            "to be anything preceeding the network domain name in the fully qualified node name 'n1.far.net.c.net'.",
            True,
        )
    ]


def test_a_name_has_neither_blanks_nor_the_sign_of_a_comment() -> None:
    found = named(main("n1", "10.0.0.1", "one,two#x"), main("n1 x", "10.0.0.2"), main("n#1", "10.0.0.3"))
    assert names(found) == ["10.0.0.1 n1 n1.c.net one"]
    assert [(one.text, one.failed) for one in found.troubles] == [
        ("Ignoring the name 'two#x' of node 'n1': a name has neither blanks nor a # in it.", False),
        ("Ignoring the name 'n1 x.c.net' of node 'n1': a name has neither blanks nor a # in it.", True),
        ("Ignoring the name 'n#1.c.net' of node 'n1': a name has neither blanks nor a # in it.", True),
    ]


def test_a_nic_with_the_main_address_gives_it_its_aliases() -> None:
    found = named(
        main("n1", "10.0.0.1", "one"), NodeAddress("n1", "n1-eth0", ip_address("10.0.0.1"), "boot n1", nic="eth0")
    )
    assert names(found) == ["10.0.0.1 n1 n1.c.net one boot"]


def test_of_two_nodes_with_one_address_the_first_keeps_it() -> None:
    found = named(main("n1", "10.0.0.1"), main("n2", "10.0.0.1", node="n2"), main("n3", "10.0.0.3", node="n3"))
    assert names(found) == ["10.0.0.1 n1 n1.c.net", "10.0.0.3 n3 n3.c.net"]
    assert [(one.node, one.text) for one in found.troubles] == [
        (
            "n2",
            "Ignoring the address 10.0.0.1 of node 'n2', it is that of node 'n1': correct the table hosts or nics of one of "
            "them.",
        )
    ]
