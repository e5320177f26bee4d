"""What an inventory is compared with: a file, the database, or a moment of the past."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from xcatd.api import Ctx, UsageError
from xcatd.plugins.inventory.document import Document
from xcatd.plugins.inventory.plan import applied, plan
from xcatd.plugins.inventory.reading import read_document
from xcatd.store import Snapshot
from xcatd.store.moments import past, read_moment

DATABASE = "database"
BORDER = "\n# --- the second file ---\n"
"""The line between two files on standard input."""
_SHOWN = 20


class BadFile(Exception):
    """A file with problems. `problems` names them, a sentence each."""

    def __init__(self, problems: Collection[str]) -> None:
        super().__init__()
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison. A file has a document, everything else a snapshot."""

    label: str
    document: Document | None = None
    snapshot: Snapshot | None = None


async def read_file(text: str, types: Collection[str]) -> Document:
    """The document in a text. Raises BadFile, or UsageError when it is no inventory at all."""
    problems: list[str] = []
    document = await asyncio.to_thread(read_document, text, types, problems.append)
    if problems:
        raise BadFile(problems)
    return document


async def read_sides(ctx: Ctx, texts: tuple[str, str], types: Collection[str]) -> tuple[Side, Side]:
    """Both sides: `database`, `@time` or `@number`, or `-` for a file on standard input, named behind a colon.

    Raises BadFile, and UsageError for other words.
    """
    files: list[str] = []
    if wanted := [text for text in texts if _is_file(text)]:
        files = (await ctx.stdin()).split(BORDER, len(wanted) - 1)
        if len(files) < len(wanted):
            raise UsageError(f"Two files are needed on standard input, with the line {BORDER.strip()!r} between them")
    first = await _read_side(ctx, texts[0], files, types)
    return first, await _read_side(ctx, texts[1], files, types)


def _is_file(text: str) -> bool:
    return text == "-" or text.startswith("-:")


async def _read_side(ctx: Ctx, text: str, files: list[str], types: Collection[str]) -> Side:
    if _is_file(text):
        label = text[2:] or "standard input"
        try:
            return Side(label, document=await read_file(files.pop(0), types))
        except UsageError as error:
            raise UsageError(f"{label}: {error}") from error
        except BadFile as error:
            raise BadFile([f"{label}: {problem}" for problem in error.problems]) from error
    if text == DATABASE:
        return Side(text, snapshot=ctx.snapshot)
    if not text.startswith("@"):
        raise UsageError(
            f"{text!r} is nothing to compare with: write {DATABASE}, @TIME or @NUMBER, or give a file to the client program"
        )
    then = await past(ctx.host.store, read_moment(text[1:]))
    for foreign in then.foreign[:_SHOWN]:
        await ctx.warn(f"{foreign}: somebody has written past the history, so that this row of {text} is not known")
    return Side(text, snapshot=then.snapshot)


async def snapshots(ctx: Ctx, sides: tuple[Side, Side]) -> tuple[Snapshot, Snapshot]:
    """Both sides as whole configurations. A file is what would be there after its import into the other side; of two files
    each is the whole of what either of them has. Raises BadFile."""
    first, second = sides
    if first.document and second.document:
        both = {*_covered(first.document), *_covered(second.document)}
        return await _filled(ctx.snapshot, first, both), await _filled(ctx.snapshot, second, both)
    if first.document and second.snapshot:
        return await _filled(second.snapshot, first, first.document.header.covers or ()), second.snapshot
    if second.document and first.snapshot:
        return first.snapshot, await _filled(first.snapshot, second, second.document.header.covers or ())
    assert first.snapshot and second.snapshot
    return first.snapshot, second.snapshot


def _covered(document: Document) -> Collection[str]:
    return document.header.covers or document.sections


async def _filled(base: Snapshot, side: Side, covers: Collection[str]) -> Snapshot:
    assert side.document
    problems: list[str] = []
    changes = await asyncio.to_thread(plan, base, side.document, covers, problems.append)
    if problems:
        raise BadFile([f"{side.label}: {problem}" for problem in problems])
    return await asyncio.to_thread(applied, base, changes)
