"""`xcat-inventory import`: everything is checked before anything is changed, and all of it is changed or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from xcatd.api import Ctx, UsageError
from xcatd.plugins.inventory.choice import Choice
from xcatd.plugins.inventory.document import Document
from xcatd.plugins.inventory.plan import plan
from xcatd.plugins.inventory.shapes import shapes_of
from xcatd.plugins.inventory.sides import BadFile, read_file
from xcatd.store import Exact


async def import_file(ctx: Ctx, choice: Choice, *, clean: bool) -> None:
    """Make the configuration what the file on standard input says. Raises BadFile."""
    text = await ctx.stdin()
    if not text.strip():
        raise UsageError("xcat-inventory import: the file is empty; give one with -f, or on standard input")
    document = choice.part(await read_file(text, shapes_of(ctx.world).types))
    covers = _covers(document) if clean else frozenset()
    problems: list[str] = []
    changes = await asyncio.to_thread(plan, ctx.snapshot, document, covers, problems.append)
    if problems:
        raise BadFile(problems)
    if not changes:
        await ctx.done("Nothing differs: nothing was changed.")
        return
    await ctx.write(*changes)
    await ctx.done(f"The file is imported: {_counted(changes)}.")


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
