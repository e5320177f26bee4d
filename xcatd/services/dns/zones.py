"""Zones: the parts of the name space that this cluster's name server answers for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from xcatd.services.networks import Address, Network

_V4_STEP, _V6_STEP = 8, 4
"""Bits of an address that one label of a reverse name stands for (RFC 1035 section 3.5, RFC 3596 section 2.5)."""
_V4_LONGEST = 24
"""A reverse zone covers 256 addresses at least: smaller networks share it (RFC 2317 is for those who do not own it)."""


def reverse_zones(network: Network) -> Iterator[str]:
    """The zones of the reverse names of a network's addresses: one when its border is at a label, else several side by side."""
    is_v4 = isinstance(network, IPv4Network)
    step = _V4_STEP if is_v4 else _V6_STEP
    length = max(step, -(-network.prefixlen // step) * step)
    if is_v4:
        length = min(length, _V4_LONGEST)
    count = 1 << max(0, length - network.prefixlen)
    first = int(network.network_address) >> (network.max_prefixlen - length)
    labels = length // step
    for number in range(first, first + count):
        yield _reverse_name(number, labels, is_v4=is_v4)


def _reverse_name(number: int, labels: int, *, is_v4: bool) -> str:
    step = _V4_STEP if is_v4 else _V6_STEP
    parts = [number >> step * place & (1 << step) - 1 for place in range(labels)]
    if is_v4:
        return f"{'.'.join(map(str, parts))}.in-addr.arpa"
    return f"{'.'.join(f'{part:x}' for part in parts)}.ip6.arpa"


def reverse_name(address: Address) -> str:
    """The name under which the name of an address is asked for, without a dot at its end."""
    return address.reverse_pointer


def is_reverse(zone: str) -> bool:
    return zone.endswith((".in-addr.arpa", ".ip6.arpa"))


def file_stem(zone: str) -> str:
    """What a zone's file is called behind `db.`: an IPv4 reverse zone by the beginning of its addresses, as xCAT calls it."""
    head, mark, _ = zone.partition(".in-addr.arpa")
    return ".".join(reversed(head.split("."))) if mark else zone


@dataclass(frozen=True, slots=True)
class Zones:
    """The zones of the cluster. Names are in small letters, without a dot at the end."""

    forward: tuple[str, ...]
    reverse: tuple[str, ...]
    _known: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_known", {name: name for name in self.all})

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.forward, *self.reverse)

    def of(self, name: str) -> str | None:
        """The zone that a name lies in, the smallest of several; None when it is not one of ours."""
        rest = name
        while rest:
            found = self._known.get(rest)
            if found is not None:
                return found
            rest = rest.partition(".")[2]
        return None


def zones(domains: Iterable[str], networks: Iterable[Network]) -> Zones:
    """The zones for these domains and networks, each once, in their order."""
    forward = dict.fromkeys(domain.strip(".").lower() for domain in domains if domain.strip("."))
    reverse = dict.fromkeys(zone for network in networks for zone in reverse_zones(network))
    return Zones(tuple(forward), tuple(reverse))
