"""The servers that a service node uses itself, for time and for logs: those that stand above it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from xcatd.errors import ServiceError
from xcatd.services.networks import MASTER, ClusterNetwork, address_of
from xcatd.services.place import Place

Kind = Literal["ntpservers", "logservers"]
_NAME = re.compile(r"[A-Za-z0-9:][A-Za-z0-9_.:%-]*")
_BETWEEN = re.compile(r"[\s,]+")


def upstream(place: Place, kind: Kind) -> Sequence[str]:
    """Addresses of these servers, or their names where the tables have no address.

    They are those of the network in which the host's master is, else those that table site has, else the master. `<xcatmaster>` is
    the master too. This host is left out: it does not stand above itself. Nothing when none is known. Raises ServiceError.
    """
    others = [one for one in _named(place, kind) if not place.is_me(one)]
    return tuple(dict.fromkeys(_reached(place, one) for one in others or _master(place)))


def names_upstream(place: Place, kind: Kind) -> Collection[str]:
    """The names among them whose address the tables do not have. Raises ServiceError."""
    asked = {*_master(place), *_named(place, kind)}
    return {one for one in asked if place.address(one) is None}


def host_names(text: str, where: str) -> Sequence[str]:
    """The names and addresses in a text, separated by commas or blanks. Raises ServiceError: one of them cannot be one."""
    found = [one for one in _BETWEEN.split(text) if one]
    for one in found:
        if one != MASTER and _NAME.fullmatch(one) is None:
            raise ServiceError(f"{where} has {one!r}, which is neither a name nor an address of a host: correct it")
    return found


def _named(place: Place, kind: Kind) -> Iterator[str]:
    network = _network_above(place)
    text, where = place.site(kind), f"site.{kind}"
    if network is not None and getattr(network, kind):
        text, where = getattr(network, kind), f"networks.{kind} of {network.name}"
    for one in host_names(text, where):
        yield from _master(place) if one == MASTER else (one,)


def _master(place: Place) -> Sequence[str]:
    return (place.above,) if place.above else ()


def _network_above(place: Place) -> ClusterNetwork | None:
    address = place.address(place.above)
    return next((one for one in place.networks() if address is not None and address in one), None)


def _reached(place: Place, name: str) -> str:
    """Its address where it is known: servers of names may be up later than those that ask them."""
    tables = place.world.value(name, "hosts", "ip") if place.world.has_node(name) else ""
    return str(address_of(name) or address_of(tables) or name)
