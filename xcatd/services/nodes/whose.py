"""Which node has this address: by the tables first, then by the name that the resolver gives."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv6Address

from xcatd.errors import NotFound
from xcatd.objects import World, world_of
from xcatd.services.addresses import addresses_of
from xcatd.services.networks import Address, address_of, networks_of
from xcatd.store import Snapshot

KEEP = 60.0
"""Seconds for which the resolver's answer is believed, also that there is none: who asks again and again must not flood it."""
_PATIENCE = 2.0
"""Seconds that it gets for an answer."""
_AT_ONCE = 16
"""Addresses about which it is asked at once, in threads of their own: who comes from many must not hold up others' threads."""
_NAMES = 8
"""Names of an address that are looked at: who owns an address may give it as many as he likes."""
_MOST = 4096
"""Answers that are kept."""
_CHUNK = 500
"""Nodes that are looked at before others have their turn."""
_PAUSE = 10
"""For how many times the length of the last look at all nodes there is no other."""

_ADDRESSES = ("hosts", "nics")
_ALL = (*_ADDRESSES, "nodelist", "nodegroup")
"""Tables on which addresses depend. nodelist changes with every report: it counts for who is not found only."""

Resolve = Callable[[str], Sequence[str]]
"""The names of an address, the official one first; none: it has none. It may block."""


def names_of(address: str) -> Sequence[str]:
    """What the resolver of this host calls an address, as far as these names lead back to it: who owns an address says what it is
    called, but not where the name is."""
    try:
        name, aliases, _ = socket.gethostbyaddr(address)
    except OSError:
        return ()
    return [each for each in (name, *aliases)[:_NAMES] if leads_to(each, address)]


def leads_to(name: str, address: str) -> bool:
    """Whether the resolver of this host has the address for the name."""
    try:
        return any(place[0] == address for *_, place in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        return False


class Whose:
    """Finds nodes by their addresses. The index of all addresses is a hint: each hit is checked against the tables of now."""

    def __init__(self, snapshot: Callable[[], Snapshot], resolve: Resolve = names_of) -> None:
        self._snapshot = snapshot
        self._resolve = resolve
        self._index: Mapping[Address, frozenset[str]] = {}
        self._views: Mapping[str, object] = {}
        """The tables of which the index was made."""
        self._next = float("-inf")
        """When it may be made again."""
        self._turn = asyncio.Lock()
        self._names: dict[str, tuple[Sequence[str], float]] = {}
        self._threads = ThreadPoolExecutor(_AT_ONCE, "resolver")

    async def node(self, peer: str) -> str:
        """The node of a peer's address. Raises NotFound with a sentence: it is nobody's, or several nodes have it."""
        address = _plain(peer)
        await self._renewed(_ADDRESSES)
        found = self._having(address)
        if not found and await self._renewed(_ALL):
            found = self._having(address)
        if len(found) > 1:
            raise NotFound(f"{peer} is the address of {', '.join(sorted(found))}: correct tables hosts and nics")
        if found:
            return found[0]
        names = await self._called(str(address))
        for name in self._candidates(names):
            if world_of(self._snapshot()).has_node(name):
                return name
        called = f", which the resolver calls {names[0]}," if names else ""
        raise NotFound(
            f"{peer}{called} is no node's address: give it to the node (chdef NODE ip={peer}) or name it in DNS"
        )

    def _having(self, address: Address) -> Sequence[str]:
        """The nodes that have this address now, of those that the index names."""
        hinted = self._index.get(address, frozenset())
        world = world_of(self._snapshot())
        return [node for node in hinted if world.has_node(node) and address in _addresses(world, (node,))]

    async def _renewed(self, tables: Sequence[str]) -> bool:
        """Make the index anew if these tables are others; not too often, because strangers may ask too. Gives whether it is of
        these tables now."""
        if self._is_of(self._snapshot(), tables):
            return True
        async with self._turn:
            snapshot, loop = self._snapshot(), asyncio.get_running_loop()
            if self._is_of(snapshot, tables):
                return True  # somebody else has done it meanwhile
            begun = loop.time()
            if begun < self._next:
                return False
            await self._build(world_of(snapshot))
            self._views = {name: snapshot.table(name) for name in _ALL}
            self._next = loop.time() + _PAUSE * (loop.time() - begun)
            return True

    def _is_of(self, snapshot: Snapshot, tables: Sequence[str]) -> bool:
        return all(snapshot.table(name) is self._views.get(name) for name in tables)

    async def _build(self, world: World) -> None:
        index: dict[Address, frozenset[str]] = {}
        nodes = world.nodes()
        for start in range(0, len(nodes), _CHUNK):
            some = nodes[start : start + _CHUNK]
            for one in addresses_of(world, some).addresses:
                index[one.address] = index.get(one.address, frozenset()) | {one.node}
            await asyncio.sleep(0)
        self._index = index

    async def _called(self, address: str) -> Sequence[str]:
        known = self._names.get(address)
        if known is not None and known[1] > time.monotonic():
            return known[0]
        asked = self._threads.submit(self._resolve, address)
        try:
            async with asyncio.timeout(_PATIENCE):
                names = await asyncio.wrap_future(asked)
        except TimeoutError:
            names = ()
        if asked.cancelled():
            return names  # all threads were busy: it was never asked
        if len(self._names) >= _MOST:
            self._names.clear()
        self._names[address] = (names, time.monotonic() + KEEP)
        return names

    def _candidates(self, names: Sequence[str]) -> Iterator[str]:
        """What a node with these names may be called: as it is, or without a domain of the cluster. cn1 of another domain is
        somebody else."""
        ends = [f".{domain.strip('.')}".lower() for domain in networks_of(self._snapshot()).domains()]
        for name in names:
            yield name
            yield from (name[: -len(end)] for end in ends if name.lower().endswith(end))


def _addresses(world: World, nodes: Sequence[str]) -> frozenset[Address]:
    return frozenset(one.address for one in addresses_of(world, nodes).addresses)


def _plain(peer: str) -> Address:
    """The address without a scope; an IPv4 one that came in IPv6's clothes is itself. Raises NotFound for no address."""
    address = address_of(peer.partition("%")[0])
    if address is None:
        raise NotFound(f"{peer!r} is no address")
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
