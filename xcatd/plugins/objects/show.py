"""`lsdef`: objects and their attributes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from xcatd.api import Channel, Ctx, UsageError, command, opt
from xcatd.objects import World
from xcatd.plugins.objects.kinds import all_objects, cell_of, check_kind, check_name, named_objects, read
from xcatd.plugins.objects.stanza import HEADLINE, write_stanza
from xcatd.plugins.objects.where import Condition, read_condition, select

_BREATH = 10
"""Objects that are read between two moments at which others may run."""
_NONE_OF_THESE = "No object definitions have been found"
_NONE_AT_ALL = "Could not find any object definitions to display."


@dataclass(frozen=True, slots=True)
class _View:
    """How an object is written. `only` None: all its attributes that have a value."""

    short: bool
    blanks: str
    only: tuple[str, ...] | None
    compress: bool
    stanza: bool
    cells: bool


@command("lsdef", timeout=600)
async def lsdef(
    ctx: Ctx,
    names: tuple[str, ...],
    *,
    kind: Annotated[str, opt("-t", "--type", "the type of the objects; node if not given")] = "",
    objects: Annotated[str, opt("-o", "--object", "names of objects; a noderange for nodes")] = "",
    everything: Annotated[bool, opt("-a", "--all", "all objects of the type")] = False,
    long: Annotated[bool, opt("-l", "--long", "with their attributes")] = False,
    short: Annotated[bool, opt("-s", "--short", "only their names and types")] = False,
    attributes: Annotated[tuple[str, ...], opt("-i", "only these attributes (comma list)")] = (),
    compress: Annotated[bool, opt("-c", "--compress", "a line for each attribute: name: attribute=value")] = False,
    stanza: Annotated[bool, opt("-z", "--stanza", "as a stanza file, which chdef -z reads")] = False,
    verbose: Annotated[bool, opt("-V", "--verbose", "say in which table and column each attribute is")] = False,
    where: Annotated[tuple[str, ...], opt("-w", "only objects with attribute==value; also != =~ !~")] = (),
    hidden: Annotated[bool, opt("-S", "hidden nodes too")] = False,
    _cache: Annotated[
        bool, opt("-C", "--cache", "--nocache", "taken for old scripts; answers are always fresh")
    ] = False,
    nics: Annotated[bool, opt("--nics", "not supported yet")] = False,
    osimage: Annotated[bool, opt("--osimage", "not supported yet")] = False,
    template: Annotated[bool, opt("--template", "not supported yet")] = False,
) -> None:
    """List objects, or with names, -l or -i their attributes.

    For nodes the names are a noderange, and the values are those that the nodes inherit.
    """
    if everything and not kind:
        raise UsageError("lsdef -a for all types is not supported yet: name the types with -t")
    _refuse({"--nics": nics, "--osimage": osimage, "--template": template})
    kinds = [check_kind(one.strip()) for one in (kind or "node").split(",")]
    wanted = ",".join(filter(None, (objects, *names)))
    conditions = [read_condition(text) for text in where]
    asked = tuple(dict.fromkeys(one.strip() for words in attributes for one in words.split(",") if one.strip()))
    found: list[tuple[str, str]] = []
    for one in kinds:
        found += await _found(ctx, one, wanted, conditions, hidden=hidden)
    details = long or bool(wanted or asked or compress or stanza)
    view = _View(
        short=short or not details,
        blanks=" " if everything else "  ",
        only=await _checked(ctx, kinds, asked) if asked else None,
        compress=compress,
        stanza=stanza,
        cells=verbose,
    )
    await _show(ctx, view, found, empty=_NONE_OF_THESE if wanted else _NONE_AT_ALL)


def _refuse(options: dict[str, bool]) -> None:
    for option, given in options.items():
        if given:
            raise UsageError(f"lsdef {option} is not supported yet")


async def _found(
    ctx: Ctx, kind: str, wanted: str, conditions: Sequence[Condition], *, hidden: bool
) -> list[tuple[str, str]]:
    """(type, name) of the objects to show; those that do not exist are reported."""
    for condition in conditions:
        check_name(kind, condition.attribute)
    if wanted:
        names, missing = named_objects(ctx.world, kind, wanted)
        for name in missing:
            await ctx.fail(f"Could not find an object named '{name}' of type '{kind}'.")
    else:
        names = all_objects(ctx.world, kind)
        if kind == "node" and not hidden:
            names = _unhidden(ctx, names)
    return [(kind, name) for name in select(ctx.world, kind, names, conditions)]


def _unhidden(ctx: Ctx, names: list[str]) -> list[str]:
    rows = ctx.snapshot.table("nodelist").rows
    hidden = {row["node"] for row in rows if row["hidden"] == "1"}
    return [name for name in names if name not in hidden] if hidden else names


async def _checked(ctx: Ctx, kinds: Sequence[str], asked: Sequence[str]) -> tuple[str, ...]:
    """The attributes that exist, sorted; the others are reported."""
    good = []
    for attribute in sorted(asked):
        try:
            for kind in kinds:
                check_name(kind, attribute)
        except UsageError as error:
            await ctx.fail(str(error))
        else:
            good.append(attribute)
    return tuple(good)


async def _show(ctx: Ctx, view: _View, found: Sequence[tuple[str, str]], empty: str) -> None:
    if not found:
        await ctx.say(empty, channel=Channel.INFO)
    elif view.stanza:
        await ctx.say(HEADLINE, channel=Channel.INFO)
    for number, (kind, name) in enumerate(found):
        for line in _lines(ctx.world, view, kind, name):
            await ctx.say(line, channel=Channel.INFO)
        if number % _BREATH == 0:
            await asyncio.sleep(0)


def _lines(world: World, view: _View, kind: str, name: str) -> Iterator[str]:
    if view.short:
        yield f"{name}{view.blanks}({kind})"
        return
    values = read(world, kind, name, view.only)
    pairs = [(one, values.get(one, "")) for one in (sorted(values) if view.only is None else view.only)]
    if view.compress:
        yield from (f"{name}: {attribute}={value}" for attribute, value in pairs)
        return
    lines = [f"    {attribute}={value}" for attribute, value in pairs]
    if view.cells:
        every = values if view.only is None else read(world, kind, name)
        lines = [f"{line}\t{cell_of(kind, pair[0], every)}" for line, pair in zip(lines, pairs, strict=True)]
    if view.stanza:
        yield from write_stanza(name, kind, lines)
    else:
        yield f"Object name: {name}"
        yield from lines
