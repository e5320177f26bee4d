"""The networks in Kea's configuration, and what machines there are told (Kea Administrator Reference Manual, chapters 8 and 9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xcatd.services.dhcp.boot import CONF_FILE, Rule
from xcatd.services.dhcp.subnets import Served, Subnet

_IPXE, _CUMULUS, _TIMEZONE = 175, 239, 101
_NO_PROXY = "B00101"
"""In option 175, iPXE's own: do not wait for a proxy DHCP server."""
_NUMBERS = 0xFFFFFFFF
"""Numbers of subnets have 32 bits."""


def definitions(version: int) -> Mapping[str, Any]:
    """Options that the server does not know by itself; it knows those of DHCPv6 that we use."""
    if version == 6:
        return {}
    return {
        "option-def": [
            {"name": "conf-file", "code": CONF_FILE, "type": "string"},
            {"name": "ipxe", "code": _IPXE, "type": "binary"},
            {"name": "cumulus-provision-url", "code": _CUMULUS, "type": "string"},
        ]
    }


def options_of_all(served: Served) -> Iterator[Mapping[str, Any]]:
    """What machines on all networks are told."""
    if served.version == 6:
        return
    yield {"code": _IPXE, "data": _NO_PROXY, "csv-format": False}
    if served.timezone:
        yield {"code": _TIMEZONE, "data": served.timezone}


def subnets(served: Served, rules: Mapping[Subnet, Sequence[Rule]]) -> Iterator[Mapping[str, Any]]:
    """Each network, without nodes. `rules`: whose classes it asks for."""
    for number, one in zip(_numbers(served.subnets), served.subnets, strict=True):
        yield {
            "id": number,
            "subnet": str(one.network),
            **({"interface": one.interface} if one.interface else {}),
            **({"next-server": one.server} if served.version == 4 else {}),
            "pools": [{"pool": f"{each.first} - {each.last}"} for each in one.ranges],
            "require-client-classes": [rule.name for rule in rules[one]],
            "option-data": list(_options(one, served)),
            "reservations": [],
        }


def _numbers(some: Sequence[Subnet]) -> Iterator[int]:
    """A number for each subnet that stays the same whatever other networks there are: leases are kept under it."""
    taken: set[int] = set()
    for one in some:
        number = _folded(int(one.network.network_address)) ^ one.network.prefixlen
        while number in taken or not 0 < number < _NUMBERS:
            number = number % (_NUMBERS - 1) + 1
        taken.add(number)
        yield number


def _folded(number: int) -> int:
    """The words of 32 bits of a number, one over the other; IPv4 has one."""
    return number if number <= _NUMBERS else (number & _NUMBERS) ^ _folded(number >> 32)


def _options(one: Subnet, served: Served) -> Iterator[Mapping[str, Any]]:
    pairs = _options_of_v6(one) if served.version == 6 else _options_of_v4(one, served.port)
    yield from ({"name": name, "data": data} for name, data in pairs if data)


def _options_of_v4(one: Subnet, port: str) -> Iterator[tuple[str, str]]:
    suffix = "" if port == "80" else f":{port}"
    yield "routers", one.router
    yield "domain-name", one.domain
    yield "domain-search", ", ".join(one.search)
    yield "domain-name-servers", ", ".join(one.nameservers)
    yield "ntp-servers", ", ".join(one.ntpservers)
    yield "log-servers", ", ".join(one.logservers)
    yield "interface-mtu", one.mtu
    yield "cumulus-provision-url", f"http://{one.server}{suffix}/install/postscripts/cumulusztp"


def _options_of_v6(one: Subnet) -> Iterator[tuple[str, str]]:
    """RFC 3646 and RFC 4075."""
    yield "dns-servers", ", ".join(one.nameservers)
    yield "domain-search", ", ".join(one.search)
    yield "sntp-servers", ", ".join(one.ntpservers)
