"""The networks that this host's DHCP server serves, and what it tells machines on them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from xcatd.errors import BadNoderange, ServiceError
from xcatd.objects import World
from xcatd.services.dhcp.host import Host
from xcatd.services.dhcp.interfaces import REMOTE, Wanted, wanted_interfaces
from xcatd.services.dhcp.ranges import Range, ranges_of
from xcatd.services.networks import MASTER, Address, ClusterNetwork, Network, Networks, address_of, networks_of

LEASE = 43200
"""Seconds, when site.dhcplease says nothing."""


@dataclass(frozen=True, slots=True)
class Subnet:
    """One network as the server knows it. Servers are addresses of its family; "" and () for what is not said. `interface`: the
    one that leads there, "" where a relay does. `server`: from which loaders come (next-server). `router`, `logservers` and `mtu`
    are for IPv4: DHCPv6 cannot say them."""

    network: Network
    interface: str
    server: str
    router: str = ""
    domain: str = ""
    search: tuple[str, ...] = ()
    nameservers: tuple[str, ...] = ()
    ntpservers: tuple[str, ...] = ()
    logservers: tuple[str, ...] = ()
    mtu: str = ""
    ranges: tuple[Range, ...] = ()

    @property
    def label(self) -> str:
        """How files for unknown machines of this network are called, as mknb does: `10.0.0.0_16`."""
        return f"{self.network.network_address}_{self.network.prefixlen}"


@dataclass(frozen=True, slots=True)
class Served:
    """All that is served of one family, whose `version` is 4 or 6. `interfaces`: where the server listens, sorted. `heard`:
    interface and address to which relays of DHCPv6 send; machines send to all servers. `lease` in seconds; `port` is that of HTTP.
    `problems` and `warnings` are sentences."""

    subnets: tuple[Subnet, ...]
    interfaces: tuple[str, ...]
    lease: int = LEASE
    port: str = "80"
    timezone: str = ""
    version: int = 4
    heard: tuple[tuple[str, str], ...] = ()
    problems: list[str] = field(default_factory=list, compare=False)
    warnings: list[str] = field(default_factory=list, compare=False)


def served(world: World, host: Host, version: int = 4) -> Served:
    """What the tables say for this host about one family. Raises ServiceError for what makes a whole configuration impossible."""
    wanted = wanted_interfaces(world, host)
    reader = _Reader(world, host)
    networks = networks_of(world.snapshot)
    reader.problems += [*networks.problems, *wanted.problems]
    ours = [one for one in networks.all if one.network.version == version]
    ways = [(one, interface, relay) for one in ours for interface, relay in _ways(one, wanted, host)]
    subnets = tuple(reader.subnet(one, "" if relay else interface) for one, interface, relay in ways)
    reader.warnings += _overlaps(networks, {one.name for one, _, _ in ways})
    listens = tuple(sorted({interface for _, interface, _ in ways}))
    site = world.snapshot.site
    return Served(
        subnets,
        listens,
        _lease(site("dhcplease")),
        site("httpport", "80"),
        site("timezone"),
        version,
        tuple(sorted({each for _, interface, relay in ways if relay for each in _heard(host, interface, version)})),
        reader.problems,
        reader.warnings,
    )


def server_names(world: World) -> Iterator[str]:
    """The servers in tables networks and site that are named and not addressed: somebody must look them up."""
    site = world.snapshot.site
    texts = [site("nameservers"), site("ntpservers"), site("logservers")]
    for one in networks_of(world.snapshot).all:
        texts += [one.tftpserver, one.nameservers, one.ntpservers, one.logservers]
    for word in {word.strip() for text in texts for word in text.split(",")}:
        if word and word != MASTER and address_of(word) is None:
            yield word


def _ways(one: ClusterNetwork, wanted: Wanted, host: Host) -> Iterator[tuple[str, bool]]:
    """The interface that leads to a network, and whether a relay stands between; nothing when it is not served here."""
    if one.interface.startswith(REMOTE):
        interface = one.interface.removeprefix(REMOTE).strip()
        if interface in host.interfaces and (wanted.has(interface) or wanted.relayed):
            yield interface, True
        return
    for network, interface in host.direct:
        if network == one.network and wanted.has(interface):
            yield interface, False
            return


def _overlaps(networks: Networks, here: Collection[str]) -> Iterator[str]:
    """A sentence for each two networks with addresses in common, of which one is served here."""
    for inner, outer in networks.nested:
        if inner.name in here or outer.name in here:
            yield (
                f"The networks {inner.name} ({inner.network}) and {outer.name} ({outer.network}) overlap, and what is in both "
                "counts for the smaller one: correct table networks if that is not meant"
            )


def _heard(host: Host, interface: str, version: int) -> Iterator[tuple[str, str]]:
    for address in host.interfaces[interface]:
        if version == address.version == 6 and not address.is_link_local:
            yield interface, str(address)


def _lease(text: str) -> int:
    if not text:
        return LEASE
    if not text.isdecimal() or not 0 < int(text) < 1 << 32:
        raise ServiceError(f"site.dhcplease is {text!r}: set it to a number of seconds")
    return int(text)


class _Reader:
    """Turns rows of table networks into subnets, and notes what is wrong with them."""

    def __init__(self, world: World, host: Host) -> None:
        self.problems: list[str] = []
        self.warnings: list[str] = []
        self._world, self._host, self._site = world, host, world.snapshot.site
        self._search = networks_of(world.snapshot).domains()

    def subnet(self, one: ClusterNetwork, interface: str) -> Subnet:
        network, site = one.network, self._site
        net = str(network.network_address)
        domain = one.domain or self._site("domain")
        if not domain:
            raise ServiceError(
                f"No domain defined for {net} entry in networks table, and no domain defined in site table."
            )
        own = self._host.facing(network) or self._behind(one)
        server = next(iter(self._servers(one, one.tftpserver or MASTER, own)), "")
        if not server:
            raise ServiceError(
                f"Unable to determine the tftpserver for network {net}: this host has no address there; set networks.tftpserver"
            )
        return Subnet(
            network=network,
            interface=interface,
            server=server,
            router=self._router(one, own),
            domain=domain,
            search=tuple(dict.fromkeys((domain, *self._search))),
            nameservers=self._nameservers(one, own),
            ntpservers=self._servers(one, one.ntpservers or site("ntpservers", MASTER), own),
            logservers=self._servers(one, one.logservers or site("logservers", MASTER), own),
            mtu=one.mtu if one.mtu.isdecimal() else "",
            ranges=self._ranges(one),
        )

    def _behind(self, one: ClusterNetwork) -> str:
        """This host's address on the way to a relay."""
        addresses = self._host.interfaces.get(one.interface.removeprefix(REMOTE).strip(), ())
        version = one.network.version
        return str(next((each for each in addresses if each.version == version and not each.is_link_local), ""))

    def _nameservers(self, one: ClusterNetwork, own: str) -> tuple[str, ...]:
        text = one.nameservers or self._site("nameservers")
        if not text and one.network.version == 4:
            net = one.network.network_address
            self.warnings.append(f"No {net} specific entry for nameservers, and no nameservers defined in site table.")
        return self._servers(one, text, own)

    def _servers(self, one: ClusterNetwork, text: str, own: str) -> tuple[str, ...]:
        """The addresses of a comma list of servers, this host first, when it is among them. Those of the other family are for
        networks of that family."""
        words = filter(None, map(str.strip, text.split(",")))
        found = [own if word == MASTER else self._address(one, word) for word in words]
        return tuple(sorted(dict.fromkeys(filter(None, found)), key=lambda address: address != own))

    def _address(self, one: ClusterNetwork, word: str) -> str:
        """Most names have no IPv6 address, and that is no fault."""
        known = address_of(word) or address_of(self._world.value(word, "hosts", "ip"))
        address = known or self._host.resolved.get(word)
        if address is not None and address.version == one.network.version:
            return str(address)
        if known is None and one.network.version == 4:
            self.problems.append(
                f"The server {word} of network {one.network.network_address} has no IPv4 address that could be found: "
                "correct its name"
            )
        return ""

    def _router(self, one: ClusterNetwork, own: str) -> str:
        network, gateway = one.network, one.gateway
        if network.version == 6:
            return ""
        if gateway == MASTER:
            return own if self._host.forwards else ""
        if gateway and not _lies_in(address_of(gateway), network):
            self.problems.append(
                f"Specified gateway {gateway} is not valid for {network.network_address}/{network.netmask}, must be on same network"
            )
            return ""
        return gateway

    def _ranges(self, one: ClusterNetwork) -> tuple[Range, ...]:
        """Only one server has a network's dynamic range (networks.dhcpserver). Discovery of machines is done by IPv4."""
        network, net = one.network, one.network.network_address
        if not one.dynamicrange and network.version == 4:
            self.warnings.append(
                f"No dynamic range specified for {net}. If hardware discovery is being used, a dynamic range is required."
            )
        if not self._has_range(one):
            return ()
        found = tuple(ranges_of(one.dynamicrange))
        good = [each for each in found if isinstance(each, Range) and each.first in network and each.last in network]
        for each in found:
            if each not in good:
                shown = each if isinstance(each, str) else f"{each.first}-{each.last}"
                self.problems.append(
                    f"The dynamic range {shown} of network {net} is left out: write first-last, both in the network"
                )
        return tuple(good)

    def _has_range(self, one: ClusterNetwork) -> bool:
        try:
            return not one.dhcpserver or self._host.is_me(self._world, one.dhcpserver)
        except BadNoderange as error:
            self.problems.append(f"In dhcpserver of network {one.network.network_address}: {error}")
            return False


def _lies_in(address: Address | None, network: Network) -> bool:
    return address is not None and address in network


def in_subnet(subnets: Sequence[Subnet], address: Address) -> Subnet | None:
    """The subnet that an address lies in, of several the smallest."""
    holding = [one for one in subnets if address in one.network]
    return max(holding, key=lambda one: one.network.prefixlen, default=None)
