"""What the kernel says of interfaces and routes, asked in a network namespace of the test's own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from ipaddress import ip_address, ip_network

import pytest

from tests.helpers.namespaces import Namespace, cable, namespaces
from xcatd.services.kernel import Interface, Route, Routes

_HEAD = """
import asyncio
from ipaddress import ip_address, ip_network
from xcatd.errors import ServiceError
from xcatd.services.kernel import Route, open_kernel

async def main():
    async with open_kernel() as kernel:
        try:
{body}
        except ServiceError as error:
            print(error)

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def here() -> Iterator[Namespace]:
    with namespaces("kernel", "far") as (here, far):
        cable(here, far, "up0")
        far.up("up0")
        here.up("up0", "10.7.0.1/24")
        here.bridge("br0", "10.0.0.5/22", "2001:db8:7::5/64", "fe80::5/64", mtu=9000)
        here.ip("tuntap", "add", "tun0", "mode", "tun")
        here.ip("addr", "add", "10.8.0.1", "peer", "10.8.0.2/32", "dev", "tun0")
        here.ip("link", "set", "tun0", "up")
        here.ip("route", "add", "10.88.0.0/16", "dev", "tun0")
        for aside in (
            "10.99.0.0/16 via 10.0.0.9",
            "10.98.0.7/32 dev br0",
            "169.254.0.0/16 dev br0",
            "127.9.0.0/24 dev br0",
            "224.0.0.0/4 dev br0",
            "blackhole 10.97.0.0/16",
            "10.96.0.0/16 via inet6 fe80::9 dev br0",
            "10.95.0.0/16 nexthop via 10.0.0.8 nexthop via 10.0.0.9",
            "10.94.0.0/16 dev br0 table 77",
        ):
            here.ip("route", "add", *aside.split())
        here.ip("route", "add", "default", "via", "10.0.1.254")
        here.ip("-6", "route", "add", "2001:db8:9::/64", "via", "2001:db8:7::9")
        here.ip("-6", "route", "add", "default", "via", "2001:db8:7::1")
        yield here


def said(here: Namespace, body: str, *before: str) -> list[str]:
    """What a program prints that talks with the kernel in a namespace; `before` is what starts it there."""
    indented = "\n".join(f"            {line}" for line in body.splitlines())
    program = _HEAD.format(body=indented)
    words = [*here.before, *before, sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout.splitlines()


def test_networks_that_interfaces_lead_to_directly(here: Namespace) -> None:
    assert said(here, "for route in (await kernel.routes()).direct(): print(route)") == [
        "10.0.0.0/22 dev br0",
        "10.7.0.0/24 dev up0",
        "10.88.0.0/16 dev tun0",
        "2001:db8:7::/64 dev br0",
    ]


def test_gateways_interfaces_and_own_addresses(here: Namespace) -> None:
    assert said(here, "print(*(await kernel.routes()).gateways())") == ["10.0.1.254 2001:db8:7::1"]
    body = """for one in (await kernel.routes()).interfaces.values():
    if one.name in ("up0", "br0", "tun0"):
        print(one.name, one.mtu, *(each for each in one.addresses if str(each) == "fe80::5" or not each.is_link_local))"""
    assert sorted(said(here, body)) == [
        "br0 9000 10.0.0.5 2001:db8:7::5 fe80::5",
        "tun0 None 10.8.0.1",
        "up0 1500 10.7.0.1",
    ]


def test_other_routes_are_known_with_their_ways(here: Namespace) -> None:
    found = said(here, "for route in (await kernel.routes()).all: print(route)")
    assert "10.99.0.0/16 via 10.0.0.9 dev br0" in found
    assert "10.96.0.0/16 via fe80::9 dev br0" in found
    assert "10.95.0.0/16" in found
    assert "2001:db8:9::/64 via 2001:db8:7::9 dev br0" in found
    assert not [line for line in found if line.startswith(("10.97", "10.94", "255", "ff00"))]


def test_a_route_comes_and_goes(here: Namespace) -> None:
    body = """for text, gateway, interface in [
    ("10.50.0.0/16", "10.7.0.9", ""), ("10.51.0.0/16", "", "br0"), ("2001:db8:50::/64", "2001:db8:7::8", ""),
    ("2001:db8:51::/64", "fe80::9", "up0"),
]:
    route = Route(ip_network(text), ip_address(gateway) if gateway else None, interface)
    await kernel.add(route)
    found = [one for one in (await kernel.routes()).all if one.network == route.network]
    print(*found)
    await kernel.remove(found[0])
    print(*[one for one in (await kernel.routes()).all if one.network == route.network])"""
    assert said(here, body) == [
        "10.50.0.0/16 via 10.7.0.9 dev up0", "",
        "10.51.0.0/16 dev br0", "",
        "2001:db8:50::/64 via 2001:db8:7::8 dev br0", "",
        "2001:db8:51::/64 via fe80::9 dev up0", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("route", "sentence"),
    [
        (
            'ip_network("10.50.0.0/16"), ip_address("172.16.0.1"), ""',
            "The route 10.50.0.0/16 via 172.16.0.1 cannot be added: ",
        ),
        (
            'ip_network("10.50.0.0/16"), None, "eth9"',
            "This host has no interface eth9: correct the ifname of the route",
        ),
        (
            'ip_network("10.99.0.0/16"), ip_address("10.0.0.8"), ""',
            "The route 10.99.0.0/16 via 10.0.0.8 cannot be added: ",
        ),
    ],
)
def test_what_the_kernel_refuses_is_a_sentence(here: Namespace, route: str, sentence: str) -> None:
    (line,) = said(here, f"await kernel.add(Route({route}))")
    assert line.startswith(sentence)


def test_only_root_changes_routes(here: Namespace) -> None:
    body = 'await kernel.add(Route(ip_network("10.50.0.0/16"), ip_address("10.7.0.9"), ""))'
    assert said(here, body, "setpriv", "--bounding-set=-net_admin") == [
        "The route 10.50.0.0/16 via 10.7.0.9 cannot be added: only root with the capability CAP_NET_ADMIN may change routes"
    ]


def test_which_routes_are_direct() -> None:
    interface = Interface("eth0", 1500, (ip_address("10.0.0.1"),))
    texts = [
        "10.0.0.0/24",
        "10.0.0.7/32",
        "0.0.0.0/0",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "2001:db8::/64",
        "fe80::/64",
    ]
    routes = tuple(Route(ip_network(text), None, "eth0") for text in texts)
    aside = (Route(ip_network("10.1.0.0/16"), None, ""), Route(ip_network("10.2.0.0/16"), None, "lo"))
    made = Routes(
        {"eth0": interface}, (*routes, *aside, Route(ip_network("10.3.0.0/16"), ip_address("10.0.0.2"), "eth0"))
    )
    assert [str(one.network) for one in made.direct()] == ["10.0.0.0/24", "2001:db8::/64"]
    assert [str(one) for one in made.addresses()] == ["10.0.0.1"]
