"""Which networks a host's DHCP server serves, and what it tells machines there."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address

import pytest

from tests.unit.services.dhcp.site import COMPUTE, FAR, HOST, site
from xcatd.errors import ServiceError
from xcatd.services.dhcp.host import Host
from xcatd.services.dhcp.ranges import Range
from xcatd.services.dhcp.subnets import Subnet, in_subnet, served, server_names

SN = replace(HOST, name="sn1", is_master=False)


def nets(*networks: dict[str, str | None] | object, host: Host = HOST, **keys: str) -> list[str]:
    found = served(site(*networks, keys=keys), host)  # type: ignore[arg-type]
    return [f"{one.network} {one.interface or 'relayed'}" for one in found.subnets]


def test_what_machines_are_told() -> None:
    (one,) = served(site(COMPUTE), HOST).subnets
    assert one == Subnet(
        network=IPv4Network("10.0.0.0/16"),
        interface="eth1",
        server="10.0.0.1",
        router="10.0.0.254",
        domain="c.net",
        search=("c.net",),
        nameservers=("10.0.0.1",),
        ntpservers=("10.0.0.1",),
        logservers=("10.0.0.1",),
        mtu="9000",
        ranges=(Range(IPv4Address("10.0.200.1"), IPv4Address("10.0.200.99")),),
    )


def test_networks_without_an_interface_here_are_not_served() -> None:
    elsewhere = {"net": "10.8.0.0", "mask": "255.255.0.0"}
    other_mask = {"net": "192.0.2.0", "mask": "255.255.0.0"}
    assert nets(COMPUTE, elsewhere, other_mask) == ["10.0.0.0/16 eth1"]


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("", ["10.0.0.0/16 eth1", "192.0.2.0/24 eth0"]),
        ("eth0", ["192.0.2.0/24 eth0"]),
        ("eth0:noboot,eth1", ["10.0.0.0/16 eth1", "192.0.2.0/24 eth0"]),
        ("mn1|eth0;service|eth1", ["192.0.2.0/24 eth0"]),
        ("10.0.0.1|eth1;sn1|eth0", ["10.0.0.0/16 eth1"]),
        ("sn1|eth0", ["10.0.0.0/16 eth1", "192.0.2.0/24 eth0"]),
    ],
)
def test_interfaces_may_be_named(text: str, networks: list[str]) -> None:
    assert nets(COMPUTE, {"net": "192.0.2.0", "mask": "255.255.255.0"}, dhcpinterfaces=text) == networks


def test_a_service_node_has_interfaces_of_its_own() -> None:
    outside = {"net": "192.0.2.0", "mask": "255.255.255.0"}
    assert nets(COMPUTE, outside, host=SN, dhcpinterfaces="mn1|eth0;service|eth1") == ["10.0.0.0/16 eth1"]
    own = site(
        COMPUTE, outside, servicenode=[{"node": "sn1", "dhcpinterfaces": "eth0"}], keys={"dhcpinterfaces": "eth1"}
    )
    assert served(own, SN).interfaces == ("eth0",)


def test_networks_behind_a_relay() -> None:
    assert nets(COMPUTE, FAR) == ["10.0.0.0/16 eth1", "10.6.0.0/24 relayed"]
    assert nets(COMPUTE, FAR, dhcpinterfaces="eth0,!remote!") == ["10.6.0.0/24 relayed"]
    assert nets(COMPUTE, FAR, dhcpinterfaces="eth0") == []
    far = served(site(COMPUTE, FAR), HOST).subnets[1]
    assert (far.server, far.domain, far.search) == ("10.0.0.1", "far.net", ("far.net", "c.net"))


def test_a_missing_interface_is_said() -> None:
    assert served(site(COMPUTE, keys={"dhcpinterfaces": "eth1,eth9"}), HOST).problems == [
        "site.dhcpinterfaces names eth9, an interface that this host does not have"
    ]


def test_a_broken_noderange_is_said() -> None:
    said = (
        "Cannot read the noderange 'bad[': a bracket that is empty, holds another one or is not closed, so write a list like "
        "[1,3-5] (character 4)."
    )
    of_site = served(site(COMPUTE, keys={"dhcpinterfaces": "bad[|eth5;mn1|eth1"}), HOST)
    assert (of_site.problems, of_site.interfaces) == ([f"In site.dhcpinterfaces: {said}"], ("eth1",))
    of_row = served(site(COMPUTE, servicenode=[{"node": "sn1", "dhcpinterfaces": "bad[|eth1"}]), SN)
    assert of_row.problems == [f"In servicenode.dhcpinterfaces: {said}"]
    of_network = served(site({**COMPUTE, "dhcpserver": "bad["}), HOST)
    assert (of_network.problems, of_network.subnets[0].ranges) == ([f"In dhcpserver of network 10.0.0.0: {said}"], ())


def test_servers_by_name_by_address_and_this_one_first() -> None:
    many = {
        **COMPUTE,
        "nameservers": "10.0.0.9,<xcatmaster>,sn1,dns.org",
        "tftpserver": "sn1",
        "ntpservers": "192.0.2.9",
    }
    host = replace(HOST, resolved={"dns.org": ip_address("192.0.2.53")})
    (one,) = served(site(many), host).subnets
    assert one.nameservers == ("10.0.0.1", "10.0.0.9", "10.0.0.2", "192.0.2.53")
    assert (one.server, one.ntpservers) == ("10.0.0.2", ("192.0.2.9",))
    assert sorted(server_names(site(many))) == ["dns.org", "sn1"]


def test_a_server_without_an_address_is_left_out_and_said() -> None:
    found = served(site({**COMPUTE, "ntpservers": "nowhere,10.0.0.7"}), HOST)
    assert found.subnets[0].ntpservers == ("10.0.0.7",)
    assert found.problems == [
        "The server nowhere of network 10.0.0.0 has no IPv4 address that could be found: correct its name"
    ]


def test_this_host_is_the_router_only_if_it_is_one() -> None:
    own = site({**COMPUTE, "gateway": "<xcatmaster>"})
    assert [served(own, replace(HOST, forwards=does)).subnets[0].router for does in (False, True)] == ["", "10.0.0.1"]


def test_a_gateway_outside_is_left_out_and_said() -> None:
    found = served(site({**COMPUTE, "gateway": "10.9.0.1"}), HOST)
    assert found.subnets[0].router == ""
    assert found.problems == [
        "Specified gateway 10.9.0.1 is not valid for 10.0.0.0/255.255.0.0, must be on same network"
    ]


def test_only_the_owner_has_the_dynamic_range() -> None:
    def has(owner: str, host: Host) -> bool:
        return bool(served(site({**COMPUTE, "dhcpserver": owner}), host).subnets[0].ranges)

    assert [has(owner, HOST) for owner in ("", "mn1", "10.0.0.1", "sn1")] == [True, True, True, False]
    assert [has(owner, SN) for owner in ("", "mn1", "sn1", "service")] == [True, False, True, True]


def test_ranges_that_do_not_fit_are_left_out_and_said() -> None:
    found = served(site({**COMPUTE, "dynamicrange": "10.0.9.1-10.0.9.5;10.1.0.1-10.1.0.5;what"}), HOST)
    assert found.subnets[0].ranges == (Range(IPv4Address("10.0.9.1"), IPv4Address("10.0.9.5")),)
    assert [text.partition(" of ")[0] for text in found.problems] == [
        "The dynamic range 10.1.0.1-10.1.0.5",
        "The dynamic range what",
    ]


def test_warnings_as_xcat_has_them() -> None:
    found = served(site({**COMPUTE, "dynamicrange": ""}, keys={"nameservers": ""}), HOST)
    assert found.warnings == [
        "No 10.0.0.0 specific entry for nameservers, and no nameservers defined in site table.",
        "No dynamic range specified for 10.0.0.0. If hardware discovery is being used, a dynamic range is required.",
    ]


@pytest.mark.parametrize(
    ("network", "keys", "sentence"),
    [
        (COMPUTE, {"domain": ""}, "No domain defined for 10.0.0.0 entry in networks table"),
        (COMPUTE, {"dhcplease": "long"}, "site.dhcplease is 'long': set it to a number of seconds"),
        ({**COMPUTE, "tftpserver": "nowhere"}, {}, "Unable to determine the tftpserver for network 10.0.0.0"),
    ],
)
def test_what_makes_a_configuration_impossible(network: dict[str, str], keys: dict[str, str], sentence: str) -> None:
    with pytest.raises(ServiceError, match=sentence):
        served(site(network, keys=keys), HOST)


def test_of_several_subnets_the_smallest_counts() -> None:
    wide, narrow = (Subnet(IPv4Network(text), "eth1", "10.0.0.1") for text in ("10.0.0.0/8", "10.0.1.0/24"))
    for order in ([wide, narrow], [narrow, wide]):
        assert in_subnet(order, IPv4Address("10.0.1.7")) == narrow
        assert in_subnet(order, IPv4Address("10.9.1.7")) == wide
        assert in_subnet(order, IPv4Address("11.0.0.1")) is None


def test_networks_that_overlap_are_said_where_one_of_them_is_served() -> None:
    inside = {**COMPUTE, "netname": "x7", "net": "10.0.7.0", "mask": "255.255.255.0"}
    far = [{**FAR, "netname": name, "net": "172.16.0.0", "mgtifname": ""} for name in ("a", "b")]
    assert served(site(COMPUTE, *far), HOST).warnings == []
    assert served(site(inside, COMPUTE, *far), HOST).warnings == [
        "The networks x7 (10.0.7.0/24) and compute (10.0.0.0/16) overlap, and what is in both counts for the smaller one: "
        "correct table networks if that is not meant"
    ]
    assert served(site(inside, COMPUTE), replace(HOST, direct=[])).warnings == []


SIX = {"netname": "six", "net": "fd00::", "mask": "/64", "mgtifname": "eth1", "dynamicrange": "fd00::100-fd00::1ff"}


def test_networks_of_ipv6() -> None:
    world = site(
        COMPUTE, {**SIX, "ntpservers": "10.0.0.7,fd00::7,ntp.org"}, keys={"nameservers": "<xcatmaster>,10.0.0.2"}
    )
    found = served(world, HOST, 6)
    assert found.subnets == (
        Subnet(
            network=IPv6Network("fd00::/64"),
            interface="eth1",
            server="fd00::1",
            domain="c.net",
            search=("c.net",),
            nameservers=("fd00::1",),
            ntpservers=("fd00::7",),
            logservers=("fd00::1",),
            ranges=(Range(ip_address("fd00::100"), ip_address("fd00::1ff")),),
        ),
    )
    assert (found.version, found.problems, found.warnings) == (6, [], [])
    assert [str(one.network) for one in served(world, HOST).subnets] == ["10.0.0.0/16"]


def test_each_version_has_its_own_servers() -> None:
    found = served(site({**COMPUTE, "nameservers": "<xcatmaster>,fd00::7"}), HOST)
    assert (found.subnets[0].nameservers, found.problems) == (("10.0.0.1",), [])


def test_networks_of_ipv6_behind_a_relay() -> None:
    (far,) = served(site({**SIX, "net": "fd00:6::", "mgtifname": "!remote!eth1", "dynamicrange": ""}), HOST, 6).subnets
    assert (far.interface, far.server, far.label) == ("", "fd00::1", "fd00:6::_64")
