"""What the tables say of the name server, read and checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from xcatd.errors import ServiceError
from xcatd.services.dns.zones import Zones, zones
from xcatd.services.networks import MASTER, Address, ClusterNetwork, Network, Networks, address_of, networks_of
from xcatd.store import Snapshot

Interfaces = Mapping[str, Sequence[Address]]
"""The addresses of this host's interfaces."""

_WORD = re.compile(r"[^\s\";{}]+")
"""What may stand in named.conf between two blanks."""


@dataclass(frozen=True, slots=True)
class Setup:
    """`server`: this host's full name, which answers for the zones. `listen` None: on all addresses. `forward_mode` and
    `empty_zones` are BIND's words, "" for its default. `served`: the networks whose names are in our zones."""

    server: str
    zones: Zones
    served: tuple[ClusterNetwork, ...]
    forwarders: tuple[str, ...] = ()
    forward_mode: str = ""
    empty_zones: str = ""
    updaters: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    secondaries: tuple[str, ...] = ()
    listen: tuple[Address, ...] | None = None

    @property
    def networks(self) -> tuple[Network, ...]:
        return tuple(one.network for one in self.served)


def setup_of(
    snapshot: Snapshot,
    host: str,
    interfaces: Interfaces,
    secondaries: Sequence[str] = (),
    is_me: Callable[[str], bool] = lambda name: False,
    servers: Collection[Address] = (),
) -> Setup:
    """The set-up that the tables say. `secondaries`: addresses of service nodes with copies. `is_me` tells whether a host or
    group is this host. `servers`: addresses at which the cluster's zones are answered for: a network that names others only is
    somebody else's. Raises ServiceError for what is missing or cannot be meant."""
    domain = snapshot.site("domain").strip(".")
    if not domain:
        raise ServiceError("domain not defined in site table")
    if not snapshot.site("nameservers"):
        raise ServiceError("nameservers not defined in site table")
    networks = networks_of(snapshot)
    served = tuple(_served(networks, snapshot.site("nameservers"), {str(address) for address in servers}))
    return Setup(
        server=f"{host.partition('.')[0]}.{domain}".lower(),
        zones=zones((*networks.domains(), *(one.ddnsdomain for one in served)), (one.network for one in served)),
        served=served,
        forwarders=tuple(_addresses(snapshot, "forwarders")),
        forward_mode=_mode(snapshot),
        empty_zones=_choice(snapshot, "emptyzonesenable", ("yes", "no")),
        updaters=tuple(_words(snapshot, "dnsupdaters")),
        includes=tuple(_words(snapshot, "namedincludes")),
        secondaries=tuple(secondaries),
        listen=_listen(snapshot.site("dnsinterfaces"), interfaces, is_me),
    )


def domain_of(setup: Setup, snapshot: Snapshot) -> Callable[[Address], str | None]:
    """Gives the domain of an address; None when its network is not served."""
    networks, served = networks_of(snapshot), set(setup.served)

    def domain(address: Address) -> str | None:
        found = networks.of(address)
        return None if found not in served else networks.domain_of(address)

    return domain


def _served(networks: Networks, nameservers: str, own: Set[str]) -> Iterator[ClusterNetwork]:
    """The networks whose name server is one of ours: those that name none, or one that is."""
    ours = {MASTER, nameservers, *map(str.strip, nameservers.split(","))} | own
    for one in networks.all:
        named = [name.strip() for name in one.nameservers.split(",") if name.strip()]
        if not named or not ours.isdisjoint(named):
            yield one


def _mode(snapshot: Snapshot) -> str:
    mode = _choice(snapshot, "dnsforwardmode", ("first", "only", "no"))
    return "" if mode == "no" else mode


def _choice(snapshot: Snapshot, key: str, words: Sequence[str]) -> str:
    value = snapshot.site(key)
    if value and value not in words:
        raise ServiceError(f"site.{key} is {value!r}: set it to one of {', '.join(words)}")
    return value


def _addresses(snapshot: Snapshot, key: str) -> Iterator[str]:
    for word in _words(snapshot, key):
        if address_of(word) is None:
            raise ServiceError(
                f"site.{key} names {word!r}, which is no address: a name server must be reachable without names"
            )
        yield word


def _words(snapshot: Snapshot, key: str) -> Iterator[str]:
    for word in snapshot.site(key).replace(",", " ").split():
        if not _WORD.fullmatch(word):
            raise ServiceError(
                f"site.{key} names {word!r}, which named.conf cannot hold: leave out quotes, braces and semicolons"
            )
        yield word


def _listen(text: str, interfaces: Interfaces, is_me: Callable[[str], bool]) -> tuple[Address, ...] | None:
    """The addresses of the interfaces that site.dnsinterfaces names for this host, and the loopback ones; None: all."""
    names = _mine(text.split(";"), is_me)
    if names is None:
        return None
    missing = next((name for name in names if name not in interfaces), None)
    if missing is not None:
        raise ServiceError(f"site.dnsinterfaces names {missing}, an interface that this host does not have")
    return tuple(dict.fromkeys(address for name in ("lo", *names) for address in interfaces.get(name, ())))


def _mine(parts: Iterable[str], is_me: Callable[[str], bool]) -> Sequence[str] | None:
    """The interfaces of the first part that is for this host: `if,if`, or `host|if,if` for a host or group."""
    for part in parts:
        host, bar, names = part.rpartition("|")
        listed = [name.strip() for name in names.split(",") if name.strip()]
        if listed and (not bar or is_me(host.strip())):
            return listed
    return None
