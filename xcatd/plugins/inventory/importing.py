"""`xcat-inventory import`: everything is checked before anything is changed, and all of it is changed or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

from xcatd.api import Ctx, UsageError
from xcatd.plugins.inventory.choice import Choice
from xcatd.plugins.inventory.document import Document
from xcatd.plugins.inventory.plan import PASSES, plan
from xcatd.plugins.inventory.shapes import shapes_of
from xcatd.plugins.inventory.sides import BadFile, read_file
from xcatd.store import Exact

_LOOK = 0.2
"""Seconds between two looks at how far it is."""


@dataclass(slots=True)
class _Tally:
    """How many objects have been looked at."""

    done: int = 0

    def tick(self) -> None:
        self.done += 1


async def import_file(ctx: Ctx, choice: Choice, *, clean: bool) -> None:
    """Make the configuration what the file on standard input says. Raises BadFile."""
    text = await ctx.stdin()
    if not text.strip():
        raise UsageError("xcat-inventory import: the file is empty; give one with -f, or on standard input")
    document = choice.part(await read_file(text, shapes_of(ctx.world).types))
    covers = _covers(document) if clean else frozenset()
    problems: list[str] = []
    changes = await _planned(ctx, document, covers, problems.append)
    if problems:
        raise BadFile(problems)
    if not changes:
        await ctx.done("Nothing differs: nothing was changed.")
        return
    await ctx.write(*changes)
    await ctx.done(f"The file is imported: {_counted(changes)}.")


async def _planned(
    ctx: Ctx, document: Document, covers: Collection[str], complain: Callable[[str], None]
) -> list[Exact]:
    """The changes, worked out in a thread; a terminal sees how far it is."""
    tally, total = _Tally(), PASSES * sum(map(len, document.objects.values()))
    work = partial(plan, ctx.snapshot, document, covers, complain, tally.tick)
    running = asyncio.get_running_loop().run_in_executor(None, work)
    while not running.done():
        await asyncio.wait({running}, timeout=_LOOK)
        await ctx.progress(tally.done, total)
    return await running


def _covers(document: Document) -> frozenset[str]:
    """The types of which everything goes that the file does not have."""
    if document.header.chosen:
        raise UsageError(
            "xcat-inventory import -c: the file has only chosen objects, so that all others would be removed; leave out -c"
        )
    return document.sections if document.header.covers is None else document.header.covers


def _counted(changes: Sequence[Exact]) -> str:
    added = sum(change.before is None for change in changes)
    removed = sum(change.after is None for change in changes)
    return f"{added} rows added, {len(changes) - added - removed} changed, {removed} removed"
