"""The tables of the cluster, and the secrets in them."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xcatd.daemon.cfgloc import OVERRIDE, password_in
from xcatd.errors import ConfigError, StoreError
from xcatd.probe import Here
from xcatd.probe.ask import ask
from xcatd.store import STANDARD, Table, dump_table, is_secret, last_records

LOGS = {"auditlog": 1000, "eventlog": 1000}
"""How many of the last records of each log are taken."""

_PATIENCE = 300.0
"""Seconds for all tables to come from the daemon."""

Cells = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Shown:
    """A table as it is: its columns and rows. `key`: the place of the first key column, which tells what a value is."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Cells]
    key: int

    def is_secret(self, place: int, cells: Cells) -> bool:
        return is_secret(self.name, self.columns[place], cells[self.key] or "")


@dataclass(frozen=True, slots=True)
class Tables:
    """Those that could be read. `trouble`: why there are none, or not all."""

    found: Sequence[Shown] = ()
    trouble: str = ""

    def secrets(self) -> Iterator[str]:
        """The text of every cell that holds a secret."""
        for table in self.found:
            for cells in table.rows:
                yield from (text for place, text in enumerate(cells) if text and table.is_secret(place, cells))


def tables_of(here: Here, *, bypass: bool) -> Tables:
    """From the database that this daemon opens; else the daemon is asked, unless told not to."""
    try:
        if here.has_database:
            return Tables([*_from_database(here)])
    except (StoreError, ConfigError) as error:
        if bypass:
            return Tables(trouble=str(error))
    if bypass:
        return Tables(trouble="The tables are not on this host, and its daemon was not asked (-B)")
    answer = ask(here.paths.root, "dumpxCATdb", seconds=_PATIENCE)
    if answer.status:
        return Tables([*_one_by_one(here)], answer.reason)
    texts: dict[str, list[str]] = {}
    for line in answer.stdout.splitlines():
        name, piece = json.loads(line)
        if piece is not None:
            texts.setdefault(name, []).append(piece)
    return Tables([_from_text(name, "".join(pieces)) for name, pieces in texts.items()])


def _one_by_one(here: Here) -> Iterator[Shown]:
    """What the daemon has in memory while its database is away: all but the logs."""
    for name in here.ask("tabdump").stdout.split():
        if name not in LOGS and (answer := here.ask("tabdump", name)).status == 0:
            yield _from_text(name, answer.stdout)


def secrets_of(here: Here, tables: Tables) -> Iterator[str]:
    """What must not be in the archive: secrets of tables, and passwords of databases."""
    yield from tables.secrets()
    yield password_in(os.environ.get(OVERRIDE, ""))
    yield password_in(here.cfgloc)


def _from_database(here: Here) -> Iterator[Shown]:
    snapshot, location = here.looked.snapshot, here.location
    assert location is not None, "it was looked at"
    for name in snapshot:
        columns, rows = dump_table(snapshot.table(name))
        yield Shown(name, columns, rows, _key(snapshot.schema.tables[name], columns))
    for name, last in LOGS.items():
        table = STANDARD.tables[name]
        rows = last_records(location, name, last)
        yield Shown(name, table.column_names, rows, _key(table, table.column_names))


def _from_text(name: str, text: str) -> Shown:
    """A table as tabdump writes it. Of a table of the site the first column counts as its key."""
    header, _, body = text.partition("\n")
    columns = header.removeprefix("#").split(",")
    table = STANDARD.tables.get(name)
    rows = [row for row in csv.reader(io.StringIO(body)) if len(row) == len(columns)]
    return Shown(name, columns, rows, _key(table, columns) if table else 0)


def _key(table: Table, columns: Sequence[str]) -> int:
    return columns.index(table.keys[0]) if table.keys and table.keys[0] in columns else 0
