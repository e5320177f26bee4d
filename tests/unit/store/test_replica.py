"""The copy of the tables on disk, whatever happens while it is written."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from io import FileIO
from itertools import pairwise
from pathlib import Path

import pytest

from tests.helpers.cluster import environment
from tests.helpers.tables import snapshot_of
from xcatd.store import STANDARD, Column, Schema, Snapshot, Table
from xcatd.store import replica as module
from xcatd.store.patch import Patch, apply
from xcatd.store.replica import Copy, Replica, read_replica, write_replica

WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = datetime(2026, 1, 2, 3, 5, 5, tzinfo=UTC)
LAYOUT = STANDARD.layouts["nodelist"]
COUNT = 300


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "replica/tables.copy"


def nodes(count: int = COUNT) -> Snapshot:
    return snapshot_of(
        nodelist=[{"node": f"n{number}", "groups": "all"} for number in range(count)],
        passwd=[{"key": "ipmi", "username": "admin", "password": "s3cret"}],
    )


def row(node: str, groups: str = "new") -> tuple[str | None, ...]:
    return tuple([{"node": node, "groups": groups}.get(column) for column in LAYOUT.columns])


def patched(snapshot: Snapshot, patch: Patch) -> Snapshot:
    view, _ = apply(patch, snapshot.table("nodelist"))
    return snapshot.with_views({"nodelist": view}, snapshot.revision + 1)


def tables(snapshot: Snapshot) -> dict[str, list[tuple[str | None, ...]]]:
    return {name: list(snapshot.table(name).by_ident.values()) for name in snapshot}


def loaded(path: Path, schema: Schema = STANDARD) -> Copy:
    with closing(Replica(path, schema)) as replica:
        copy = replica.load()
    assert copy is not None
    return copy


def test_what_is_written_is_read(path: Path) -> None:
    path.parent.mkdir()
    write_replica(path, Copy(nodes(), ["feed", 7], WHEN))
    copy = read_replica(path, STANDARD)
    assert (tables(copy.snapshot), copy.mark, copy.when) == (tables(nodes()), ["feed", 7], WHEN)


def test_where_there_is_none_there_is_none(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with closing(Replica(path, STANDARD)) as replica:
        assert replica.load() is None
    assert caplog.text == ""


def test_small_changes_go_into_the_journal(path: Path) -> None:
    now = nodes()
    with closing(Replica(path, STANDARD)) as replica:
        assert replica.save(Copy(now, 1, WHEN), None)
        base = path.read_bytes()
        for number, patch in enumerate(
            (
                Patch(LAYOUT.columns, [row("n5"), row("n6")]),
                Patch(LAYOUT.columns, [row("n5", "newer"), row("x")], ["n7"]),
                Patch(LAYOUT.columns, [row("n6", "moved")], ["n6", "n8"]),
            )
        ):
            now = patched(now, patch)
            assert replica.save(Copy(now, number, LATER), [{"nodelist": patch}])
        site = snapshot_of(site=[{"key": "a", "value": "1"}]).table("site")
        now = now.with_views({"site": site}, now.revision + 1)
        whole = Patch(site.layout.columns, list(site.by_ident.values()), whole=True)
        assert replica.save(Copy(now, "end", LATER), [{"site": whole}])
    assert path.read_bytes() == base
    copy = loaded(path)
    assert (tables(copy.snapshot), copy.mark, copy.when) == (tables(now), "end", LATER)


def test_that_nothing_changed_is_noted_too(path: Path) -> None:
    with closing(Replica(path, STANDARD)) as replica:
        replica.save(Copy(nodes(), 1, WHEN), None)
        replica.save(Copy(nodes(), 1, LATER), [])
    assert loaded(path).when == LATER


def test_another_process_goes_on_where_the_last_one_stopped(path: Path) -> None:
    now = nodes()
    with closing(Replica(path, STANDARD)) as replica:
        replica.save(Copy(now, 1, WHEN), None)
    base = path.read_bytes()
    for number in range(3):
        patch = Patch(LAYOUT.columns, [row(f"n{number}")])
        now = patched(now, patch)
        with closing(Replica(path, STANDARD)) as replica:
            assert replica.load() is not None
            replica.save(Copy(now, number, LATER), [{"nodelist": patch}])
    assert (tables(loaded(path).snapshot), path.read_bytes()) == (tables(now), base)


def test_a_torn_line_is_left_out_and_the_next_one_stands_in_its_place(path: Path) -> None:
    first, second = (Patch(LAYOUT.columns, [row(node)]) for node in ("n1", "n2"))
    now = patched(nodes(), first)
    with closing(Replica(path, STANDARD)) as replica:
        replica.save(Copy(nodes(), 1, WHEN), None)
        replica.save(Copy(now, 2, WHEN), [{"nodelist": first}])
        replica.save(Copy(patched(now, second), 3, WHEN), [{"nodelist": second}])
    journal = path.with_suffix(".journal")
    journal.write_bytes(journal.read_bytes()[:-9])
    with closing(Replica(path, STANDARD)) as replica:
        copy = replica.load()
        assert copy is not None
        assert (tables(copy.snapshot), copy.mark) == (tables(now), 2)
        replica.save(Copy(patched(now, second), 4, WHEN), [{"nodelist": second}])
    assert (tables(loaded(path).snapshot), loaded(path).mark) == (tables(patched(now, second)), 4)


def test_a_long_journal_and_a_large_change_make_a_new_base(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "JOURNAL", 4000)
    monkeypatch.setattr(module, "ROWS", 100)
    sizes = []
    with closing(Replica(path, STANDARD)) as replica:
        replica.save(Copy(nodes(), 0, WHEN), None)
        for number in range(60):
            patch = Patch(LAYOUT.columns, [row("n1", str(number))])
            replica.save(Copy(patched(nodes(), patch), number, WHEN), [{"nodelist": patch}])
            sizes.append(path.with_suffix(".journal").stat().st_size)
        assert max(sizes) < 4500
        assert sum(size < before for before, size in pairwise(sizes)) > 1
        many = Patch(LAYOUT.columns, [row(f"n{number}") for number in range(101)])
        before = path.read_bytes()
        replica.save(Copy(patched(nodes(), many), "many", WHEN), [{"nodelist": many}])
        assert path.read_bytes() != before
    assert (tables(loaded(path).snapshot), loaded(path).mark) == (tables(patched(nodes(), many)), "many")


def test_a_journal_of_an_older_base_is_not_applied(path: Path) -> None:
    patch = Patch(LAYOUT.columns, [row("n1")])
    with closing(Replica(path, STANDARD)) as replica:
        replica.save(Copy(nodes(), 1, WHEN), None)
        replica.save(Copy(patched(nodes(), patch), 2, WHEN), [{"nodelist": patch}])
    write_replica(path, Copy(nodes(COUNT + 1), 3, WHEN))
    assert (tables(loaded(path).snapshot), loaded(path).mark) == (tables(nodes(COUNT + 1)), 3)


def cut(content: bytes) -> bytes:
    return content[:-1]


def longer(content: bytes) -> bytes:
    return content + b"x"


def altered(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


def older(content: bytes) -> bytes:
    return content.replace(b"xcatd replica 1\n", b"xcatd replica 0\n")


def huge(content: bytes) -> bytes:
    return content[:32] + b"\xff" * 16 + content[48:]


@pytest.mark.parametrize("damage", [cut, longer, altered, older, huge, lambda _: b"", lambda _: b"hello"])
def test_a_damaged_file_is_ignored_with_a_word_and_kept(
    path: Path, damage: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    with closing(Replica(path, STANDARD)) as replica:
        replica.save(Copy(nodes(), 1, WHEN), None)
    path.write_bytes(damage(path.read_bytes()))
    damaged = path.read_bytes()
    with closing(Replica(path, STANDARD)) as replica:
        assert replica.load() is None
        assert path.read_bytes() == damaged
        assert f"the copy of the tables in {path} is not used: it is" in caplog.text or "checksum" in caplog.text
        assert "s3cret" not in caplog.text
        replica.save(Copy(nodes(), 2, WHEN), None)
    assert path.with_suffix(".damaged").read_bytes() == damaged
    assert loaded(path).mark == 2


def test_it_is_for_root_only(path: Path) -> None:
    path.parent.mkdir()
    before = os.umask(0)
    try:
        path.with_suffix(".new").write_text("of a daemon that was killed")
        path.with_suffix(".journal").write_text("old")
        with closing(Replica(path, STANDARD)) as replica:
            replica.save(Copy(nodes(), 1, WHEN), None)
    finally:
        os.umask(before)
    assert {each.name: oct(each.stat().st_mode & 0o777) for each in path.parent.iterdir()} == {
        "tables.copy": "0o600",
        "tables.journal": "0o600",
        "tables.lock": "0o600",
    }


def test_the_folder_is_made_for_root_only(path: Path) -> None:
    with closing(Replica(path, STANDARD)) as replica:
        replica.save(Copy(nodes(), 1, WHEN), None)
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_two_processes_do_not_write_at_once(path: Path) -> None:
    with closing(Replica(path, STANDARD)) as old:
        old.save(Copy(nodes(), 1, WHEN), None)
        with closing(Replica(path, STANDARD)) as new:
            copy = new.load()
            assert copy is not None
            assert copy.mark == 1
            assert not new.save(Copy(nodes(), 2, WHEN), [])
            assert old.save(Copy(nodes(), 3, WHEN), [])
            old.close()
            patch = Patch(LAYOUT.columns, [row("n1")])
            assert new.save(Copy(patched(nodes(), patch), 4, WHEN), [{"nodelist": patch}])
    assert (tables(loaded(path).snapshot), loaded(path).mark) == (tables(patched(nodes(), patch)), 4)


def test_who_knows_other_tables_reads_what_it_can_and_forgets_the_mark(path: Path) -> None:
    with closing(Replica(path, STANDARD)) as replica:
        replica.save(Copy(nodes(), 1, WHEN), None)
    racks = Table("x_racks", "", tuple(Column(name, "") for name in ("rack", "comments", "disable")), ("rack",))
    copy = loaded(path, Schema({**STANDARD.tables, "x_racks": racks}))
    assert copy.mark is None
    assert len(copy.snapshot.table("nodelist").rows) == COUNT
    assert len(copy.snapshot.table("x_racks").rows) == 0


def test_a_full_disk_is_an_error_and_the_next_time_everything_is_written(path: Path) -> None:
    with closing(Replica(path, STANDARD)) as replica:
        replica.save(Copy(nodes(), 1, WHEN), None)
        assert replica._journal is not None
        replica._journal.close()
        replica._journal = FileIO("/dev/full", "a")
        with pytest.raises(OSError, match="No space"):
            replica.save(Copy(nodes(), 2, WHEN), [])
        assert read_replica(path, STANDARD).mark == 1
        assert replica.save(Copy(nodes(), 3, LATER), [])
    assert loaded(path).mark == 3


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from xcatd.store import STANDARD, Snapshot
from xcatd.store import replica as module
from xcatd.store.patch import Patch, apply
from xcatd.store.replica import Copy, Replica

module.JOURNAL = 20_000
replica = Replica(Path(sys.argv[1]), STANDARD)
copy = replica.load()
layout = STANDARD.layouts["nodelist"]
nodes = [tuple(f"n{n}" if c == "node" else None for c in layout.columns) for n in range(3000)]
snapshot = copy.snapshot if copy else Snapshot.from_tables({"nodelist": (layout.columns, nodes)})
steps, number = ([], copy.mark) if copy else (None, 0)
while True:
    number += 1
    groups = str(number)
    some = [f"n{number % 3000}", f"x{number}"]
    rows = [tuple({"node": n, "groups": groups}.get(c) for c in layout.columns) for n in some]
    patch = Patch(layout.columns, rows, [f"x{number - 1}"])
    view, _ = apply(patch, snapshot.table("nodelist"))
    snapshot = snapshot.with_views({"nodelist": view}, number)
    replica.save(Copy(snapshot, number, datetime.now(UTC)), None if steps is None else [{"nodelist": patch}])
    steps = []
    print(number, flush=True)
"""


@pytest.mark.endurance
def test_a_process_that_is_killed_again_and_again_leaves_a_copy_of_one_moment(path: Path) -> None:
    said = 0
    for round_ in range(12):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, env=environment(), text=True
        )
        assert process.stdout is not None
        for _ in range(7 + 41 * round_):
            said = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        said = int((process.stdout.read().split("\n")[:-1] or [str(said)])[-1])
        process.wait(60)
        process.stdout.close()
        copy = loaded(path)
        assert copy.mark >= said, "what was said to be saved is there"
        nodes_now = {row["node"]: row["groups"] for row in copy.snapshot.table("nodelist").rows}
        assert [node for node in nodes_now if node[0] == "x"] == [f"x{copy.mark}"]
        assert max(int(groups or 0) for groups in nodes_now.values()) == copy.mark


def test_the_log_gets_no_warning_from_a_good_copy(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    with closing(Replica(path, STANDARD)) as replica:
        replica.save(Copy(nodes(), json.loads('{"a": [1]}'), WHEN), None)
    assert loaded(path).mark == {"a": [1]}
    assert caplog.text == ""
