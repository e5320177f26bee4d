"""kill -9 of the daemon while clients write, a thousand times: what was acknowledged is there, and nothing is half done."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.helpers.cluster import PATIENCE, Daemon, free_port, made
from tests.helpers.frameclient import FrameClient
from tests.helpers.hatchery import Hatchery
from xcatd.store import open_store

ROUNDS = 1000
CLIENTS = 4
MOST = 12
"""Writes that are acknowledged before the daemon is killed, at the most."""
LONGEST = 0.01
"""Seconds that pass after them, at the most."""
EARLY = 0.1
"""How often a daemon is killed while it still starts."""
START = 0.1
"""Seconds that a start takes, more or less."""

FIRST = f"c0-c{CLIENTS - 1}"
"""The nodes that are there from the beginning, one of each client."""
MAKE = f"nodeadd {FIRST} groups=made nodehm.comments=0 nodepos.comments=0"

State = tuple[str, bool]
"""What a client has in the database: the text in two cells of two tables, and whether its second node is there."""


@dataclass
class Client:
    """Writes, and keeps count of what was acknowledged.

    Each write changes two tables: either the comments of this client's first node, or it makes or removes its second node.
    """

    name: str
    before: State = ("0", False)
    """After the last write that was acknowledged."""
    after: State = ("0", False)
    """After the write that is on its way; the same as `before` when there is none."""
    words: tuple[str, ...] = ()
    """The write that is on its way."""
    done: list[tuple[str, ...]] = field(default_factory=list)
    """What was acknowledged, and what was on its way and found done."""
    cut_off: int = 0
    """Writes that were found done although nobody had acknowledged them."""
    number: int = 0

    def next(self) -> tuple[tuple[str, ...], State]:
        """A command line, and what holds when it is done."""
        self.number += 1
        text, there = self.before
        if self.number % 4:
            text = str(self.number)
            return ("nodech", self.name, f"nodehm.comments={text}", f"nodepos.comments={text}"), (text, there)
        if there:
            return ("noderm", f"{self.name}x"), (text, False)
        mark = f"nodehm.comments={self.number}"
        return ("nodeadd", f"{self.name}x", "groups=made", mark), (text, True)

    def write(self, hatchery: Hatchery, acknowledged: threading.Semaphore) -> None:
        """Write until the daemon is gone."""
        try:
            with FrameClient(Daemon(hatchery.root, "mn1")) as client:
                while True:
                    self.words, self.after = self.next()
                    answer = client.ask(*self.words)
                    assert (answer.status, answer.stderr) == (0, ""), (self.words, answer)
                    self._is_done()
                    acknowledged.release()
        except OSError:
            return

    def check(self, found: State | None) -> None:
        """What the daemon has after a restart is what it acknowledged, or that and the whole of the write on its way."""
        assert found in {self.before, self.after}, f"{self.name}: {found} is neither {self.before} nor {self.after}"
        if found != self.before:
            self._is_done()
            self.cut_off += 1
        self.after = self.before

    def _is_done(self) -> None:
        self.before = self.after
        self.done.append(self.words)


def _found(hatchery: Hatchery, clients: list[Client]) -> dict[str, State | None]:
    """What the daemon says; None where its tables do not agree."""
    with FrameClient(Daemon(hatchery.root, "mn1")) as client:
        first = _cells(client, FIRST, "nodehm.comments", "nodepos.comments")
        listed = set(client.ask("nodels").stdout.split())
        others = set(_first_column(client.ask("tabdump", "nodehm").stdout))
    return {each.name: _state(each.name, first, listed, others) for each in clients}


def _state(name: str, first: dict[str, list[str]], listed: set[str], others: set[str]) -> State | None:
    texts, second = set(first[name]), f"{name}x"
    if len(texts) != 1 or (second in listed) != (second in others):
        return None
    return texts.pop(), second in listed


def _cells(client: FrameClient, nodes: str, *columns: str) -> dict[str, list[str]]:
    cells: dict[str, list[str]] = {}
    for line in client.ask("nodels", nodes, *columns).stdout.splitlines():
        node, _, text = line.split(": ")
        cells.setdefault(node, []).append(text)
    return cells


def _first_column(dump: str) -> Iterator[str]:
    for line in dump.splitlines()[1:]:
        yield line.split(",")[0].strip('"')


def test_a_thousand_kills(tmp_path: Path) -> None:
    daemons = [made(Daemon(tmp_path / name, "mn1", "127.0.0.1", free_port())) for name in ("one", "two")]
    with ThreadPoolExecutor(len(daemons)) as threads:
        jobs = [threads.submit(_kill_again_and_again, daemon, ROUNDS // len(daemons)) for daemon in daemons]
        for daemon, job in zip(daemons, jobs, strict=True):
            clients = job.result()
            assert sum(each.cut_off for each in clients), "some were killed between the commit and the answer"
            _check_database(daemon.root / "etc/xcat/xcat.sqlite")
            asyncio.run(_check_history(daemon.root / "etc/xcat/xcat.sqlite", clients))


def _kill_again_and_again(daemon: Daemon, rounds: int) -> list[Client]:
    """The clients, of which each has checked after each restart what it found."""
    clients, chance = [Client(f"c{number}") for number in range(CLIENTS)], random.Random(daemon.root.name)
    with Hatchery(daemon.root) as hatchery, ThreadPoolExecutor(CLIENTS) as threads:
        hatchery.start()
        hatchery.wait()
        with FrameClient(daemon) as client:
            answer = client.ask(*MAKE.split())
            assert answer.status == 0, answer.stderr
        for _ in range(rounds):
            acknowledged = threading.Semaphore(0)
            jobs = [threads.submit(each.write, hatchery, acknowledged) for each in clients]
            for _ in range(chance.randint(0, MOST)):
                assert acknowledged.acquire(timeout=PATIENCE)
            time.sleep(chance.uniform(0, LONGEST))
            hatchery.kill()
            for job in jobs:
                job.result()
            hatchery.start()
            if chance.random() < EARLY:
                time.sleep(chance.uniform(0, START))
                hatchery.kill()
                hatchery.start()
            hatchery.wait()
            found = _found(hatchery, clients)
            for each in clients:
                each.check(found[each.name])
        hatchery.kill()
    return clients


def _check_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def _check_history(path: Path, clients: list[Client]) -> None:
    """An entry for each change that is there, and no other."""
    store = await open_store(path)
    try:
        entries = await store.history.entries()
    finally:
        await store.close()
    found = Counter(f"{entry.origin.command} {entry.origin.words}" for entry in entries if entry.origin.request)
    wanted = Counter(" ".join(words) for each in clients for words in each.done)
    assert found - Counter([MAKE]) == wanted
