"""Small clusters, written as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xcatd.objects import World, world_of
from xcatd.store import Snapshot

Rows = Sequence[Mapping[str, str | None]]


def world(**tables: Rows) -> World:
    """A world of these tables; a row names only the columns that it fills."""
    data = {}
    for name, rows in tables.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        data[name] = (columns, [[row.get(column) for column in columns] for row in rows])
    return world_of(Snapshot.from_tables(data))


def nodes(**groups: str) -> Rows:
    """Rows of nodelist: name="group,group"."""
    return [{"node": node, "groups": text} for node, text in groups.items()]


def chdef_example() -> World:
    """Ten nodes as the captured exchanges have them."""
    names = [f"n{number:02d}" for number in range(1, 11)]
    return world(
        nodelist=[{"node": name, "groups": "compute,all"} for name in names],
        nodehm=[{"node": name, "mgt": "ipmi"} for name in names],
        ipmi=[
            {"node": name, "bmc": f"127.7.9.{int(name[1:])}", "username": "ADMIN", "password": "ADMIN"}
            for name in names
        ],
        hosts=[{"node": name, "ip": "10.90.1.1"} for name in names],
        nodetype=[{"node": name, "arch": "x86_64"} for name in names],
        noderes=[{"node": name, "netboot": "xnba"} for name in names],
        postscripts=[
            {
                "node": "xcatdefaults",
                "postscripts": "syslog,remoteshell,syncfiles",
                "postbootscripts": "otherpkgs",
            }
        ],
    )
