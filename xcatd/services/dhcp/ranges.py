"""Addresses for machines that nobody knows yet, as networks.dynamicrange has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_network

from xcatd.services.networks import address_of

_BETWEEN = re.compile(r"[\s,-]+")


@dataclass(frozen=True, slots=True)
class Range:
    """All addresses from the first to the last one, both of them too."""

    first: IPv4Address
    last: IPv4Address

    def __contains__(self, address: IPv4Address) -> bool:
        return self.first <= address <= self.last


def ranges_of(text: str) -> Iterator[Range | str]:
    """The ranges of a text, `first-last` or a network as `10.0.1.0/24`, several with `;` between; one that cannot be read comes
    as it is written."""
    for part in filter(None, map(str.strip, text.split(";"))):
        found = _network(part) if "/" in part else _pair(part)
        yield part if found is None else found


def _pair(text: str) -> Range | None:
    ends = [address_of(word) for word in _BETWEEN.split(text)]
    if len(ends) != 2 or not isinstance(ends[0], IPv4Address) or not isinstance(ends[1], IPv4Address):
        return None
    return Range(ends[0], ends[1]) if ends[0] <= ends[1] else None


def _network(text: str) -> Range | None:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    return Range(network[0], network[-1]) if isinstance(network, IPv4Network) else None
