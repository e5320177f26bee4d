"""From wishes to the database: worked out in portions, written at once, and reported in xCAT's words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from xcatd.api import Channel, Ctx, UsageError
from xcatd.objects.changes import Mode, Outcome, Writing
from xcatd.objects.regex import is_rule, problem_of
from xcatd.plugins.objects.asked import Asked, Wishes
from xcatd.plugins.objects.imagefiles import with_image_files
from xcatd.services.networks import networks_of, overlaps

FAILED = "One or more errors occured when attempting to create or modify xCAT object definitions."
_PLACE = frozenset(("net", "mask"))
"""Attributes that say where a network is."""
_PORTION = 1000
"""Objects that are worked on between two moments at which others may run."""


async def work_out(ctx: Ctx, wishes: Mapping[str, Wishes], mode: Mode = "set", *, replace: bool = False) -> Outcome:
    """Find out all that is to be written before anything is. Nodes come first, since groups may name them as members."""
    writing = Writing(ctx.world, mode, replace=replace)
    total = sum(map(len, wishes.values()))
    done = 0
    for kind in sorted(wishes, key=lambda kind: (kind == "group", kind != "node")):
        for start in range(0, len(wishes[kind]), _PORTION):
            portion = wishes[kind][start : start + _PORTION]
            writing.take(kind, portion)
            done += len(portion)
            await ctx.progress(done, total)
            await asyncio.sleep(0)
    return writing.outcome()


async def warn_of_overlaps(ctx: Ctx, wishes: Mapping[str, Wishes], outcome: Outcome) -> None:
    """Say which networks that were put somewhere have addresses in common with others there, as makenetworks does."""
    placed = {name for name, given in wishes.get("network", ()) if not _PLACE.isdisjoint(given)}
    written = placed.intersection(outcome.written.get("network", ()))
    if not written or ctx.dry_run:
        return
    every = [(one.name, one.network) for one in networks_of(ctx.host.store.snapshot).all]
    new, others = ([one for one in every if (one[0] in written) is is_new] for is_new in (True, False))
    await complain(ctx, (), overlaps(new, others))


def check_rules(wishes: Mapping[str, Wishes]) -> None:
    """Raises UsageError for a value of the shape |...|...| that cannot be read: it would count as unset for every node."""
    for kind in ("node", "group"):
        for attributes in _distinct(wishes.get(kind, ())):
            for attribute, text in attributes.items():
                problem = problem_of(text) if is_rule(text) else None
                if problem is not None:
                    raise UsageError(f"The value of '{attribute}' is a rule that cannot be read: {problem}")


def _distinct(wishes: Sequence[tuple[str, Mapping[str, str]]]) -> Iterable[Mapping[str, str]]:
    return {id(attributes): attributes for _, attributes in wishes}.values()


async def add_files(ctx: Ctx, asked: Asked, *, changing: bool) -> None:
    """Do what -u asks for. Raises UsageError for objects that are no images."""
    if set(asked.wishes) != {"osimage"}:
        raise UsageError("Option '-u' only work for objtype 'osimage'.")
    asked.wishes["osimage"] = await with_image_files(ctx, asked.wishes["osimage"], changing=changing)


async def complain(ctx: Ctx, errors: Iterable[str], warnings: Iterable[str] = ()) -> None:
    """Say what is wrong, and what looks wrong."""
    for warning in warnings:
        await ctx.warn(warning)
    for error in errors:
        await ctx.fail(error)


async def name_objects(ctx: Ctx, heading: str, names: Iterable[str]) -> None:
    """The lines of -V: a heading, and the names, sorted."""
    await ctx.lines([heading, *sorted(names)], channel=Channel.INFO)


async def name_updated(ctx: Ctx, wishes: Mapping[str, Wishes], outcome: Outcome) -> None:
    """Say for each object which attributes it got, and then its name, as xCAT's -V does."""
    for kind, names in outcome.written.items():
        given = dict(wishes[kind])
        await ctx.lines([f"{kind} {name}: {', '.join(given[name])}" for name in names], channel=Channel.INFO)
    names = [name for names in outcome.written.values() for name in names]
    await name_objects(ctx, "The database was updated for the following objects:", names)
