"""A CSV of 200,000 rows: all of them are there afterwards, others are served meanwhile, and one bad line spoils it all."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.helpers.alone import alone, typed
from tests.helpers.cluster import Daemon, unmeasured
from tests.helpers.frameclient import FrameClient

ROWS = 200_000
BAD_ROWS = 4
"""The exit status, as with xCAT."""
ANSWERS = 20
"""Commands of others that are answered while the rows are on their way."""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with unmeasured(), alone(tmp_path_factory.mktemp("csv")) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def rows(daemon: Daemon) -> str:
    """A dump of nodelist with as many rows as there shall be."""
    head = typed(daemon, "tabdump nodelist").splitlines()[0]
    commas = "," * (head.count(",") - 1)
    return f"{head}\n" + "".join(f'"n{number}","all,rack{number // 40}"{commas}\n' for number in range(ROWS))


def test_all_rows_are_there_and_others_are_served_meanwhile(daemon: Daemon, rows: str, tmp_path: Path) -> None:
    typed(daemon, "nodeadd left groups=all")
    file = tmp_path / "nodelist.csv"
    file.write_text(rows)
    answered = 0
    with ThreadPoolExecutor(1) as thread, FrameClient(daemon) as client:
        restoring = thread.submit(daemon.run, "tabrestore", str(file))
        while not restoring.done():
            answer = client.ask("tabdump", "site")
            assert (answer.status, answer.stderr) == (0, "")
            answered += not restoring.done()
        done = restoring.result()
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert answered >= ANSWERS
    assert typed(daemon, "tabdump nodelist") == rows
    assert typed(daemon, f"nodels n{ROWS - 1}") == f"n{ROWS - 1}\n"


def test_a_bad_line_at_the_end_is_named_and_nothing_is_changed(daemon: Daemon, rows: str, tmp_path: Path) -> None:
    before = typed(daemon, "tabdump nodelist")
    file = tmp_path / "nodelist.csv"
    file.write_text(rows.replace("rack", "shelf") + '"bad"' + "," * 30 + "\n")
    done = daemon.run("tabrestore", str(file))
    assert (done.stdout, done.returncode) == ("", BAD_ROWS)
    assert f"Too many fields on line {ROWS + 2}" in done.stderr
    assert typed(daemon, "tabdump nodelist") == before


def test_every_bad_line_is_named(daemon: Daemon, rows: str, tmp_path: Path) -> None:
    before = typed(daemon, "tabdump nodelist")
    lines = rows.splitlines()
    bad = (10, 1_000, ROWS)
    for number in bad:
        lines[number - 1] += "," * 30
    file = tmp_path / "nodelist.csv"
    file.write_text("\n".join(lines) + "\n")
    done = daemon.run("tabrestore", str(file))
    assert (done.stdout, done.returncode) == ("", BAD_ROWS)
    for number in bad:
        assert f"Too many fields on line {number}" in done.stderr
    assert typed(daemon, "tabdump nodelist") == before
