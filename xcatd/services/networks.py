"""The networks of the cluster as table `networks` defines them: which one an address lies in, and what follows from that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from xcatd.store import Row, Snapshot

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MASTER = "<xcatmaster>"
"""Stands for the address of the server that manages a node, as the node sees it (protocol.md 7.4)."""


@dataclass(frozen=True, slots=True)
class ClusterNetwork:
    """One enabled row of table `networks` that can be read. Texts are as the row has them, "" for none; MASTER may stand in
    `gateway`, `tftpserver`, `nameservers`, `ntpservers` and `logservers`."""

    name: str
    network: Network
    domain: str = ""
    interface: str = ""
    gateway: str = ""
    dhcpserver: str = ""
    tftpserver: str = ""
    nameservers: str = ""
    ntpservers: str = ""
    logservers: str = ""
    dynamicrange: str = ""
    ddnsdomain: str = ""
    mtu: str = ""

    def __contains__(self, address: Address) -> bool:
        return address.version == self.network.version and address in self.network


class Networks:
    """All networks of a snapshot, in the order of the table. `problems` are sentences about rows that cannot be read. `nested`:
    each network that lies in another one, or is the same, and the smallest such other one."""

    def __init__(self, rows: Iterable[Row], domain: str = "") -> None:
        self.site_domain = domain
        """site.domain, for addresses whose network has no domain."""
        self.problems: list[str] = []
        self.all: list[ClusterNetwork] = []
        for row in rows:
            self._add(row)
        self.nested = tuple(_nested(self.all))
        self._by_prefix: dict[int, dict[int, dict[int, ClusterNetwork]]] = {4: {}, 6: {}}
        for one in self.all:
            of_version = self._by_prefix[one.network.version]
            of_length = of_version.setdefault(one.network.prefixlen, {})
            of_length.setdefault(int(one.network.network_address), one)
        self._lengths = {version: sorted(lengths, reverse=True) for version, lengths in self._by_prefix.items()}

    def _add(self, row: Row) -> None:
        if row.hidden:
            return
        network = network_of(row)
        if network is None:
            name = row["netname"] or f"{row['net']}-{row['mask']}"
            self.problems.append(
                f"The network {name} cannot be read: correct net '{row['net']}' and mask '{row['mask']}'"
            )
            return
        self.all.append(_cluster_network(row, network))

    def of(self, address: Address) -> ClusterNetwork | None:
        """The network that an address lies in, of several that overlap the smallest; None when there is none."""
        number, bits = int(address), address.max_prefixlen
        lengths = self._by_prefix[address.version]
        for length in self._lengths[address.version]:
            found = lengths[length].get(number >> (bits - length) << (bits - length))
            if found is not None:
                return found
        return None

    def named(self, name: str) -> ClusterNetwork | None:
        """The network of this netname; None when there is none."""
        return next((one for one in self.all if one.name == name), None)

    def domain_of(self, address: Address) -> str:
        """The domain of names of an address: its network's, else site.domain; "" when neither is set."""
        found = self.of(address)
        return (found.domain if found is not None else "") or self.site_domain

    def domains(self) -> Sequence[str]:
        """All domains of the cluster, site.domain first."""
        return tuple(dict.fromkeys(filter(None, (self.site_domain, *(one.domain for one in self.all)))))


def networks_of(snapshot: Snapshot) -> Networks:
    """The networks of a snapshot, read once for each state of the table."""
    domain = snapshot.site("domain")
    view = snapshot.table("networks")
    return view.cached((Networks, domain), lambda: Networks(view.rows, domain))


def network_of(row: Row) -> Network | None:
    """The network that a row with `net` and `mask` defines; None when it cannot be read. The prefix of IPv6 may stand in
    either column (schema.md, tables networks and routes)."""
    net, mask = row["net"].partition("/")[0], row["mask"].lstrip("/") or row["net"].partition("/")[2]
    try:
        return ip_network(f"{net}/{mask}", strict=False) if mask else None
    except ValueError:
        return None


def overlap(one: Network, other: Network) -> bool:
    """Whether two networks have addresses in common."""
    if isinstance(one, IPv4Network) and isinstance(other, IPv4Network):
        return one.overlaps(other)
    if isinstance(one, IPv6Network) and isinstance(other, IPv6Network):
        return one.overlaps(other)
    return False


def overlaps(new: Iterable[tuple[str, Network]], others: Iterable[tuple[str, Network]]) -> Iterator[str]:
    """A sentence for each of the new networks, given with their names, and each of the others, or of the new ones before it, with
    which it has addresses in common."""
    before = list(others)
    for name, network in new:
        for other, around in before:
            if overlap(network, around):
                yield (
                    f"The network '{name}' overlaps the network '{other}' ({around}): an address in both counts for the "
                    "smaller one. Remove or disable the one that the cluster does not use."
                )
        before.append((name, network))


def _nested(networks: Iterable[ClusterNetwork]) -> Iterator[tuple[ClusterNetwork, ClusterNetwork]]:
    """Networks have nothing in common, or one of them lies in the other."""
    around: list[ClusterNetwork] = []
    for one in sorted(networks, key=_place):
        while around and not overlap(around[-1].network, one.network):
            around.pop()
        if around:
            yield one, around[-1]
        around.append(one)


def _place(one: ClusterNetwork) -> tuple[int, int, int]:
    return one.network.version, int(one.network.network_address), one.network.prefixlen


def address_of(text: str) -> Address | None:
    """The address that a text is, without blanks around it; None when it is none."""
    try:
        return ip_address(text.strip())
    except ValueError:
        return None


def facing(network: Network, own: Iterable[Address]) -> Address | None:
    """Which of a host's own addresses lies in a network: what `<xcatmaster>` means there. None when none does."""
    return next((address for address in own if address.version == network.version and address in network), None)


def _cluster_network(row: Row, network: Network) -> ClusterNetwork:
    return ClusterNetwork(
        name=row["netname"] or str(network),
        network=network,
        domain=row["domain"],
        interface=row["mgtifname"],
        gateway=row["gateway"],
        dhcpserver=row["dhcpserver"],
        tftpserver=row["tftpserver"],
        nameservers=row["nameservers"],
        ntpservers=row["ntpservers"],
        logservers=row["logservers"],
        dynamicrange=row["dynamicrange"],
        ddnsdomain=row["ddnsdomain"],
        mtu=row["mtu"],
    )
