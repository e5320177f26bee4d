"""`dumpxCATdb` and `restorexCATdb`: all tables at once, as they are at one moment.

The client's programs of these names write and read the files. On the way a table is cut into pieces: each line is a JSON
array of the table's name and a piece of its text, or null instead of a piece when the table is left out. With -b it is the
daemon that writes and reads, by the programs of its database.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path
from typing import Annotated

from xcatd.api import Ctx, Denied, NotFound, UsageError, XcatError, command, opt
from xcatd.plugins.tables.csvtext import cells_of, csv_lines, rows_of
from xcatd.plugins.tables.intake import read_rows, replacement
from xcatd.store import Change, SqlStore
from xcatd.store.copies import copy_in, copy_out
from xcatd.store.schema import Table

LOGS = ("auditlog", "eventlog")
_log = logging.getLogger(__name__)
_PIECE = 1 << 15
"""Characters after which a piece is sent."""


@command("dumpxCATdb", timeout=600)
async def dumpxcatdb(
    ctx: Ctx,
    *,
    everything: Annotated[bool, opt("-a", "--all", "auditlog and eventlog too")] = False,
    whole: Annotated[bool, opt("-b", "--bin", "a copy of the database, by its own program; only root may")] = False,
    folder: Annotated[str, opt("-p", "--path", "where the copy goes, on the management node")] = "",
) -> None:
    """Send all tables as they are now, for the program dumpxCATdb, which writes a file for each.

    With -b the name of the file that the copy is in.
    """
    if whole:
        store, place = _database(ctx), _place(ctx, "dumpxCATdb", folder)
        await ctx.say(str(await copy_out(store.location, place)))
        return
    skipped = _skipped(ctx, everything)
    for name, table in sorted(ctx.snapshot.schema.tables.items()):
        if name in skipped:
            await ctx.lines([json.dumps([name, None])])
        elif table.log:
            rows = await ctx.host.store.scan(name)
            await ctx.lines(_pieces(name, csv_lines(table, cells_of(table, rows))))
        else:
            await ctx.lines(_pieces(name, csv_lines(table, rows_of(ctx.snapshot, table))))


@command("restorexCATdb", edits=True, timeout=600)
async def restorexcatdb(
    ctx: Ctx,
    *,
    everything: Annotated[bool, opt("-a", "--all", "auditlog and eventlog too")] = False,
    whole: Annotated[bool, opt("-b", "--binary", "the copy of a database, by its own program; only root may")] = False,
    file: Annotated[str, opt("-p", "--path", "the copy, on the management node")] = "",
) -> None:
    """Make the rows of files those of their tables, for the program restorexCATdb: all of the files or none.

    Says the name of each table that is left out. With -b the database becomes what it was when the copy was made.
    """
    if whole:
        await _put_back(ctx, _database(ctx), _place(ctx, "restorexCATdb", file))
        return
    skipped = _skipped(ctx, everything)
    texts = await _texts(await ctx.stdin())
    changes: list[Change] = []
    good = bool(texts)
    if not texts:
        await ctx.fail("There is no table to restore: name the folder that dumpxCATdb has written")
    for name in sorted(texts):
        if name in skipped:
            await ctx.say(name)
            continue
        made = await _changes(ctx, name, texts.pop(name))
        good = good and made is not None
        changes.extend(made or ())
    if good:
        await ctx.write(*changes)


async def _put_back(ctx: Ctx, store: SqlStore, path: Path) -> None:
    if ctx.dry_run:
        raise UsageError("restorexCATdb: what a copy of a database would change can be seen only without -b")
    if store.location.is_file:
        raise UsageError("restorexCATdb -b puts files of SQLite back table by table: call the program of this name")
    await store.exchange(lambda: copy_in(store.location, path))
    _log.warning("the database %s is now what it was in the copy %s", store.location.named(), path)


def _database(ctx: Ctx) -> SqlStore:
    """Raises Denied and UsageError."""
    if ctx.request.caller.name != "root":
        raise Denied(
            "A copy of the database is written and read with the rights of the daemon, so only root may use -b"
        )
    store = ctx.host.store
    if not isinstance(store, SqlStore):
        raise UsageError("This daemon has no database of its own: use -b on the management node")
    return store


def _place(ctx: Ctx, name: str, given: str) -> Path:
    """Raises UsageError."""
    if not given:
        raise UsageError(f"{name}: -b needs -p with a path on the management node")
    return Path(ctx.request.cwd, given)


async def _changes(ctx: Ctx, name: str, text: str) -> list[Change] | None:
    """What a file does to its table; None when something is wrong with it, which has then been said."""
    try:
        table = _table(ctx, name)
        rows = await read_rows(ctx, table, text, file=f"{name}.csv")
    except XcatError as error:
        await ctx.fail(f"{name}.csv: {error}", code=error.status)
        return None
    return None if rows is None else await asyncio.to_thread(replacement, table, rows)


def _table(ctx: Ctx, name: str) -> Table:
    try:
        return ctx.snapshot.schema.tables[name]
    except KeyError:
        raise NotFound(f"there is no table {name}: leave the file out, or name the table in XCAT_SKIPTABLES") from None


def _skipped(ctx: Ctx, everything: bool) -> frozenset[str]:
    """The tables that are left out: the logs unless asked for, and those that the site or the caller names."""
    chosen = dict(ctx.request.env).get("XCAT_SKIPTABLES", "") or ctx.site("skiptables")
    logs = () if everything else LOGS
    return frozenset((*logs, *(name.strip() for name in chosen.split(","))))


def _pieces(name: str, lines: Iterable[str]) -> Iterator[str]:
    piece, size = list[str](), 0
    for line in lines:
        piece.append(f"{line}\n")
        size += len(line)
        if size > _PIECE:
            yield json.dumps([name, "".join(piece)], ensure_ascii=False)
            piece, size = [], 0
    if piece:
        yield json.dumps([name, "".join(piece)], ensure_ascii=False)


async def _texts(said: str) -> dict[str, str]:
    """Table -> its text. Raises UsageError for anything that is not of the form that `dumpxCATdb` has."""
    pieces: dict[str, list[str]] = {}
    for line in StringIO(said, newline="\n"):
        match _read(line):
            case [str() as name, str() as piece]:
                pieces.setdefault(name, []).append(piece)
            case _:
                raise UsageError("restorexCATdb reads what the program of this name sends: call it with -p folder")
        await asyncio.sleep(0)
    return {name: "".join(parts) for name, parts in pieces.items()}


def _read(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
