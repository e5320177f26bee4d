"""The name server of a management node, kept as the tables want it: it runs with what `makedns` made, and gets what differs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from xcatd.errors import ServiceError
from xcatd.objects import World
from xcatd.services.concerned import names_in, nodes_called
from xcatd.services.dns.bind import MARK
from xcatd.services.dns.changes import Change
from xcatd.services.dns.control import Named
from xcatd.services.dns.installation import Installation
from xcatd.services.dns.key import key_of
from xcatd.services.dns.layout import LOCK, Layout, layout_of
from xcatd.services.dns.local import Local
from xcatd.services.dns.source import Source, read_setup, source_of
from xcatd.services.files import difference, my_turn, read_text
from xcatd.services.place import Place
from xcatd.services.service import Outcome, Work
from xcatd.store.news import News

_OF_NODES = ("hosts", "nics", "nodelist")
"""Tables in which a row concerns a node, or the nodes of a group."""
_OF_ALL = ("networks", "site")
"""Tables in which a row may concern any name."""
_COLUMNS = (("hosts", "ip"), ("hosts", "otherinterfaces"), ("nics", "nicips"))
"""Where a node may have an address."""
_SHOWN = 5
"""Sentences about what is left out: `makedns` has them all."""


async def keep_primary(place: Place, work: Work) -> Outcome:
    """Have named run, with the zones and options that the tables want, and with the names of nodes whose rows have changed; of all
    nodes with an address where anything may have. A name that nobody wants any more stays: `makedns -d` takes it out.

    Raises ServiceError, with the old files in place and in use.
    """
    layout = layout_of(place.root, place.snapshot)
    async with my_turn(place.root / LOCK):
        local = await asyncio.to_thread(_local, place, layout, work)
        source, plan, made = await _planned(place, local, work.news)
        runs = await local.named.is_running()
        lines = [*_lines(layout, plan, runs=runs), *(line for change in made or () for line in change.lines())]
        if not work.dry_run:
            await local.bring_up(plan)
            made = await local.changes(source) if made is None else made
            await local.send(made)
    return Outcome(bool(lines or made), lines, _warnings(source))


def concerned(world: World, news: News | None) -> Sequence[str] | None:
    """The nodes that are there and whose names may have changed with the tables; None: any of them."""
    if news is None or not news.keys().isdisjoint(_OF_ALL):
        return None
    names = names_in(news, _OF_NODES)
    if names is None:
        return None
    return list(dict.fromkeys(node for name in names for node in nodes_called(world, name) or ()))


def addressed(world: World, nodes: Sequence[str]) -> Sequence[str]:
    """Those of some nodes that have an address in the tables: nobody waits for a resolver here."""
    columns = zip(*(world.column(nodes, table, column) for table, column in _COLUMNS), strict=True)
    return [node for node, cells in zip(nodes, columns, strict=True) if any(cells)]


def _local(place: Place, layout: Layout, work: Work) -> Local:
    """Blocks. Raises ServiceError when `makedns` has not made anything here."""
    if place.site("externaldns") not in ("", "0"):
        raise ServiceError(
            "site.externaldns is set, so this host has no name server of its own: unset it, or servicenode.nameserver of this host"
        )
    key = key_of(place.snapshot)
    if key is None or not read_text(layout.conf).startswith(MARK):
        raise ServiceError(f"{layout.conf} is not made by makedns: run `makedns -n` first")
    return Local(layout, key, Named(layout, work.manager))


async def _planned(
    place: Place, local: Local, news: News | None
) -> tuple[Source, Installation, Sequence[Change] | None]:
    nodes = concerned(place.world, news)
    source = await _source(place, nodes)
    plan, made = await local.plan(source, anew=False)
    if nodes is not None and plan.files:  # a zone that is made has all names in it
        source = await _source(place, None)
        plan, made = await local.plan(source, anew=False)
    return source, plan, made


async def _source(place: Place, nodes: Sequence[str] | None) -> Source:
    setup = await read_setup(place.world, place.name, place.interfaces)

    def source() -> Source:
        chosen = addressed(place.world, place.world.nodes() if nodes is None else nodes)
        return source_of(place.world, setup, place.interfaces, chosen, {})

    return await asyncio.to_thread(source)


def _lines(layout: Layout, plan: Installation, *, runs: bool) -> Sequence[str]:
    """What is done beside names, for people."""
    lines = [*difference(layout.conf, plan.old, plan.new)]
    if plan.new_key:
        lines.append(f"nameserver: {layout.key} gets the key of table passwd")
    if not runs:
        lines.append("nameserver: named is started")
    elif plan:
        lines.append("nameserver: named is reloaded")
    return lines


def _warnings(source: Source) -> Sequence[str]:
    every = [*source.troubles, *source.entries.ignored, *source.wanted.remarks]
    more = len(every) - _SHOWN
    return every if more <= 0 else [*every[:_SHOWN], f"and {more} more: `makedns all` tells all of them"]
