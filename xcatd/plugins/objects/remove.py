"""`rmdef`: objects are removed, with their rows in all tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from xcatd.api import Channel, Completes, Ctx, UsageError, command, opt
from xcatd.objects import World, object_names
from xcatd.objects.changes import changes_to_remove
from xcatd.objects.kinds import LOGS
from xcatd.plugins.objects.apply import name_objects
from xcatd.plugins.objects.describe import describe
from xcatd.plugins.objects.words import names_in, new_ones
from xcatd.store import Change

_NONE = "No objects have been removed from the xCAT database."


@command("rmdef", edits=True, timeout=600, completes={"words": Completes.DEFINITION})
async def rmdef(
    ctx: Ctx,
    words: tuple[str, ...],
    *,
    kind: Annotated[str, opt("-t", "--type", "the type of the objects; node if not given")] = "",
    objects: Annotated[str, opt("-o", "--object", "names of objects; a noderange for nodes")] = "",
    everything: Annotated[bool, opt("-a", "--all", "all objects of all types, the site too; needs -f")] = False,
    force: Annotated[bool, opt("-f", "--force", "with -a: yes, all of them")] = False,
    cleanup: Annotated[
        bool, opt("-C", "--cleanup", "also take nodes out of what was prepared for them to boot")
    ] = False,
    verbose: Annotated[bool, opt("-V", "--verbose", "name the objects that are removed")] = False,
    explain: Annotated[bool, opt("-h", "--help", "-?", "with -t: the attributes of this type")] = False,
    _old: Annotated[bool, opt("-S", "--nocache", "taken for old scripts")] = False,
) -> None:
    """Remove objects: rmdef [-t type] name

    For nodes the name is a noderange. Removing a group takes it out of its members' groups; they stay.
    """
    if explain:
        await describe(ctx, kind, ())
        return
    names = _names(words, objects)
    if everything:
        if kind:
            raise UsageError("The flags '-a' and '-t' cannot be used together.")
        if names:
            raise UsageError("Cannot use '-a' with '-o', a noderange or file input.")
        if not force:
            raise UsageError("You must use the '-f' option when using the '-a' option.")
        wanted = {one: object_names(ctx.world, one) for one in ctx.world.types if one not in LOGS}
    else:
        kind = _first_type(ctx, kind)
        wanted = {kind: await _existing(ctx, kind, names_in(ctx.world, kind, names))}
    await _remove(ctx, wanted, verbose=verbose)
    for warning in _left_behind(ctx.world, wanted.get("node", ())):
        await ctx.warn(warning)
    if cleanup and wanted.get("node"):
        await ctx.warn("This daemon prepares no boot files and no consoles yet, so there was nothing to clean up.")


def _names(words: Sequence[str], objects: str) -> str:
    if len(words) > 1:
        raise UsageError(
            f"noderange can not contain spaces: {' '.join(words)!r} are several words, write them with commas"
        )
    return ",".join(filter(None, (objects, *words)))


def _first_type(ctx: Ctx, kind: str) -> str:
    """The type whose objects are named. Every type that is typed must exist; as in xCAT, the first one counts."""
    kinds = [one.strip() for one in (kind or "node").split(",")]
    for one in kinds:
        if one not in ctx.world.types:
            raise UsageError(f"\nType '{one}' is not a valid xCAT object type.")
    return kinds[0]


async def _existing(ctx: Ctx, kind: str, names: Sequence[str]) -> list[str]:
    """Those of the names that are objects; the others are reported."""
    if kind in LOGS:
        there = {row["recid"] for row in await ctx.host.store.scan(kind)}
    else:
        there = set(names) - new_ones(ctx.world, kind, names)
    for name in names if len(there) < len(names) or kind in LOGS else ():
        if name not in there:
            await ctx.fail(f"Could not find an object named '{name}' of type '{kind}'.")
    return [name for name in names if name in there]


def _left_behind(world: World, nodes: Sequence[str]) -> Iterator[str]:
    """A sentence for each frame or server of POWER systems that goes, while what is in it stays."""
    rows = world.snapshot.table("ppc").rows
    for node in nodes if len(rows) else ():
        kind = world.value(node, "ppc", "nodetype")
        inside = [row["node"] for row in rows if row["parent"] == node] if kind in ("cec", "frame") else ()
        if inside:
            yield (
                f"You have removed a {kind} node, please remove these nodes belongs to it manually:"
                f" {','.join(inside)} ."
            )


async def _remove(ctx: Ctx, wanted: dict[str, list[str]], *, verbose: bool) -> None:
    changes: list[Change] = []
    # Groups go before nodes: their members' rows are changed, and must not come back.
    for kind in sorted(wanted, key="group".__ne__):
        changes += changes_to_remove(ctx.world, kind, wanted[kind])
    if changes:
        await ctx.write(*changes)
    names = [name for names in wanted.values() for name in names]
    if not names:
        await ctx.say(_NONE, channel=Channel.INFO)
    elif not verbose:
        await ctx.done(f"{len(names)} object definitions have been removed.")
    elif not ctx.dry_run:
        await name_objects(ctx, "The following objects were removed:", names)
