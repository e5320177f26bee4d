"""Static routes: the rows of table routes, and what is to be done about them on this host."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from xcatd.errors import NotFound, ServiceError
from xcatd.objects import World
from xcatd.services.kernel import Route, Routes
from xcatd.services.networks import Address, address_of, network_of
from xcatd.store import Row, Snapshot


class Standing(StrEnum):
    """How a route that is wanted stands in the kernel."""

    ABSENT = "absent"
    THERE = "there"


def rows_named(snapshot: Snapshot, names: Sequence[str], where: str = "") -> Sequence[Row]:
    """The rows of table routes with these names, each once. Raises NotFound that names all others; `where` is a sentence about
    who has named them."""
    table = snapshot.table("routes")
    found = {name: next(iter(table.find(name)), None) for name in names}
    missing = [name for name, row in found.items() if row is None]
    if missing:
        subject = f"The route {missing[0]} is" if len(missing) == 1 else f"The routes {','.join(missing)} are"
        raise NotFound(f"{subject} not defined in the routes table.{where}")
    return [row for row in found.values() if row is not None]


def names_in(text: str) -> Sequence[str]:
    """The names of routes in a text, with commas between, each once."""
    return tuple(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))


def gateways_to_look_up(world: World, rows: Sequence[Row]) -> Sequence[str]:
    """The gateways that are named and not addressed, and whose addresses the tables do not have."""
    names = [name for row in rows if (name := row["gateway"].strip()) and address_of(name) is None]
    return [name for name in names if address_of(world.value(name, "hosts", "ip")) is None]


def gateway_of(world: World, resolved: Mapping[str, Address], name: str) -> Address | None:
    """The address of a gateway: of a node as the tables have it, else as the resolver says."""
    return address_of(world.value(name, "hosts", "ip")) or resolved.get(name)


def route_of(row: Row, address: Callable[[str], Address | None]) -> Route:
    """The route that a row says. `address` finds the address of a gateway that is given by its name.

    The interface counts only where it is needed: without a gateway (none, or an address of zeros), or with a link-local one.
    Raises ServiceError for a row that makes no route.
    """
    name, network, gateway = row["routename"], network_of(row), row["gateway"].strip()
    if network is None:
        raise ServiceError(
            f"The route {name} leads nowhere: correct its net '{row['net']}' and its mask '{row['mask']}'"
        )
    found = address_of(gateway) or (address(gateway) if gateway else None)
    if not gateway or (found is not None and found.is_unspecified):
        if not row["ifname"]:
            raise ServiceError(f"The route {name} has neither a gateway nor an ifname: set one of them in table routes")
        return Route(network, None, row["ifname"])
    if found is None:
        raise ServiceError(f"The gateway {gateway} of the route {name} can not be resolved: set its hosts.ip")
    if found.version != network.version:
        raise ServiceError(
            f"The route {name} leads to {network}, which its gateway {found} cannot reach: correct one of them"
        )
    return Route(network, found, row["ifname"] if found.is_link_local else "")


def standing(route: Route, routes: Routes) -> tuple[Standing, Route]:
    """Whether this host has the route, and as what. Raises ServiceError when it goes there by another way."""
    there = [one for one in routes.all if one.network == route.network]
    for one in there:
        if _is_same(route, one):
            return Standing.THERE, one
    if there:
        raise ServiceError(
            f"The route {route} is not set: this host has the route {there[0]}. Remove that one (ip route del {there[0]}), or "
            "correct table routes."
        )
    return Standing.ABSENT, route


def standing_of_old(route: Route, routes: Routes) -> tuple[Standing, Route]:
    """Whether this host has a route that is to go, and as what; one to the same network by another way is not it."""
    found = next((one for one in routes.all if one.network == route.network and _is_same(route, one)), None)
    return (Standing.ABSENT, route) if found is None else (Standing.THERE, found)


def service_nodes(world: World) -> frozenset[str]:
    """The nodes in table servicenode, by themselves or by a group."""
    names: set[str] = set()
    keys = world.snapshot.table("servicenode").keys()
    for key in keys:
        names.update((key,) if world.has_node(key) else world.members(key) or ())
    return frozenset(names)


def _is_same(wanted: Route, there: Route) -> bool:
    if wanted.gateway != there.gateway:
        return False
    return wanted.interface in ("", there.interface)
