"""What a server's configuration shall be: worked out from the tables and from what it is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from xcatd.errors import ServiceError
from xcatd.objects import World
from xcatd.services.addresses import look_up
from xcatd.services.dhcp.document import Change, Claims, Dialect, Document, carried, merged, without
from xcatd.services.dhcp.host import Host
from xcatd.services.dhcp.memory import Kept
from xcatd.services.dhcp.reservations import (
    Found,
    Macs,
    Reservation,
    macs_of,
    macs_of_all,
    names_to_look_up,
    reservations_of,
)
from xcatd.services.dhcp.roles import nodes_here
from xcatd.services.dhcp.subnets import Served, server_names

NO_NETWORK = (
    "No interface of this host leads to a network of table networks: run makenetworks, or correct site.dhcpinterfaces"
)
NOT_OURS = "There is no DHCP configuration of xCAT on this host: run makedhcp -n first"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done. `fresh`: networks anew. `everything`: all nodes that have a MAC; with `delete`, all entries; with
    `fresh`, and no others. `statements`: for ISC's server, for each of the nodes. `by_itself`: nobody has typed it; then an old
    file stays as a backup only when it is none of ours, and the next run does not take its place."""

    nodes: Sequence[str] = ()
    fresh: bool = False
    everything: bool = False
    delete: bool = False
    statements: str = ""
    by_itself: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """`problems`: node ("" for none) and sentence. `unresolved`: see `Found`."""

    change: Change
    problems: Sequence[tuple[str, str]]
    warnings: Sequence[str]
    unresolved: Sequence[str]


async def planned(world: World, host: Host, dialect: Dialect, wish: Wish, what: Served, now: Kept) -> Plan:
    """The plan for one server, that has `now`. Raises ServiceError for what makes a configuration impossible."""
    macs = await asyncio.to_thread(_macs, world, wish)
    here = {node: macs[node] for node in (macs if wish.delete else nodes_here(world, host, list(macs)))}
    names = await asyncio.to_thread(_names, world, here, wish)
    known = replace(host, resolved=await look_up(names, what.version))
    planner = _Planner(world, known, dialect, wish, what, here, [node for node in macs if node not in here])
    return await asyncio.to_thread(planner.plan, now)


def _macs(world: World, wish: Wish) -> Macs:
    """The nodes that are meant, with their MACs; none are needed of nodes that go."""
    if wish.delete:
        return dict.fromkeys(wish.nodes, "")
    if wish.nodes:
        return macs_of(world, wish.nodes)
    return macs_of_all(world) if wish.everything else {}


def _names(world: World, macs: Macs, wish: Wish) -> Sequence[str]:
    """What the resolver must be asked for: nothing, as long as the tables have addresses."""
    names = set(server_names(world))
    if not wish.delete:
        names |= set(names_to_look_up(world, macs))
    return sorted(names)


@dataclass(slots=True)
class _Planner:
    """It takes a while for many nodes. `elsewhere`: nodes that are meant, and are another server's."""

    world: World
    host: Host
    dialect: Dialect
    wish: Wish
    what: Served
    macs: Macs
    elsewhere: Sequence[str]
    _problems: list[tuple[str, str]] = field(default_factory=list)
    _warnings: list[str] = field(default_factory=list)
    _unresolved: Sequence[str] = ()

    def plan(self, now: Kept) -> Plan:
        before, wish = now.document, self.wish
        if wish.fresh:
            document = self._fresh(before)
        elif before is None:
            raise ServiceError(NOT_OURS)
        else:
            document = before
        if wish.delete:
            document = replace(document, entries={}) if wish.everything else without(document, self.macs)
        elif self.macs or self.elsewhere:
            document = self._with_nodes(document)
        text = now.text if document == before else self.dialect.text(document)
        change = Change(before, document, now.text, text, wish.fresh and (before is None or not wish.by_itself))
        return Plan(change, self._problems, self._warnings, self._unresolved)

    def _fresh(self, before: Document | None) -> Document:
        self._problems += [("", text) for text in self.what.problems]
        self._warnings += self.what.warnings
        document = self.dialect.fresh(self.what)
        if before is None or self.wish.everything:
            return document
        return carried(document, before, self.world.has_node)

    def _with_nodes(self, document: Document) -> Document:
        found = reservations_of(self.world, self.host, self.what, self.macs, self.wish.statements)
        good = [one for one in found.reservations if _has_place(one, document, found)]
        document = without(document, self.elsewhere)
        made = merged(document, list(self.macs), [self.dialect.entry(one, self.what) for one in good], self._claims)
        self._problems += [*found.problems, *made.problems]
        self._warnings += found.warnings
        self._unresolved = found.unresolved
        return made.document

    @property
    def _claims(self) -> Claims:
        def claims(node: str) -> Sequence[Reservation] | None:
            if not self.world.has_node(node):
                return None
            return reservations_of(self.world, self.host, self.what, macs_of(self.world, [node])).reservations

        return claims


def _has_place(one: Reservation, document: Document, found: Found) -> bool:
    """Whether the server knows the network of an address already."""
    if one.address is None or any(one.address in network for network in document.networks):
        return True
    sentence = f"The DHCP server does not know the network of {one.address} of node {one.node} yet: run makedhcp -n"
    found.problems.append((one.node, sentence))
    return False
