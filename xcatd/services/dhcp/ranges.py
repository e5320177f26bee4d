"""Addresses for machines that nobody knows yet, as networks.dynamicrange has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network

from xcatd.services.networks import Address, address_of

_BETWEEN = re.compile(r"[\s,-]+")


@dataclass(frozen=True, slots=True)
class Range:
    """All addresses from the first to the last one, both of them too."""

    first: Address
    last: Address

    def __contains__(self, address: Address) -> bool:
        return address.version == self.first.version and int(self.first) <= int(address) <= int(self.last)


def ranges_of(text: str) -> Iterator[Range | str]:
    """The ranges of a text, `first-last` or a network as `10.0.1.0/24` or `fd00::1:0/112`, several with `;` between; one that
    cannot be read comes as it is written."""
    for part in filter(None, map(str.strip, text.split(";"))):
        found = _network(part) if "/" in part else _pair(part)
        yield part if found is None else found


def _pair(text: str) -> Range | None:
    ends = [address for word in _BETWEEN.split(text) if (address := address_of(word)) is not None]
    if len(ends) != 2 or ends[0].version != ends[1].version:
        return None
    return Range(ends[0], ends[1]) if int(ends[0]) <= int(ends[1]) else None


def _network(text: str) -> Range | None:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    return Range(network[0], network[-1])
