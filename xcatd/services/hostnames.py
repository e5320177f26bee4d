"""The names of nodes: short, long with the domain of the address, and aliases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from xcatd.services.addresses import Found, NodeAddress, Trouble
from xcatd.services.networks import Address, Networks

_NAME = re.compile(r"[^\s#]+")
_NO_DOMAIN = (
    "No domain can be determined for node '{}'. The domain of the xCAT node must be provided in an xCAT network definition "
    "or the xCAT site definition."
)
_NO_NIC_DOMAIN = (
    "No domain can be determined for the NIC IP value of '{}'. The network domains must be provided in an xCAT network "
    "definition or the xCAT site definition."
)


@dataclass(frozen=True, slots=True)
class HostEntry:
    """An address and the names that it has. `short` has no dot in it; `long` is usually the short name with the domain, but an
    alias that has a dot takes its place."""

    node: str
    address: Address
    short: str
    long: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entries:
    """No address comes twice."""

    entries: Sequence[HostEntry]
    troubles: Sequence[Trouble]


def entries_of(found: Found, networks: Networks, *, add_domain: bool = False) -> Entries:
    """The names of addresses that the tables give, in their order. `add_domain`: each alias comes with the domain, too.

    A NIC with the main address of its node is that address: its aliases are added there. Of two nodes with one address the
    first one keeps it.
    """
    by_address: dict[Address, HostEntry] = {}
    troubles = list(found.troubles)
    for one in found.addresses:
        entry = _entry(one, networks, troubles, add_domain=add_domain)
        if entry is None:
            continue
        first = by_address.setdefault(entry.address, entry)
        if first is entry:
            continue
        if first.node == entry.node:
            by_address[entry.address] = _joined(first, entry)
        else:
            troubles.append(Trouble(entry.node, taken(entry, first.node)))
    return Entries(tuple(by_address.values()), tuple(troubles))


def taken(entry: HostEntry, other: str) -> str:
    """The sentence for an address that another node has."""
    return (
        f"Ignoring the address {entry.address} of node '{entry.node}', it is that of node '{other}': correct the table hosts "
        "or nics of one of them."
    )


def _entry(one: NodeAddress, networks: Networks, troubles: list[Trouble], *, add_domain: bool) -> HostEntry | None:
    domain = _domain(one, networks, troubles)
    if not domain:
        sentence = _NO_NIC_DOMAIN.format(one.address) if one.nic else _NO_DOMAIN.format(one.node)
        troubles.append(Trouble(one.node, sentence))
        return None
    return _named(one, domain, troubles, add_domain=add_domain)


def _domain(one: NodeAddress, networks: Networks, troubles: list[Trouble]) -> str:
    """The domain of the network that the address lies in, else of the one that nics.nicnetworks says, else site.domain."""
    lies_in = networks.of(one.address)
    said = networks.named(one.network) if one.network else None
    if said is not None and lies_in is not None and said.name != lies_in.name:
        troubles.append(
            Trouble(
                one.node,
                f"The address {one.address} of NIC '{one.nic}' of node '{one.node}' lies in network '{lies_in.name}', while "
                f"nics.nicnetworks says '{said.name}': correct one of them.",
            )
        )
    of_network = next((network.domain for network in (lies_in, said) if network is not None and network.domain), "")
    return of_network or networks.site_domain


def _named(one: NodeAddress, domain: str, troubles: list[Trouble], *, add_domain: bool) -> HostEntry | None:
    long = ""
    aliases: list[str] = []
    for alias in one.aliases.replace(",", " ").split():
        if "#" in alias:
            troubles.append(Trouble(one.node, _not_a_name(alias, one.node)))
        elif alias in (one.name, f"{one.name}.{domain}"):
            long = f"{one.name}.{domain}"
        elif "." in alias and not long:
            long = alias
        else:
            aliases.append(alias)
    short, long = _short_and_long(one.name, domain, long)
    if "." in short or not _NAME.fullmatch(long):
        sentence = _dotted(short, long) if "." in short else _not_a_name(long, one.node)
        troubles.append(Trouble(one.node, sentence, failed=True))
        return None
    if add_domain:
        aliases = [f"{alias}.{domain}" for alias in aliases if "." not in alias] + aliases
    others = (alias for alias in aliases if alias not in (short, long))
    return HostEntry(one.node, one.address, short, long, tuple(dict.fromkeys(others)))


def _short_and_long(name: str, domain: str, long: str) -> tuple[str, str]:
    end = f".{domain}"
    if name.lower().endswith(end.lower()):
        return name[: -len(end)], name
    return name, long or f"{name}{end}"


def _dotted(short: str, long: str) -> str:
    return (
        f"Invalid short node name '{short}'. The short node name may not contain a dot. The short node name is considered to "
        f"be anything preceeding the network domain name in the fully qualified node name '{long}'."
    )


def _not_a_name(name: str, node: str) -> str:
    return f"Ignoring the name '{name}' of node '{node}': a name has neither blanks nor a # in it."


def _joined(first: HostEntry, other: HostEntry) -> HostEntry:
    aliases = (alias for alias in (*first.aliases, *other.aliases) if alias not in (first.short, first.long))
    return replace(first, aliases=tuple(dict.fromkeys(aliases)))
