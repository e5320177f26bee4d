"""`lsdef`: objects and their attributes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from xcatd.api import Channel, Ctx, UsageError, Where, command, opt
from xcatd.objects import ObjectType, check_attribute
from xcatd.objects.aliases import canonical
from xcatd.objects.kinds import LOGS
from xcatd.plugins.objects.describe import describe
from xcatd.plugins.objects.found import Found, find
from xcatd.plugins.objects.images import images_of
from xcatd.plugins.objects.layout import HEADLINE, Asked, Pairs, Write, compressed, long_form, short_line, stanza, xml
from xcatd.plugins.objects.templates import template_objects
from xcatd.plugins.objects.where import Condition, read_condition

_NONE_OF_THESE = "No object definitions have been found"
_NONE_AT_ALL = "Could not find any object definitions to display."
_BREATH = 200
"""JSON items between two moments at which others may run."""
_NICS = "nicips,nichostnamesuffixes,nichostnameprefixes,nictypes,niccustomscripts,nicnetworks,nicaliases,nicextraparams"


@dataclass(frozen=True, slots=True)
class _View:
    """How objects are written. `asked` None: all their attributes that have a value. `typed`: there are several types."""

    short: bool
    everything: bool
    asked: Mapping[str, Asked] | None
    compress: bool
    stanza: bool
    xml: bool
    verbose: bool
    osimage: bool
    typed: bool

    def writer(self, kind: str) -> Write:
        if self.stanza:
            return stanza(kind)
        if self.xml:
            return xml(kind)
        return compressed if self.compress else long_form(kind, typed=self.typed)


@command("lsdef", where=Where.ANYWHERE, lists=True, timeout=600)
async def lsdef(
    ctx: Ctx,
    names: tuple[str, ...],
    *,
    kind: Annotated[str, opt("-t", "--type", "types of objects (comma list); node if not given")] = "",
    objects: Annotated[str, opt("-o", "--object", "names of objects; a noderange for nodes")] = "",
    everything: Annotated[bool, opt("-a", "--all", "all objects, of all types unless -t names some")] = False,
    long: Annotated[bool, opt("-l", "--long", "with their attributes")] = False,
    short: Annotated[bool, opt("-s", "--short", "only their names and types")] = False,
    attributes: Annotated[tuple[str, ...], opt("-i", "only these attributes (comma list)")] = (),
    compress: Annotated[
        bool, opt("-c", "--compress", "with -i: a line for each attribute, name: attribute=value")
    ] = False,
    as_stanza: Annotated[bool, opt("-z", "--stanza", "as a stanza file, which mkdef -z and chdef -z read")] = False,
    as_xml: Annotated[bool, opt("-x", "--xml", "as XML")] = False,
    verbose: Annotated[bool, opt("-V", "--verbose", "say in which table and column each attribute is")] = False,
    where: Annotated[tuple[str, ...], opt("-w", "only objects with attribute==value; also != =~ !~")] = (),
    hidden: Annotated[bool, opt("-S", "hidden nodes too")] = False,
    nics: Annotated[bool, opt("--nics", "only the attributes of NICs")] = False,
    osimage: Annotated[bool, opt("--osimage", "for nodes, the attributes of their osimage too")] = False,
    template: Annotated[
        bool | str, opt("--template", "the templates that mkdef --template takes; the operand is a name")
    ] = False,
    explain: Annotated[
        bool, opt("-h", "--help", "-?", "with -t: the attributes of these types, or those of -i")
    ] = False,
    _cache: Annotated[
        bool, opt("-C", "--cache", "--nocache", "taken for old scripts; answers are always fresh")
    ] = False,
    _flags: Annotated[
        bool, opt("-f", "--force", "-m", "--minus", "-p", "--plus", "-d", "--dynamic", "-u", "taken for old scripts")
    ] = False,
    _new: Annotated[str, opt("-n", "taken for old scripts")] = "",
) -> None:
    """List objects, or with names, -l or -i their attributes.

    For nodes the names are a noderange, and the values are those that the nodes inherit.
    """
    asked = tuple(dict.fromkeys(one.strip() for words in attributes for one in words.split(",") if one.strip()))
    if explain:
        await describe(ctx, kind, asked)
        return
    _refuse_pairs({"-i": bool(asked), "-z": as_stanza, "-l": long, "-s": short, "--nics": nics, "--osimage": osimage})
    if compress and not asked:
        raise UsageError("The flags '-c' and '-i' must be used together.")
    wanted = ",".join(filter(None, (objects, *names, template if isinstance(template, str) else "")))
    if everything and wanted and not kind:
        raise UsageError("Cannot use '-a' with '-o', a noderange or file input.")
    kinds = _kinds(ctx, kind, every=everything and not kind)
    asked = tuple(_NICS.split(",")) if nics else asked
    found: list[Found] = []
    if template is not False:
        found = template_objects(ctx.world, kinds, wanted)
    else:
        conditions = [read_condition(text) for text in where]
        found = await _find(ctx, kinds, wanted, hidden=hidden)
        found = [await one.where(of_it) for one, of_it in _with_conditions(found, conditions)]
    view = _View(
        short=short or not (long or wanted or asked or as_stanza or as_xml),
        everything=everything,
        asked=await _checked(ctx, kinds, asked) if asked else None,
        compress=compress,
        stanza=as_stanza,
        xml=as_xml,
        verbose=verbose,
        osimage=osimage,
        typed=len(kinds) > 1,
    )
    await _show(
        ctx, view, [one for one in found if one.names], empty=_NONE_OF_THESE if wanted or where else _NONE_AT_ALL
    )


def _refuse_pairs(given: Mapping[str, bool]) -> None:
    """Options of which a caller may say only one."""
    for one, other in (("-i", "--osimage"), ("-z", "--osimage"), ("-l", "-s"), ("-i", "--nics"), ("-i", "-s")):
        if given[one] and given[other]:
            raise UsageError(f"The flags '{one}' and '{other}' cannot be used together.")


def _kinds(ctx: Ctx, text: str, *, every: bool) -> list[ObjectType]:
    """The types that the caller means. Logs only by name: they may be long."""
    types = ctx.world.types
    if every:
        return [kind for kind in types.values() if kind.name not in LOGS]
    names = list(dict.fromkeys(name.strip() for name in (text or "node").split(",")))
    for name in names:
        if name not in types:
            raise UsageError(f"\nType '{name}' is not a valid xCAT object type.")
    return [types[name] for name in names]


async def _find(ctx: Ctx, kinds: Sequence[ObjectType], wanted: str, *, hidden: bool) -> list[Found]:
    """The objects; names that no type has are reported."""
    found: list[Found] = []
    missing: list[list[str]] = []
    for kind in kinds:
        some, lacking = await find(ctx, kind, wanted, hidden=hidden)
        found.append(some)
        missing.append(lacking)
    for name in missing[0]:
        if all(name in lacking for lacking in missing):
            await ctx.fail(f"Could not find an object named '{name}' of type '{kinds[0].name}'.")
    if wanted and not missing[0] and not any(one.names for one in found) and kinds[0].name == "node":
        raise UsageError(f"No node in '{wanted}', check the noderange syntax.")
    return found


def _with_conditions(
    found: Sequence[Found], conditions: Sequence[Condition]
) -> Iterator[tuple[Found, Sequence[Condition]]]:
    """The objects of each type with the conditions, in today's names. A type without one of the attributes has no
    object that meets them; raises UsageError when there is no other type."""
    problems: list[UsageError] = []
    fitting: list[tuple[Found, Sequence[Condition]]] = []
    for one in found:
        kind = one.kind
        today = [Condition(canonical(kind.name, it.attribute), it.sign, it.operand) for it in conditions]
        try:
            for condition in today:
                check_attribute(kind.name, condition.attribute, {kind.name: kind})
        except UsageError as error:
            problems.append(error)
        else:
            fitting.append((one, today))
    if problems and not fitting:
        raise problems[0]
    return iter(fitting)


async def _checked(ctx: Ctx, kinds: Sequence[ObjectType], asked: Sequence[str]) -> Mapping[str, Asked]:
    """type -> the attributes asked for that it has; those that none has are reported for each."""
    good: dict[str, list[str]] = {kind.name: [] for kind in kinds}
    for attribute in asked:
        problems: list[str] = []
        for kind in kinds:
            name = canonical(kind.name, attribute)
            try:
                check_attribute(kind.name, name, {kind.name: kind})
            except UsageError as error:
                problems.append(str(error))
            else:
                good[kind.name].append(name)
        if len(problems) == len(kinds):
            for problem in problems:
                await ctx.fail(problem)
    return {kind: Asked.of(names) for kind, names in good.items()}


async def _show(ctx: Ctx, view: _View, found: Sequence[Found], empty: str) -> None:
    if ctx.wants_json:
        await _show_json(ctx, view, found)
        return
    if not found and not view.xml:
        await ctx.say(empty, channel=Channel.INFO)
        return
    extra = await images_of(ctx, found) if view.osimage else {}
    await ctx.lines(_document(view, found, extra), channel=Channel.INFO)


def _document(view: _View, found: Sequence[Found], extra: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    if view.stanza:
        yield HEADLINE
    if view.xml:
        yield "<xcatobjects>"
    for one in found:
        yield from _lines(view, one, extra if one.kind.name == "node" else {})
    if view.xml:
        yield "</xcatobjects>"


def _lines(view: _View, found: Found, extra: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    kind = found.kind.name
    if view.short and view.stanza:
        yield from (f"\n{name}:" for name in found.names)
    elif view.short and not view.xml:
        yield from map(short_line(kind, " " if view.everything else "  "), found.names)
    else:
        yield from _long_lines(view, found, extra)


def _long_lines(view: _View, found: Found, extra: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    asked = view.asked[found.kind.name] if view.asked is not None else None
    pairs, write = Pairs(found.world, found.kind, asked, view.verbose), view.writer(found.kind.name)
    only = None if view.verbose or asked is None else asked.names
    if view.short:
        only = ()
    for name, attributes in found.read(only, defaults=not (view.stanza or view.xml)):
        shown = pairs.of(name, attributes) if not view.short else []
        yield from write(name, [*shown, *sorted(extra[name].items())] if name in extra else shown)


async def _show_json(ctx: Ctx, view: _View, found: Sequence[Found]) -> None:
    for one in found:
        asked = view.asked[one.kind.name] if view.asked is not None else None
        only = () if view.short else None if asked is None else asked.given
        for number, (name, attributes) in enumerate(one.read(only)):
            await ctx.item(one.kind.name, name, attributes)
            if number % _BREATH == 0:
                await asyncio.sleep(0)
