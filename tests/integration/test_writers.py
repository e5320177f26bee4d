"""Eight clients write into one daemon at the same time: nothing is lost, nothing is torn, and history knows each change."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.alone import alone, typed
from tests.helpers.cluster import Daemon, unmeasured
from tests.helpers.frameclient import FrameClient
from tests.helpers.meanwhile import meanwhile
from xcatd.store import TABLES, open_store
from xcatd.store.history import Entry, RowChange

CLIENTS = 8
WRITES = 1000
PAUSE = 0.005
"""Seconds between two looks of the one who reads."""
TYPED = 25
"""Writes that are typed at the real client meanwhile, which is a process for each."""

Words = tuple[str, ...]


def writes_of(client: int) -> list[Words]:
    """A thousand command lines: half set the same two cells of two tables, a tenth add to the same list, the others make
    nodes of this client's own, and take some of them away."""
    return [_write(f"c{client}w{number}", number) for number in range(WRITES)]


def _write(mark: str, number: int) -> Words:
    last = number % 10
    if last == 0:
        return "chdef", "-t", "node", "-o", "shared", "-p", f"groups={mark}"
    if last <= 5:
        return "nodech", "shared", f"nodehm.comments={mark}", f"nodepos.comments={mark}"
    if last <= 8:
        return "nodeadd", mark, "groups=made", f"nodehm.comments={mark}", f"nodepos.comments={mark}"
    return "noderm", mark[:-1] + "8"


def left_of(client: int) -> set[str]:
    """The nodes that a client has made and not taken away."""
    return {f"c{client}w{number}" for number in range(WRITES) if number % 10 in (6, 7)}


@dataclass(frozen=True)
class Written:
    """The database of a daemon that is stopped, after all writes, and what was seen while they went on."""

    database: Path
    dumps: dict[str, str]
    seen: list[str]
    """What a reader saw of the two cells: `shared: table.column: text` lines in pairs."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    with unmeasured(), alone(tmp_path_factory.mktemp("writers")) as daemon:
        typed(daemon, "nodeadd shared groups=first nodehm.comments=none nodepos.comments=none")
        with _watched(daemon) as seen, ThreadPoolExecutor(CLIENTS + 1) as threads:
            jobs = [threads.submit(_write_all, daemon, writes_of(client)) for client in range(CLIENTS)]
            jobs.append(threads.submit(_type_all, daemon))
            for job in jobs:
                job.result()
        dumps = {table: typed(daemon, f"tabdump {table}") for table in ("nodelist", "nodehm", "nodepos", "site")}
        daemon.stop()
        yield Written(daemon.root / "etc/xcat/xcat.sqlite", dumps, seen)


def _write_all(daemon: Daemon, lines: Sequence[Words]) -> None:
    with FrameClient(daemon) as client:
        for words in lines:
            answer = client.ask(*words)
            assert (answer.status, answer.stderr) == (0, ""), words


def _type_all(daemon: Daemon) -> None:
    for number in range(TYPED):
        typed(daemon, f"chtab key=typed{number} site.value={number}")


@contextmanager
def _watched(daemon: Daemon) -> Iterator[list[str]]:
    """Reads the two cells again and again for as long as it is open; gives the lines that came."""
    seen: list[str] = []
    words = "nodels", "shared", "nodehm.comments", "nodepos.comments"
    with FrameClient(daemon) as client, meanwhile(lambda: seen.extend(client.ask(*words).stdout.splitlines()), PAUSE):
        yield seen


def _column(dump: str, column: str) -> dict[str, str]:
    """One column of a tabdump, by the first one."""
    head, *rows = dump.splitlines()
    place = head.removeprefix("#").split(",").index(column)
    cells = (_cells(row) for row in rows)
    return {row[0]: row[place] for row in cells}


def _cells(row: str) -> list[str]:
    """No value of these tests has a quotation mark in it."""
    found, quoted = [""], False
    for letter in row:
        if letter == '"':
            quoted = not quoted
        elif letter == "," and not quoted:
            found.append("")
        else:
            found[-1] += letter
    return found


def test_nothing_is_lost(written: Written) -> None:
    wanted = {"shared"}.union(*(left_of(client) for client in range(CLIENTS)))
    for table in ("nodelist", "nodehm", "nodepos"):
        assert set(_column(written.dumps[table], "node")) == wanted
    site = _column(written.dumps["site"], "value")
    assert {key: text for key, text in site.items() if key.startswith("typed")} == {
        f"typed{number}": str(number) for number in range(TYPED)
    }


def test_what_many_add_to_one_list_is_all_there_once(written: Written) -> None:
    groups = _column(written.dumps["nodelist"], "groups")["shared"].split(",")
    added = {f"c{client}w{number}" for client in range(CLIENTS) for number in range(0, WRITES, 10)}
    assert Counter(groups) == Counter({"first", *added})


def test_nothing_is_torn_at_the_end(written: Written) -> None:
    powers, places = (_column(written.dumps[table], "comments") for table in ("nodehm", "nodepos"))
    assert powers == places
    assert all(text == node for node, text in powers.items() if node != "shared")


def test_nothing_is_torn_on_the_way(written: Written) -> None:
    pairs = set(zip(written.seen[::2], written.seen[1::2], strict=True))
    assert len(pairs) > CLIENTS, "the reader has seen changes"
    for pair in pairs:
        texts = {line.rpartition(": ")[2] for line in pair}
        assert len(texts) == 1, pair


def test_history_has_an_entry_for_each_change(written: Written) -> None:
    entries = asyncio.run(_entries(written.database))
    asked = Counter(f"{entry.origin.command} {entry.origin.words}" for entry in entries)
    wanted = Counter(" ".join(words) for client in range(CLIENTS) for words in writes_of(client))
    assert {line: asked[line] for line in wanted} == dict(wanted)


def test_each_change_in_history_begins_where_the_one_before_it_ended(written: Written) -> None:
    rows: dict[tuple[object, ...], object] = {}
    for change in asyncio.run(_changes(written.database)):
        row = change.before or change.after or {}
        key = change.table, *(row[column] for column in TABLES[change.table].keys)
        if key in rows:
            assert change.before == rows[key], key
        rows[key] = change.after


async def _entries(database: Path) -> list[Entry]:
    store = await open_store(database)
    try:
        return await store.history.entries()
    finally:
        await store.close()


async def _changes(database: Path) -> list[RowChange]:
    store = await open_store(database)
    try:
        entries = await store.history.entries()
        return [change for entry in entries for change in await store.history.changes(entry.id)]
    finally:
        await store.close()
