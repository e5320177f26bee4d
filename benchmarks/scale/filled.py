"""The rows of a generated cluster, put into a database in one go."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

RACK = 40
"""Nodes in each group `rackN`."""
SHAPES = ("node", "group")

Row = Mapping[str, str]

_SHARED: Mapping[str, Row] = {
    "nodehm": {
        **{"mgt": "ipmi", "power": "ipmi", "cons": "ipmi", "serialport": "0", "serialspeed": "115200"},
        "consoleondemand": "yes",  # those consoles are measured by themselves (benchmarks/consoles)
    },
    "noderes": {"netboot": "xnba", "nfsserver": "10.0.0.1", "tftpserver": "10.0.0.1", "primarynic": "mac"},
    "nodetype": {"os": "rhels8.9.0", "arch": "x86_64", "profile": "compute", "nodetype": "osi"},
    "ipmi": {"username": "admin", "password": "secret"},
}
"""What all nodes have in common."""

_BMC_OF_ALL = r"|n(\d+)|10.(2+$1/62500).($1/250%250).($1%250+1)|"


def fill(database: Path, nodes: int, shape: str) -> None:
    """Add `nodes` nodes, n1, n2, ...: each in nodelist, and in four more tables by itself or by the group `compute`."""
    with closing(sqlite3.connect(database)) as connection, connection:
        _insert(connection, "nodelist", (_listed(number) for number in range(1, nodes + 1)))
        for table, shared in _SHARED.items():
            rows = _of_nodes(table, shared, nodes) if shape == "node" else _of_group(table, shared)
            _insert(connection, table, rows)


def bmc(number: int) -> str:
    """The address of a node's BMC, in either shape."""
    return f"10.{2 + number // 62500}.{number // 250 % 250}.{number % 250 + 1}"


def _listed(number: int) -> Row:
    return {"node": f"n{number}", "groups": f"compute,rack{(number - 1) // RACK + 1},all"}


def _of_nodes(table: str, shared: Row, nodes: int) -> Iterator[Row]:
    for number in range(1, nodes + 1):
        more = {"bmc": bmc(number)} if table == "ipmi" else {}
        yield {"node": f"n{number}", **shared, **more}


def _of_group(table: str, shared: Row) -> Iterator[Row]:
    yield {"node": "compute", **shared, **({"bmc": _BMC_OF_ALL} if table == "ipmi" else {})}


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    rows = iter(rows)
    first = next(rows)
    columns, marks = ", ".join(f'"{name}"' for name in first), ", ".join("?" * len(first))
    statement = f'INSERT INTO "{table}" ({columns}) VALUES ({marks})'
    connection.execute(statement, tuple(first.values()))
    connection.executemany(statement, (tuple(row.values()) for row in rows))
