"""A network as the table `networks` has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from xcatd.services.kernel import Interface, Route
from xcatd.services.networks import MASTER, Address, Network, facing


@dataclass(frozen=True, slots=True)
class Definition:
    """A network of this host. `address` is the host's own address on it, if it has one."""

    network: Network
    interface: str
    mtu: int | None
    gateway: str
    address: Address | None

    @property
    def name(self) -> str:
        if isinstance(self.network, IPv4Network):
            return f"{self.network.network_address}-{self.network.netmask}".replace(".", "_")
        return str(self.network)

    @property
    def key(self) -> Mapping[str, str]:
        """The key of its row; with IPv6 the prefix belongs to the address."""
        if isinstance(self.network, IPv4Network):
            return {"net": str(self.network.network_address), "mask": str(self.network.netmask)}
        return {"net": str(self.network), "mask": f"/{self.network.prefixlen}"}

    def cells(self) -> Mapping[str, str]:
        """What is known of it beside its name and its key. Routers of IPv6 say themselves that they are routers."""
        cells = {"gateway": self.gateway, "mgtifname": self.interface}
        if self.mtu is not None and isinstance(self.network, IPv4Network):
            cells["mtu"] = str(self.mtu)
        return {column: text for column, text in cells.items() if text}

    def stanza(self, host: str, *, has_server: bool, is_known: bool) -> Iterator[str]:
        """The lines of its definition, as `mkdef -z` reads them."""
        yield f"\n#From {host}."
        yield f"{self.name}:"
        yield "    objtype=network"
        for column, text in {**self.key, **self.cells()}.items():
            yield f"    {column}={text}"
        if self.address is not None and not has_server:
            yield f"    tftpserver={self.address}"
        if is_known:
            yield "# Note: An equivalent xCAT network definition already exists.\n"


def definition(route: Route, interface: Interface, gateways: Sequence[Address]) -> Definition:
    """The definition of a network that a route leads to by this interface, directly."""
    network = route.network
    if not isinstance(network, IPv4Network):
        return Definition(network, interface.name, interface.mtu, "", None)
    gateway = facing(network, gateways)
    own = facing(network, interface.addresses)
    return Definition(network, interface.name, interface.mtu, MASTER if gateway is None else str(gateway), own)
