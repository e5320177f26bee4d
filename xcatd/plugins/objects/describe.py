"""`lsdef -h`: how lsdef is called, and with -t what the attributes of a type mean."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from xcatd.api import Channel, Ctx, UsageError
from xcatd.objects import ObjectType
from xcatd.objects.aliases import canonical
from xcatd.objects.nics import split_name
from xcatd.store.schema import SITE_ATTRIBUTES, Table

_SITE = """
There is one object of this type, clustersite. Its attributes are the rows of the site table: any name will do, and
these mean something:
"""
_MONITORING = """
An object of this type may have any other attribute too: it is kept in table monsetting, for the monitoring plug-in."""


async def describe(ctx: Ctx, kinds: str, asked: Sequence[str]) -> None:
    """Say what the attributes of these types are (a comma list), or only those asked for; without types, the usage."""
    types = ctx.world.types
    if not kinds:
        await ctx.say("\n".join(_usage(ctx)), channel=Channel.INFO)
        return
    for name in kinds.split(","):
        if name not in types:
            raise UsageError(f"\nType '{name}' is not a valid xCAT object type.")
    for name in kinds.split(","):
        wanted = {split_name(canonical(name, one))[0] for one in asked}
        meanings = SITE_ATTRIBUTES if name == "site" else _meanings(types[name], ctx.snapshot.schema.tables)
        for one in sorted(wanted - meanings.keys()):
            await ctx.fail(f"'{one}' is not a valid attribute name for an object type of '{name}'.")
        await ctx.say("\n".join(_description(name, meanings, wanted)), channel=Channel.INFO)


def _meanings(kind: ObjectType, tables: Mapping[str, Table]) -> Mapping[str, str]:
    """attribute -> what the schema says about the first cell in which it is stored."""
    meanings: dict[str, str] = {}
    for entry in reversed(kind.attributes):
        columns = {column.name: column.description for column in tables[entry.table].columns}
        meanings[entry.name] = columns[entry.column]
    return meanings


def _description(kind: str, meanings: Mapping[str, str], wanted: Collection[str]) -> Iterator[str]:
    if kind == "site":
        yield _SITE
    elif not wanted:
        yield f"The valid attribute names for object type '{kind}' are:"
    if kind != "site":
        yield "Attribute          Description\n"
    shown = sorted(one for one in meanings if not wanted or one in wanted)
    yield "\n\n".join(f"{one}:{_tabs(one)}{meanings[one]}" for one in shown)
    if kind == "monitoring":
        yield _MONITORING


def _tabs(attribute: str) -> str:
    return "\t\t" if len(attribute) < 7 else "\t"


def _usage(ctx: Ctx) -> Iterator[str]:
    yield f"Usage: {ctx.command.name} [options] [noderange | names]{' [attribute=value ...]' * ctx.command.edits}"
    yield ""
    yield from ctx.command.help.splitlines()
    yield ""
    yield "Options:"
    for option in ctx.command.options:
        yield f"  {', '.join(option.flags):<24} {option.help}"
    if ctx.command.lists:
        yield f"  {'--json':<24} answer in JSON (docs/json.md)"
    if ctx.command.edits:
        yield f"  {'--dry-run':<24} say what would change, and change nothing"
    yield ""
    yield f"The types of objects are: {' '.join(ctx.world.types)}"
    yield f"{ctx.command.name} -h -t <type> says what attributes its objects have."
