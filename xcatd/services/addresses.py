"""The addresses of nodes, as the tables give them: hosts.ip, hosts.otherinterfaces, the NICs, and the resolver as the last way."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv6Address

from xcatd.objects import World
from xcatd.services.networks import Address, address_of
from xcatd.services.nics import COLUMNS, NicAddress, nic_addresses

PATIENCE = 15.0
"""Seconds that the resolver gets for all names of a command."""
_AT_ONCE = 16
"""Names that the resolver is asked for at once: each holds a thread."""
_LINK_LOCAL = 0xFE80 << 112
_FAMILIES = {None: socket.AF_UNSPEC, 4: socket.AF_INET, 6: socket.AF_INET6}


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """An address of a node and its host name, without a domain or with one, as the tables have them.

    `aliases` are separated by blanks or commas. `nic` is "" for the main address and for otherinterfaces; `network` is the
    netname that nics.nicnetworks says.
    """

    node: str
    name: str
    address: Address
    aliases: str = ""
    nic: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something in the tables that cannot be used: a sentence. `failed`: it counts as an error, else it is a warning."""

    node: str
    text: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """What the resolver says: the first address of each name that it knows, and the names for which it had no time."""

    addresses: Mapping[str, Address]
    silent: Sequence[str] = ()


@dataclass(slots=True)
class Found:
    """What the tables give for some nodes: node by node, a node's main address first, then otherinterfaces, then NICs."""

    addresses: list[NodeAddress] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)


def addresses_of(world: World, nodes: Sequence[str], resolved: Mapping[str, Address] | None = None) -> Found:
    """The addresses of nodes. `resolved` has those of nodes without hosts.ip, see `unaddressed` and `look_up`; with None a
    node without hosts.ip is an error, as it is for xCAT's makehosts without a noderange.

    It takes some 20 microseconds a node: call it for a few hundred at a time.
    """
    found = Found()
    ips, aliases, others = (world.column(nodes, "hosts", column) for column in ("ip", "hostnames", "otherinterfaces"))
    nics = [world.column(nodes, "nics", column) for column in COLUMNS]
    for place, node in enumerate(nodes):
        _main(found, node, ips[place], aliases[place], resolved)
        if others[place]:
            _others(found, node, others[place])
        if nics[0][place]:
            for one in nic_addresses(world, node, [column[place] for column in nics]):
                _nic(found, node, one)
    return found


def unaddressed(world: World, nodes: Sequence[str]) -> Sequence[str]:
    """The nodes without hosts.ip."""
    return [node for node, ip in zip(nodes, world.column(nodes, "hosts", "ip"), strict=True) if not ip]


async def look_up(names: Sequence[str], version: int | None = None) -> Mapping[str, Address]:
    """What the resolver of this host knows of names: the first address of each, of IP of this version or of any; names that it
    does not know, or for which it had no time, are left out."""
    return (await ask_resolver(names, version=version)).addresses


async def ask_resolver(names: Sequence[str], patience: float = PATIENCE, *, version: int | None = None) -> Answers:
    """What the resolver of this host knows of names. It has `patience` seconds for all of them: a name server that is away
    must not hold up a cluster."""
    found: dict[str, Address | None] = {}
    waiting = iter(names)

    async def worker() -> None:
        for name in waiting:
            found[name] = await _resolved(name, _FAMILIES[version])

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience), asyncio.TaskGroup() as group:
            for _ in range(min(_AT_ONCE, len(names))):
                group.create_task(worker())
    silent = tuple(name for name in names if name not in found)
    return Answers({name: address for name, address in found.items() if address is not None}, silent)


async def _resolved(name: str, family: int) -> Address | None:
    try:
        answers = await asyncio.get_running_loop().getaddrinfo(name, None, family=family, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # unknown, or no name at all
        return None
    return address_of(str(answers[0][4][0]).partition("%")[0]) if answers else None


def link_local(world: World, nodes: Sequence[str]) -> Found:
    """The IPv6 link-local addresses of nodes, worked out from the first MAC of table mac (RFC 4291, appendix A); nodes without
    one are left out."""
    found = Found()
    for node, text in zip(nodes, world.column(nodes, "mac", "mac"), strict=True):
        if not text:
            continue
        mac = text.partition("|")[0].partition("!")[0].strip()
        address = _from_mac(mac)
        if address is None:
            found.troubles.append(
                Trouble(node, f"Ignoring node '{node}', its mac '{mac}' is no MAC address of six bytes.")
            )
        else:
            found.addresses.append(NodeAddress(node, node, address))
    return found


def _from_mac(text: str) -> Address | None:
    digits = text.replace(":", "").replace("-", "")
    try:
        mac = bytes.fromhex(digits)
    except ValueError:
        return None
    if len(mac) != 6:
        return None
    identifier = bytes((mac[0] ^ 2, *mac[1:3], 0xFF, 0xFE, *mac[3:]))
    return IPv6Address(_LINK_LOCAL | int.from_bytes(identifier, "big"))


def _main(found: Found, node: str, ip: str, aliases: str, resolved: Mapping[str, Address] | None) -> None:
    address = address_of(ip) if ip else (resolved or {}).get(node)
    if address is not None:
        found.addresses.append(NodeAddress(node, node, address, aliases))
    elif resolved is None:
        found.troubles.append(Trouble(node, f"Invalid IP Addr '{ip}' for node '{node}'.", failed=True))
    elif ip:
        found.troubles.append(Trouble(node, f"Ignoring node '{node}', its ip address '{ip}' is not valid."))
    else:
        found.troubles.append(Trouble(node, f"Ignoring node '{node}', it can not be resolved."))


def _others(found: Found, node: str, text: str) -> None:
    for name, ip in _pairs(text):
        address = address_of(ip)
        if address is None or not name:
            found.troubles.append(
                Trouble(
                    node,
                    f"Ignoring '{name}:{ip}' in hosts.otherinterfaces of node '{node}', it is no name and address.",
                )
            )
            continue
        full = node.partition(".")[0] + name if name.startswith("-") else name
        found.addresses.append(NodeAddress(node, full, address))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """`-ib:10.1.0.1,other!2001:db8::1` -> names and addresses."""
    for element in filter(None, map(str.strip, text.split(","))):
        name, _, ip = element.partition("!" if "!" in element else ":")
        yield name.strip(), ip.strip()


def _nic(found: Found, node: str, one: NicAddress) -> None:
    address = address_of(one.address)
    if one.problem:
        found.troubles.append(Trouble(node, one.problem, failed=True))
    elif address is None:
        found.troubles.append(
            Trouble(node, f"Ignoring NIC '{one.nic}' of node '{node}', its ip address '{one.address}' is not valid.")
        )
    else:
        found.addresses.append(NodeAddress(node, one.name, address, one.aliases, one.nic, one.network))
