"""The host that a DHCP server runs on, as far as its configuration depends on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xcatd.noderange import expand
from xcatd.objects import World
from xcatd.services.kernel import open_kernel
from xcatd.services.networks import Address, Network, address_of, facing

_FORWARDS = Path("/proc/sys/net/ipv4/ip_forward")


@dataclass(frozen=True, slots=True)
class Host:
    """`name`: what the tables call it. `interfaces`: their addresses. `direct`: networks of both families with the interfaces
    that lead there without a gateway. `forwards`: it passes packets on, as a router. `resolved`: addresses of names that are not
    in the tables, of the family that is looked at."""

    name: str
    is_master: bool
    interfaces: Mapping[str, Sequence[Address]]
    direct: Sequence[tuple[Network, str]]
    forwards: bool = False
    resolved: Mapping[str, Address] = field(default_factory=dict)

    def addresses(self) -> Iterator[Address]:
        return (address for addresses in self.interfaces.values() for address in addresses)

    def is_me(self, world: World, text: str) -> bool:
        """Whether a text of the tables means this host: its name, one of its addresses, or a noderange that it belongs to.

        Raises BadNoderange for a text that is none of these, of any host.
        """
        if text in (self.name, self.name.partition(".")[0]):
            return True
        address = address_of(text)
        if address is not None:
            return address in set(self.addresses())
        return self.name in expand(text, world, strict=False).nodes

    def facing(self, network: Network) -> str:
        """Its address in a network, "" when it has none there."""
        found = facing(network, self.addresses())
        return "" if found is None else str(found)


async def read_host(name: str, *, is_master: bool) -> Host:
    """This host, as its kernel knows it. Raises ServiceError when the kernel does not say."""
    async with open_kernel() as kernel:
        routes = await kernel.routes()
    return Host(
        name,
        is_master,
        {each.name: each.addresses for each in routes.interfaces.values()},
        [(one.network, one.interface) for one in routes.direct()],
        _FORWARDS.read_text().strip() == "1" if _FORWARDS.exists() else False,
    )
