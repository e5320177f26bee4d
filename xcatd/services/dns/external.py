"""Name servers elsewhere: found by asking those of resolv.conf who answers for each zone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from xcatd.errors import ServiceError
from xcatd.services.addresses import look_up
from xcatd.services.dns.server import Authority, conversation
from xcatd.services.dns.zones import Zones, is_reverse
from xcatd.services.networks import address_of

_NAMESERVER = re.compile(r"^[ \t]*nameserver[ \t]+(\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Primaries:
    """`zones` by the address of the server that takes their updates; `unknown`: zones of ours for which nobody answers."""

    zones: Mapping[str, Zones]
    unknown: tuple[str, ...]


def servers_in(resolv_conf: str, ddnsserver: str = "") -> Sequence[str]:
    """The servers to be asked: site.ddnsserver, else those of resolv.conf. Raises ServiceError when there are none."""
    found = [name for name in ddnsserver.replace(",", " ").split() if name] or _NAMESERVER.findall(resolv_conf)
    if not found:
        raise ServiceError(
            "You are using -e flag to update DNS records to an external DNS server, please ensure /etc/resolv.conf existing "
            "and pointed to this external DNS server."
        )
    return found


async def primaries(zones: Zones, servers: Sequence[str]) -> Primaries:
    """Which servers take the updates of our zones, and what those zones are called there. Raises ServiceError."""
    by_server: dict[str, dict[str, None]] = {}
    unknown = []
    for zone in zones.all:
        found = await _authority(zone, servers)
        if found is None:
            unknown.append(zone)
        else:
            by_server.setdefault(found[0], {})[found[1].zone] = None
    return Primaries({server: _sorted_out(names) for server, names in by_server.items()}, tuple(unknown))


async def _authority(zone: str, servers: Iterable[str]) -> tuple[str, Authority] | None:
    """Where the primary server of a zone is, and what it says; None when no server knows any."""
    trouble: ServiceError | None = None
    for server in servers:
        address = await _address(server)
        try:
            async with conversation(address) as asked:
                found = await asked.authority(zone)
        except ServiceError as error:
            trouble = error
            continue
        if found is not None and not _is_of_all(found):
            return (address if found.is_own else await _address(found.primary)), found
    if trouble is not None:
        raise trouble
    return None


def _is_of_all(found: Authority) -> bool:
    """Whether nobody has the zone: the answer is that of a top-level domain, or of an empty zone that servers make themselves so
    that questions about private addresses stay at home (RFC 6303: its primary server is the zone)."""
    top = found.zone.endswith("arpa") and found.zone.count(".") < 2
    return top or "." not in found.zone or found.primary == found.zone


async def _address(name: str) -> str:
    if address_of(name) is not None:
        return name
    found = await look_up([name])
    if name not in found:
        raise ServiceError(f"Please make sure {name} exist either in /etc/hosts or DNS.")
    return str(found[name])


def _sorted_out(names: Iterable[str]) -> Zones:
    listed = tuple(names)
    return Zones(tuple(name for name in listed if not is_reverse(name)), tuple(filter(is_reverse, listed)))
