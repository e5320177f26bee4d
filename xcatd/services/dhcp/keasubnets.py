"""The networks in Kea's configuration, and what machines there are told (Kea Administrator Reference Manual, chapters 8 and 9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xcatd.services.dhcp.boot import CONF_FILE, Rule
from xcatd.services.dhcp.subnets import Served, Subnet
from xcatd.services.dhcp.told import told_on

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
            "option-data": [
                {"name": option.name, "data": ", ".join(option.values)} for option in told_on(one, served.port)
            ],
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
