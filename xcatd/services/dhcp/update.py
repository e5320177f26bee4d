"""The DHCP servers of this host, one for each version of IP, brought in line with the tables: what is wanted is worked out,
compared, checked and put in place, for both in one run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from xcatd.errors import ServiceError
from xcatd.objects import World
from xcatd.services.dhcp.document import Change, Dialect, Entry
from xcatd.services.dhcp.host import Host
from xcatd.services.dhcp.iscserver import IscServer
from xcatd.services.dhcp.keacontrol import NOT_RUNNING
from xcatd.services.dhcp.keaserver import KeaServer
from xcatd.services.dhcp.memory import Kept, Memory
from xcatd.services.dhcp.plan import NO_NETWORK, Plan, Wish, planned
from xcatd.services.dhcp.subnets import Served, served
from xcatd.services.dhcp.system import KEA, PACKAGES, PROGRAMS, VERSIONS, Layout, backend
from xcatd.services.files import difference, my_turn
from xcatd.services.managers import Manager
from xcatd.services.ports import taken
from xcatd.services.programs import comes_true, find_program

_T = TypeVar("_T")
__all__ = ["Outcome", "Servers", "Wish", "entries_of", "server_of", "update"]
_HEARS_WITHIN = 3.0
"""Seconds in which a server that has been started or told opens its port."""
_NOT_SERVED = "The IPv6 networks of this host are not served yet: run makedhcp -n"
_V6_NOT_RUNNING = "The DHCPv6 server is not running, and nothing has changed for IPv6: run makedhcp -n to start it"


class Server(Protocol):
    """A server of either kind, for one version of IP."""

    @property
    def layout(self) -> Layout: ...

    @property
    def dialect(self) -> Dialect: ...

    async def is_running(self) -> bool: ...

    async def hears(self) -> bool:
        """Whether a server that runs and has networks can be reached by machines."""
        ...

    async def enable(self) -> None: ...

    async def look_at(self, change: Change) -> None: ...

    async def put_in_place(self, change: Change, *, anew: bool = False) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers of this host, for IPv4 and then for IPv6, both of one kind. `memory` has what is known of their files."""

    all: tuple[Server, Server]
    memory: Memory

    @property
    def kind(self) -> str:
        return self.all[0].layout.kind


@dataclass(slots=True)
class Outcome:
    """What has come of it. `problems`: node ("" for none) and sentence. `diff` is what would change, where nothing was to be
    changed."""

    problems: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    changed: bool = False
    diff: list[str] = field(default_factory=list)


def server_of(root: Path, world: World, manager: Manager, memory: Memory | None = None) -> Servers:
    """The servers of this host, by site.dhcpbackend. `memory`: of a daemon that remembers their files. Raises ServiceError when
    none is installed."""
    kind = backend(world.snapshot.site("dhcpbackend"))
    make = KeaServer if kind == KEA else IscServer
    four, six = (make(Layout(root, kind, version), manager) for version in VERSIONS)
    return Servers((four, six), memory or Memory())


async def update(
    now: Callable[[], World], host: Host, servers: Servers, wish: Wish, *, dry_run: bool = False
) -> Outcome:
    """Do it. `now` gives the tables when this run has the configuration for itself, so that of two runs the later one has the
    later tables. Where nothing differs and the servers run nothing is done.

    Raises ServiceError, with the old configuration in place and at work; for both versions, unless the sentence says otherwise.
    """
    _refuse(servers, wish)
    async with my_turn(servers.all[0].layout.lock):
        world, outcome = now(), Outcome()
        found = await _parts(world, host, servers, wish, outcome)
        parts = [one for one in found if _can(one, wish, outcome, dry_run=dry_run)]
        plans = [await planned(world, host, one.server.dialect, wish, one.what, one.now) for one in parts]
        _report(plans, outcome)
        if dry_run:
            for part, plan in zip(parts, plans, strict=True):
                change = plan.change
                outcome.diff += await asyncio.to_thread(difference, part.server.layout.conf, change.old, change.text)
                if not part.runs and change.after.networks:
                    outcome.diff.append(f"{part.server.layout.program.name} is started")
        else:
            await _carry_out(servers.memory, parts, [plan.change for plan in plans], outcome)
            if wish.fresh:
                await _enable(parts)
    return outcome


async def entries_of(servers: Servers, nodes: Iterable[str]) -> Mapping[str, Sequence[Entry]]:
    """What the servers keep for nodes. Raises ServiceError when one that has something to serve does not run."""
    kept = [await asyncio.to_thread(servers.memory.read, one.layout.conf, one.dialect) for one in servers.all]
    documents = [one.document for one in kept]
    for server, document in zip(servers.all, documents, strict=True):
        serves = document is not None and bool(document.networks)
        if (serves or not any(documents)) and not await server.is_running():
            raise ServiceError(NOT_RUNNING)
    there = [one for one in documents if one is not None]
    return {node: [entry for one in there for entry in one.entries.get(node, ())] for node in nodes}


@dataclass(slots=True)
class _Part:
    """One server, what it has, and what the tables say that it serves."""

    server: Server
    now: Kept
    what: Served
    runs: bool
    hears: bool

    @property
    def serves(self) -> bool:
        """Now, or as the tables say."""
        document = self.now.document
        return bool(self.what.subnets) or (document is not None and bool(document.networks))

    @property
    def is_deaf(self) -> bool:
        """It runs with networks, and no machine can reach it."""
        document = self.now.document
        return self.runs and not self.hears and document is not None and bool(document.networks)

    @property
    def is_v6(self) -> bool:
        return self.server.layout.version == 6


def _refuse(servers: Servers, wish: Wish) -> None:
    if not wish.statements:
        return
    if servers.kind == KEA:
        raise ServiceError(
            "Statements (-s) are for ISC's DHCP server, and this host has Kea: set site.dhcpbackend to isc"
        )
    if any(sign in wish.statements for sign in "{}#\n"):
        raise ServiceError(
            "Statements (-s) may have no braces, no # and no line ends: they stand in the line of a host"
        )


async def _parts(world: World, host: Host, servers: Servers, wish: Wish, outcome: Outcome) -> Sequence[_Part]:
    """The servers that this run is about. That for IPv6 is left out where there is nothing for it, and so is that for IPv4 where
    there is only something for the other."""
    four, six = [await _part(world, host, one, servers.memory) for one in servers.all]
    chosen = [one for one in (four, six) if one.serves or one.now.document is not None] if six.serves else [four]
    if wish.fresh and not any(one.what.subnets for one in chosen):
        raise ServiceError(next((text for one in chosen for text in one.what.problems), NO_NETWORK))
    kind = servers.kind
    if six in chosen and not six.runs and find_program(PROGRAMS[kind, 6]) is None:
        chosen.remove(six)
        outcome.warnings.append(
            f"No DHCPv6 server is installed ({PROGRAMS[kind, 6]}), and IPv6 networks are not served: "
            f"install the package {PACKAGES[kind, 6]}"
        )
    return chosen


async def _part(world: World, host: Host, server: Server, memory: Memory) -> _Part:
    now = await asyncio.to_thread(memory.read, server.layout.conf, server.dialect)
    what = served(world, host, server.layout.version)
    runs = await server.is_running()
    return _Part(server, now, what, runs, runs and await server.hears())


def _can(part: _Part, wish: Wish, outcome: Outcome, *, dry_run: bool) -> bool:
    """Whether its server can be told of nodes; only a new configuration starts one. What is wrong with that for IPv6 does not
    hold up IPv4."""
    if wish.fresh:
        return True
    if part.is_v6 and part.now.document is None:
        outcome.warnings += [_NOT_SERVED] if not wish.delete else []
        return False
    if part.runs or dry_run:
        return True
    if not part.is_v6:
        raise ServiceError(NOT_RUNNING)
    outcome.problems.append(("", _V6_NOT_RUNNING))
    return False


def _report(plans: Sequence[Plan], outcome: Outcome) -> None:
    """What concerns both versions is said once, and of a name without an address only what both say."""
    unresolved = [
        text for plan in plans[:1] for text in plan.unresolved if all(text in one.unresolved for one in plans)
    ]
    outcome.problems = _once(outcome.problems, *(plan.problems for plan in plans))
    outcome.warnings = _once(outcome.warnings, *(plan.warnings for plan in plans), unresolved)


def _once(*lists: Sequence[_T]) -> list[_T]:
    return list(dict.fromkeys(one for some in lists for one in some))


async def _carry_out(memory: Memory, parts: Sequence[_Part], changes: Sequence[Change], outcome: Outcome) -> None:
    """All are looked at before the first one is changed."""
    todo = list(_differing(parts, changes))
    for part, change in todo:
        await part.server.look_at(change)
    for place, (part, change) in enumerate(todo):
        try:
            outcome.warnings += await part.server.put_in_place(change, anew=part.is_deaf)
            if change.after.networks:
                await _must_hear(part.server)
        except ServiceError as error:
            if place:
                raise ServiceError(f"{error} (IPv6; the server for IPv4 has its new configuration)") from error
            raise
        await asyncio.to_thread(memory.note, part.server.layout.conf, change.text, change.after)
        outcome.changed = True


def _differing(parts: Sequence[_Part], changes: Sequence[Change]) -> Iterator[tuple[_Part, Change]]:
    for part, change in zip(parts, changes, strict=True):
        if change.text != change.old or (not part.hears and change.after.networks):
            yield part, change


async def _must_hear(server: Server) -> None:
    """Raises ServiceError: it runs and no machine can reach it."""
    if await comes_true(server.hears, _HEARS_WITHIN):
        return
    port = server.layout.port
    found = await asyncio.to_thread(taken, port)
    why = (
        f"{port} is bound at none of its interfaces: see that they are up and have addresses"
        if found is None
        else found
    )
    raise ServiceError(f"{server.layout.program.name} has its new configuration and hears no machine: {why}")


async def _enable(parts: Sequence[_Part]) -> None:
    for part in parts:
        if part.what.subnets:
            await part.server.enable()
