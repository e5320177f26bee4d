"""`snmove` of 1,000 nodes, and the way back, without steps on the nodes: what it takes, and how often tables are written."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.clock import timed
from benchmarks.table import Measured, median
from tests.helpers.alone import alone, typed
from tests.helpers.bootsite import FILES, IMAGE, NODES, SITE
from tests.helpers.cluster import Daemon
from tests.helpers.media import lay

SIZE = 1_000
RUNS = 5
AIM = 10.0
"""Seconds for all nodes."""


def measure() -> list[Measured]:
    with tempfile.TemporaryDirectory() as folder, alone(Path(folder)) as mn:
        _define(mn)
        return list(_measured(mn))


def _measured(mn: Daemon) -> Iterator[Measured]:
    tables, back, writes = [], [], []
    for _ in range(RUNS):
        before = _written(mn)
        tables.append(timed(mn, "snmove", "big", "-i"))
        writes.append(float(_written(mn) - before))
        back.append(timed(mn, "snmove", "--rollback", str(_newest(mn))))
    typed(mn, f"nodeset big osimage={IMAGE}")
    boots = []
    for _ in range(RUNS):
        boots.append(timed(mn, "snmove", "big", "-i"))
        timed(mn, "snmove", "--rollback", str(_newest(mn)))
    one = [timed(mn, "snmove", f"b{number}", "-i") for number in range(1, RUNS + 1)]
    yield median(f"snmove -i of {SIZE:,} nodes: tables", tables, "s", aim=AIM)
    yield median("the same, writes to tables: each is written once, all in one transaction", writes, "")
    yield median(f"snmove --rollback of {SIZE:,} nodes: tables", back, "s", aim=AIM)
    yield median(f"snmove -i of {SIZE:,} nodes that boot an image: tables and boot files", boots, "s", aim=AIM)
    yield median(f"snmove -i of one node of {SIZE:,}, with its boot file", one, "s")


def _define(mn: Daemon) -> None:
    """Nodes whose addresses and MACs are worked out from their names; they have rows of their own, as after an earlier move."""
    lay(mn.root, FILES)
    typed(
        mn,
        *SITE[:-1],
        "chtab key=consoleondemand site.value=yes",
        "mkdef -t network big net=10.0.0.0 mask=255.0.0.0",
        "nodeadd sn[1-2] groups=service 'hosts.ip=|sn(\\d+)|10.9.0.($1)|'",
        f"nodeadd b[1-{SIZE}] groups=big noderes.servicenode=sn1,sn2 noderes.xcatmaster=10.9.0.1 noderes.nfsserver=10.9.0.1",
        "nodech big nodehm.conserver=sn1",
        "chdef -t group big netboot=xnba arch=x86_64",
        "chdef -t group big ip='|b(\\d+)|10.0.($1/250).($1%250+2)|' mac='|b(\\d+)|02:00:00:00:($1/90+10):($1%90+10)|'",
        NODES[-1],
    )


def _newest(mn: Daemon) -> int:
    with closing(_database(mn)) as database:
        (found,) = database.execute('SELECT max(CAST("id" AS INTEGER)) FROM snmoves').fetchone()
    return int(found)


def _written(mn: Daemon) -> int:
    """How often tables have been written since there is a database."""
    with closing(_database(mn)) as database:
        (found,) = database.execute("SELECT sum(revision) FROM xcatd_revision WHERE name NOT LIKE '@%'").fetchone()
    return int(found)


def _database(mn: Daemon) -> sqlite3.Connection:
    return sqlite3.connect(mn.root / "etc/xcat/xcat.sqlite")
