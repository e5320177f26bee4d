"""The DHCP server of this host, brought in line with the tables: what is wanted is worked out, compared, checked, put in place."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from xcatd.errors import ServiceError
from xcatd.objects import World
from xcatd.services.addresses import look_up
from xcatd.services.dhcp.document import Claims, Dialect, Document, Entry, carried, merged, without
from xcatd.services.dhcp.host import Host
from xcatd.services.dhcp.iscserver import IscServer
from xcatd.services.dhcp.keaserver import NOT_RUNNING, KeaServer
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
from xcatd.services.dhcp.subnets import Served, served, server_names
from xcatd.services.dhcp.system import KEA, Layout, backend
from xcatd.services.files import difference, locked, read_text


class Server(Protocol):
    """The server of this host, of either kind."""

    @property
    def layout(self) -> Layout: ...

    @property
    def dialect(self) -> Dialect: ...

    async def is_running(self) -> bool: ...

    async def put_in_place(self, document: Document, before: Document | None, *, keep_old: bool) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done. `fresh`: networks anew. `everything`: all nodes that have a MAC; with `delete`, all entries.
    `statements`: for ISC's server, for each of the nodes."""

    nodes: Sequence[str] = ()
    fresh: bool = False
    everything: bool = False
    delete: bool = False
    statements: str = ""


@dataclass(slots=True)
class Outcome:
    """What has come of it. `problems`: node ("" for none) and sentence. `diff` is what would change, where nothing was to be
    changed."""

    problems: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    changed: bool = False
    diff: Sequence[str] = ()


def server_of(root: Path, world: World) -> Server:
    """The server of this host, by site.dhcpbackend. Raises ServiceError when it is not installed."""
    kind = backend(world.snapshot.site("dhcpbackend"))
    layout = Layout(root, kind)
    return KeaServer(layout) if kind == KEA else IscServer(layout)


async def update(now: Callable[[], World], host: Host, server: Server, wish: Wish, *, dry_run: bool = False) -> Outcome:
    """Do it. `now` gives the tables when this run has the configuration for itself, so that of two runs the later one has the
    later tables. Raises ServiceError, with the old configuration in place and at work."""
    _refuse(server, wish)
    async with _alone(server.layout.lock):
        old, runs = await asyncio.to_thread(read_text, server.layout.conf), await server.is_running()
        if not runs and not wish.fresh and not dry_run:
            raise ServiceError(NOT_RUNNING)
        planner = await _planner(now(), host, server.dialect, wish)
        plan = await asyncio.to_thread(planner.plan, old)
        if dry_run:
            plan.outcome.diff = await asyncio.to_thread(difference, server.layout.conf, old, plan.text)
        elif plan.text != old or not runs:
            plan.outcome.warnings += await server.put_in_place(plan.after, plan.before, keep_old=wish.fresh)
            plan.outcome.changed = True
    return plan.outcome


async def entries_of(server: Server, nodes: Iterable[str]) -> Mapping[str, Sequence[Entry]]:
    """What the server keeps for nodes. Raises ServiceError when it does not run."""
    if not await server.is_running():
        raise ServiceError(NOT_RUNNING)
    text = await asyncio.to_thread(read_text, server.layout.conf)
    document = await asyncio.to_thread(server.dialect.parse, text)
    return {} if document is None else {node: document.entries.get(node, ()) for node in nodes}


def _refuse(server: Server, wish: Wish) -> None:
    if not wish.statements:
        return
    if server.layout.kind == KEA:
        raise ServiceError(
            "Statements (-s) are for ISC's DHCP server, and this host has Kea: set site.dhcpbackend to isc"
        )
    if any(sign in wish.statements for sign in "{}#\n"):
        raise ServiceError(
            "Statements (-s) may have no braces, no # and no line ends: they stand in the line of a host"
        )


def _macs(world: World, wish: Wish) -> Macs:
    """The nodes that are meant, with their MACs; none are needed of nodes that go."""
    if wish.delete:
        return dict.fromkeys(wish.nodes, "")
    if wish.nodes:
        return macs_of(world, wish.nodes)
    return macs_of_all(world) if wish.everything else {}


async def _planner(world: World, host: Host, dialect: Dialect, wish: Wish) -> _Planner:
    """What works the configuration out, once the resolver has been asked for what the tables do not say."""
    macs = await asyncio.to_thread(_macs, world, wish)
    here = {node: macs[node] for node in (macs if wish.delete else nodes_here(world, host, list(macs)))}
    names = await asyncio.to_thread(_names, world, here, wish)
    known = replace(host, resolved=await look_up(names))
    return _Planner(world, known, dialect, wish, here, [node for node in macs if node not in here])


def _names(world: World, macs: Macs, wish: Wish) -> Sequence[str]:
    """What the resolver must be asked for: nothing, as long as the tables have addresses."""
    names = set(server_names(world))
    if not wish.delete:
        names |= set(names_to_look_up(world, macs))
    return sorted(names)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The configuration as it is (None: not ours) and as it shall be, with its text."""

    before: Document | None
    after: Document
    text: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _Planner:
    """Works out a new configuration. Pure; it takes a while for many nodes. `elsewhere`: nodes that are meant, and are another
    server's."""

    world: World
    host: Host
    dialect: Dialect
    wish: Wish
    macs: Macs
    elsewhere: Sequence[str]

    def plan(self, old: str) -> _Plan:
        """Raises ServiceError for what makes a configuration impossible."""
        outcome, before = Outcome(), self.dialect.parse(old)
        what = served(self.world, self.host)
        if self.wish.fresh:
            document = self._fresh(what, before, outcome)
        elif before is None:
            raise ServiceError("There is no DHCP configuration of xCAT on this host: run makedhcp -n first")
        else:
            document = before
        if self.wish.delete:
            document = replace(document, entries={}) if self.wish.everything else without(document, self.macs)
        elif self.macs or self.elsewhere:
            document = self._with_nodes(what, document, outcome)
        return _Plan(before, document, self.dialect.text(document), outcome)

    def _fresh(self, what: Served, before: Document | None, outcome: Outcome) -> Document:
        if not what.subnets:
            raise ServiceError(
                "No interface of this host leads to a network of table networks: run makenetworks, or correct site.dhcpinterfaces"
            )
        outcome.problems += [("", text) for text in what.problems]
        outcome.warnings += what.warnings
        document = self.dialect.fresh(what)
        return document if before is None else carried(document, before, self.world.has_node)

    def _with_nodes(self, what: Served, document: Document, outcome: Outcome) -> Document:
        found = reservations_of(self.world, self.host, what.subnets, self.macs, self.wish.statements)
        good = [one for one in found.reservations if _has_place(one, document, found)]
        document = without(document, self.elsewhere)
        made = merged(document, list(self.macs), [self.dialect.entry(one, what) for one in good], self._claims(what))
        outcome.problems += [*found.problems, *made.problems]
        outcome.warnings += found.warnings
        return made.document

    def _claims(self, what: Served) -> Claims:
        def claims(node: str) -> Sequence[Reservation] | None:
            if not self.world.has_node(node):
                return None
            return reservations_of(self.world, self.host, what.subnets, macs_of(self.world, [node])).reservations

        return claims


def _has_place(one: Reservation, document: Document, found: Found) -> bool:
    """Whether the server knows the network of an address already."""
    if one.address is None or any(one.address in network for network in document.networks):
        return True
    sentence = f"The DHCP server does not know the network of {one.address} of node {one.node} yet: run makedhcp -n"
    found.problems.append((one.node, sentence))
    return False


@asynccontextmanager
async def _alone(path: Path) -> AsyncIterator[None]:
    """Hold the lock of the configuration."""
    with contextlib.ExitStack() as stack:
        await asyncio.to_thread(stack.enter_context, locked(path))
        yield
