"""Databases as xCAT 2.19 makes them: the statements by which it makes its tables, and rows such as sites have them."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from xcatd.store.location import Engine

_FACTS = Path(__file__).resolve().parents[1] / "vectors/xcat2/tables.txt"


@dataclass(frozen=True, slots=True)
class OldColumn:
    name: str
    type: str
    in_key: bool
    required: bool


@dataclass(frozen=True, slots=True)
class OldTable:
    """A table as xCAT declares it."""

    name: str
    columns: tuple[OldColumn, ...]

    def create(self, engine: Engine, *, without: Collection[str] = (), more: Iterable[str] = (), tail: str = "") -> str:
        """The statement that makes it. `without`: columns that an older xCAT has not; `more`: declarations of a site's own."""
        quote = "`" if engine is Engine.MYSQL else '"'
        columns = [column for column in self.columns if column.name not in without]
        parts = [f"{quote}{column.name}{quote} {_type(column, engine)}" for column in columns]
        keys = ",".join(f"{quote}{column.name}{quote}" for column in columns if column.in_key)
        numbered = any(column.type.startswith("INTEGER") for column in columns)
        if not (numbered and engine is Engine.SQLITE):
            parts.append(f"PRIMARY KEY ({keys})")
        return f"CREATE TABLE {quote}{self.name}{quote} ({','.join([*parts[:-1], *more, parts[-1]])}) {tail}".rstrip()


def _type(column: OldColumn, engine: Engine) -> str:
    if column.type.startswith("INTEGER"):
        return {
            Engine.SQLITE: "INTEGER PRIMARY KEY AUTOINCREMENT",
            Engine.POSTGRES: "SERIAL",
            Engine.MYSQL: "INTEGER AUTO_INCREMENT",
        }[engine]
    declared = "VARCHAR(128)" if column.in_key and column.type == "TEXT" else column.type
    return f"{declared} NOT NULL" if column.required else declared


@cache
def old_tables() -> Mapping[str, OldTable]:
    """All tables, by name."""
    lines = (line.split(": ", 1) for line in _FACTS.read_text().splitlines() if not line.startswith("#"))
    return {name: OldTable(name, tuple(map(_column, columns.split(", ")))) for name, columns in lines}


def _column(text: str) -> OldColumn:
    words, _, kind = text.partition("=")
    return OldColumn(words.lstrip("*!"), kind or "TEXT", "*" in words, "!" in words)


Rows = Mapping[str, Sequence[Mapping[str, str | None]]]

ROWS: Rows = {
    "site": [
        {"key": "master", "value": "127.0.0.1"},
        {"key": "domain", "value": "cluster.test", "comments": 'said "so", they did'},
        {"key": "xcatdport", "value": "3001"},
        {"key": "excludenodes", "value": "n9", "disable": "1"},
    ],
    "policy": [{"priority": "1", "name": "root", "rule": "allow"}],
    "nodelist": [
        {"node": "n1", "groups": "compute,all"},
        {"node": "n2", "groups": "compute,all", "comments": "two\nlines"},
        {"node": "n10", "groups": "all", "disable": "no"},
    ],
    "nodegroup": [{"groupname": "dyn", "grouptype": "dynamic", "wherevals": "arch==x86_64"}],
    "nodehm": [
        {"node": "compute", "mgt": "ipmi", "cons": "ipmi"},
        {"node": "n2", "power": "ipmi", "serialport": "1"},
    ],
    "ipmi": [{"node": "compute", "bmc": "|n(\\d+)|10.0.0.($1+100)|", "username": "admin", "password": "old secret"}],
    "nodetype": [
        {"node": "compute", "arch": "x86_64", "os": "rhels8.6"},
        {"node": "n10", "arch": "ppc64le", "disable": "1"},
    ],
    "networks": [{"netname": "mgt", "net": "10.0.0.0", "mask": "255.255.255.0"}],
    "deps": [{"node": "n1", "cmd": "on", "nodedep": "n2"}, {"node": "n1", "cmd": "off", "nodedep": "n10"}],
    "auditlog": [
        {"audittime": "2024-01-02 03:04:05", "userid": "root", "command": "rpower", "status": "Allowed"},
        {"audittime": "2024-01-02 03:04:06", "userid": "joe", "command": "rpower", "status": "Denied"},
    ],
}
"""What a site has: group rows that nodes inherit from, values worked out by patterns, rows out of use, a key of two parts."""


def write_folder(folder: Path, rows: Rows = ROWS, *, without: Collection[str] = ()) -> None:
    """A folder of xCAT's SQLite files, all tables but `without`."""
    for table in old_tables().values():
        if table.name in without:
            continue
        with closing(sqlite3.connect(folder / f"{table.name}.sqlite", isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute(table.create(Engine.SQLITE))
            for row in rows.get(table.name, ()):
                names = ",".join(f'"{name}"' for name in row)
                marks = ",".join("?" for _ in row)
                connection.execute(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', tuple(row.values()))


def run(path: Path, statement: str, *values: object) -> list[tuple[object, ...]]:
    """One statement of another program on a file of SQLite."""
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, values).fetchall()
