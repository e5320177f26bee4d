"""The system on which tests/vectors/wire was recorded, built again: its tables, its people, its one BMC."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterator
from pathlib import Path

from tests.helpers.cluster import Daemon
from tests.simulators.bmcs import Rack, User
from tests.unit.protocol.recorded import FOLDER
from xcatd.store import Change, Delete, Put, open_store

NAME = "vm"
"""The short host name of the daemon that was recorded: the `[vm]` of its messages."""

BMC = Rack(count=1, address="127.7.0.2", users=(User("ADMIN", "ADMIN"),))


def build(daemon: Daemon) -> None:
    """Give a daemon that does not run yet the tables of the recorded system."""
    asyncio.run(_write(daemon.root / "etc/xcat/xcat.sqlite"))


async def _write(database: Path) -> None:
    store = await open_store(database)
    try:
        old = [Delete("site", {"key": row["key"]}) for row in store.snapshot.table("site").rows]
        await store.write(old, author="test")
        await store.write([*_site(), *_nodes()], author="test")
    finally:
        await store.close()


def _site() -> Iterator[Change]:
    """The rows that `tabdump site` showed, in their order."""
    lines = (FOLDER / "tabdump-site.stdout").read_text().splitlines()
    for key, value, *_ in csv.reader(lines[1:]):
        yield Put("site", {"key": key}, {"value": value})


def _nodes() -> Iterator[Change]:
    status = {"status": "powering-off", "statustime": "11-20-2026 15:17:59"}
    yield Put("nodelist", {"node": "bmc1"}, {"groups": "all,sim", **status})
    yield from _bmc("bmc1", BMC.address)
    for number in range(1, 11):
        node = f"n{number:02}"
        yield Put("nodelist", {"node": node}, {"groups": "compute,all"})
        yield from _bmc(node, f"127.7.9.{number}")
        yield Put("nodetype", {"node": node}, {"arch": "x86_64"})
        yield Put("hosts", {"node": node}, {"ip": "10.90.1.1"})
        yield Put("noderes", {"node": node}, {"netboot": "xnba"})


def _bmc(node: str, address: str) -> Iterator[Change]:
    yield Put("nodehm", {"node": node}, {"mgt": "ipmi"})
    yield Put("ipmi", {"node": node}, {"bmc": address, "username": "ADMIN", "password": "ADMIN"})
