"""Static routes: those that the tables name for this host, in site.mnroutenames for a management node and in noderes.routenames
for a service node. `makeroutes` sets them, and a restart of the host takes them away.

They have no column: a host with a row in table servicenode keeps them. What is missing is added, and nothing is removed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from xcatd.errors import ServiceError, XcatError
from xcatd.services.addresses import look_up
from xcatd.services.kernel import Kernel, open_kernel
from xcatd.services.networks import Address
from xcatd.services.place import Place
from xcatd.services.service import ALONE, ON, Outcome, Service, Work
from xcatd.services.staticroutes import (
    Standing,
    gateway_of,
    gateways_to_look_up,
    names_in,
    route_of,
    rows_named,
    standing,
)


class StaticRoutes(Service):
    name = "routes"
    tables = ("routes", "noderes", "hosts")
    site_keys = ("mnroutenames",)

    def wanted(self, place: Place) -> str:
        has_row = bool(place.node) and bool(place.world.row(place.node, "servicenode"))
        return ON if has_row and _names(place) else ALONE

    async def reconcile(self, place: Place, value: str, work: Work) -> Outcome:
        rows = [row for name in _names(place) for row in place.snapshot.table("routes").find(name)]
        resolved = await look_up(gateways_to_look_up(place.world, rows))
        lines: list[str] = []
        troubles: list[str] = []
        async with open_kernel() as kernel:
            for name in _names(place):
                try:
                    lines += await _kept(kernel, place, resolved, name, dry_run=work.dry_run)
                except XcatError as error:  # the others are set all the same
                    troubles.append(str(error))
        if troubles:
            more = f" ({len(troubles) - 1} more cannot be set either)" if troubles[1:] else ""
            raise ServiceError(f"{troubles[0]}{more}")
        return Outcome(bool(lines), lines)


def _names(place: Place) -> Sequence[str]:
    """As makeroutes understands them."""
    return names_in(place.site("mnroutenames") if place.is_master else place.value("noderes", "routenames"))


async def _kept(
    kernel: Kernel, place: Place, resolved: Mapping[str, Address], name: str, *, dry_run: bool
) -> Sequence[str]:
    """What is done for one route. Raises NotFound, ServiceError."""
    where = "site.mnroutenames" if place.is_master else f"noderes.routenames of {place.node}"
    (row,) = rows_named(place.snapshot, (name,), f" Please check {where}.")
    route = route_of(row, partial(gateway_of, place.world, resolved))
    state, _ = standing(route, await kernel.routes())
    if state is Standing.THERE:
        return ()
    if not dry_run:
        await kernel.add(route)
    return (f"routes: ip route add {route}",)
