"""1,000 nodes report their status at once: in plain text on the port for nodes, and over TLS with their own certificates."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from benchmarks.table import Measured, median
from tests.helpers.alone import alone, typed, until
from tests.helpers.cluster import Daemon
from tests.helpers.nodeclient import node_contexts, opened, report_at_once, say_at_once

SIZE = 1_000
RUNS = 3
AIM = 5.0
"""Seconds until the last status is in the tables."""
WORDS = ("installing", "booting", "booted")


def measure() -> list[Measured]:
    with tempfile.TemporaryDirectory() as folder, alone(Path(folder)) as mn:
        typed(
            mn,
            f"nodeadd cn[1-{SIZE}] groups=compute",
            r"chdef -t group compute ip='|cn(\d+)|127.3.($1/250).($1%250+1)|'",
        )
        return [*_plain(mn, opened(mn)), *_tls(mn, Path(folder))]


def _plain(mn: Daemon, port: int) -> Iterator[Measured]:
    sources = [f"127.3.{number // 250}.{number % 250 + 1}" for number in range(1, SIZE + 1)]

    def run(word: str) -> Awaitable[int]:
        said = [(source, f"installstatus {word}") for source in sources]
        return say_at_once(mn.address, port, said)

    yield from _measured(mn, "on the port for nodes", run)


def _tls(mn: Daemon, folder: Path) -> Iterator[Measured]:
    contexts = list(node_contexts(mn, [f"cn{number}" for number in range(1, SIZE + 1)], folder).values())
    typed(mn, "nodech compute nodelist.status=")

    def run(word: str) -> Awaitable[int]:
        return report_at_once(mn.address, mn.port, contexts, "installstatus", word)

    yield from _measured(mn, "over TLS, each with its certificate", run)


def _measured(mn: Daemon, how: str, run: Callable[[str], Awaitable[int]]) -> Iterator[Measured]:
    heard, stored = [], []
    for word in WORDS[:RUNS]:
        begun = time.monotonic()
        accepted = asyncio.run(_counted(run, word))
        heard.append(time.monotonic() - begun)
        assert accepted == SIZE, f"{SIZE - accepted} were not accepted"
        until(lambda: _count(mn, word) == SIZE, f"{SIZE} statuses")  # noqa: B023 - asked at once
        stored.append(time.monotonic() - begun)
    yield median(f"{SIZE:,} nodes report {how}: all accepted", heard, "s", aim=AIM)
    yield median(f"{SIZE:,} nodes report {how}: all in the tables", stored, "s", aim=AIM)


async def _counted(run: Callable[[str], Awaitable[int]], word: str) -> int:
    return await run(word)


def _count(mn: Daemon, word: str) -> int:
    return typed(mn, "nodels compute nodelist.status").count(f": {word}\n")
