"""`regnotif` and `unregnotif`: which programs of the site hear of changes of which tables (docs/notifications.md)."""

from __future__ import annotations

import asyncio
import re
import shlex
import shutil
from typing import Annotated

from xcatd.api import Ctx, Delete, NotFound, Put, UsageError, command, opt

_ACTIONS = re.compile(r"[adu](,[adu]){0,2}")


@command("regnotif", edits=True)
async def regnotif(
    ctx: Ctx,
    filename: str,
    tables: str,
    *,
    operation: Annotated[str, opt("-o", "--operation", "of a (added), u (updated), d (deleted) those to hear of")] = "",
) -> None:
    """Have a program run when rows of tables change: regnotif filename table[,table ...] [-o a,u,d]

    A program that is registered already gets the new tables and actions in place of the old ones.
    """
    if not filename.strip():
        raise UsageError("regnotif: which program? Write regnotif filename table[,table ...]")
    if operation and not _ACTIONS.fullmatch(operation):
        raise UsageError(f"Invalid table operations: {operation}; write letters of a, u and d with commas between them")
    names = [name.strip() for name in tables.split(",") if name.strip()]
    if not names:
        raise UsageError("regnotif: which tables? Write regnotif filename table[,table ...]")
    for name in names:
        _check_table(ctx, name)
    await ctx.write(
        Put("notification", {"filename": filename}, {"tables": ",".join(names), "tableops": operation or "a,d,u"})
    )
    if trouble := await asyncio.to_thread(_trouble, filename):
        await ctx.warn(f"{filename} {trouble}")


def _check_table(ctx: Ctx, name: str) -> None:
    if name not in ctx.snapshot.schema.tables:
        raise NotFound(f"No such table: {name}")
    if ctx.snapshot.schema.tables[name].log:
        raise UsageError(f"Table {name} is a log: nobody is told of its records; see tabdump -n")


def _trouble(filename: str) -> str:
    """Why the program cannot be run as things are; "" if nothing is in the way."""
    if filename.endswith(".pm"):
        return "is a Perl module and will not be run: register a program"
    try:
        words = shlex.split(filename)
    except ValueError as error:
        return f"cannot be run: {error}"
    if words and shutil.which(words[0]):
        return ""
    return "is registered, but there is no such program on the management node yet"


@command("unregnotif", edits=True)
async def unregnotif(ctx: Ctx, filename: str) -> None:
    """Have a program no longer run when tables change."""
    if not any(row["filename"] == filename for row in ctx.snapshot.table("notification").rows):
        raise NotFound(f"{filename or 'An empty name'} is not registered; see: tabdump notification")
    await ctx.write(Delete("notification", {"filename": filename}))
