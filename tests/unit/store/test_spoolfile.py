"""One file of a spool."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import FileIO
from pathlib import Path

import pytest

from xcatd.model import Origin
from xcatd.store import Append, Change, Put, spoolfile
from xcatd.store.changes import Once
from xcatd.store.spoolfile import Spooled, SpoolFile, line_of, remove_halves

ROOT = Origin("root", "desk7", "r1", "nodech", "n1 a=b")


def changes(number: int) -> list[Change]:
    return [Append("auditlog", {"userid": str(number)}), Put("site", {"key": "a"}, {"value": None})]


def lines(*numbers: int) -> list[bytes]:
    return [line_of(changes(number), ROOT, number) for number in numbers]


@contextmanager
def holding(path: Path) -> Iterator[SpoolFile]:
    file = SpoolFile.adopt(path)
    assert file is not None
    with closing(file):
        yield file


def path_of(folder: Path) -> Path:
    (path,) = folder.glob("*.spool")
    return path


def left(folder: Path, *numbers: int) -> Path:
    """The file of a daemon that is gone."""
    with closing(SpoolFile.create(folder)) as file:
        file.append(lines(*numbers))
    return path_of(folder)


def taken(file: SpoolFile) -> Iterator[Spooled]:
    while found := file.first():
        (spooled,) = found
        yield spooled
        file.done()


def test_writes_come_out_in_the_order_in_which_they_went_in(tmp_path: Path) -> None:
    path = left(tmp_path, 1, 2, 3)
    assert path.stat().st_mode & 0o777 == 0o600
    with holding(path) as file:
        assert list(taken(file)) == [Spooled(changes(number), ROOT, Once(path.stem, number)) for number in (1, 2, 3)]
        assert file.size == 0


def test_a_file_with_nothing_in_it_goes_away(tmp_path: Path) -> None:
    SpoolFile.create(tmp_path).close()
    assert list(tmp_path.iterdir()) == []
    with holding(left(tmp_path, 1)) as file:
        file.done()
    assert list(tmp_path.iterdir()) == []


def test_it_belongs_to_one_at_a_time(tmp_path: Path) -> None:
    path = left(tmp_path, 1)
    with holding(path):
        assert SpoolFile.adopt(path) is None
    with holding(path) as file:
        assert file.first()
    assert SpoolFile.adopt(tmp_path / "gone.spool") is None


def test_half_a_record_at_the_end_was_never_said_to_be_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = left(tmp_path, 1, 2)
    path.write_bytes(path.read_bytes()[:-5])
    with holding(path) as file:
        assert [spooled.once.serial for spooled in taken(file)] == [1]
    assert caplog.text == ""


def test_a_damaged_record_in_the_middle_is_said_to_be_lost(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = left(tmp_path, 1, 2, 3)
    first, second, third = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + second.replace(b"root", b"riot") + third)
    with holding(path) as file:
        assert [spooled.once.serial for spooled in taken(file)] == [1, 3]
    assert f"1 records in {path} are damaged and lost" in caplog.text


def test_what_is_done_does_not_take_room_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spoolfile, "SLACK", 2000)
    with closing(SpoolFile.create(tmp_path)) as file:
        path = path_of(tmp_path)
        file.append(lines(1, 2, 3))
        for number in range(4, 100):
            file.append(lines(number))
            file.done()
            assert path.stat().st_size < 4000
        assert SpoolFile.adopt(path) is None, "it is still ours"
        assert [spooled.once.serial for spooled in taken(file)] == [97, 98, 99]
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_keeps_none_of_the_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(SpoolFile.create(tmp_path)) as file:
        file.append(lines(1))
        whole = file._file
        with FileIO("/dev/full", "r+") as full:
            file._file = full
            with pytest.raises(OSError, match="No space"):
                file.append(lines(2, 3))
            file._file = whole
        file.append(lines(4))
        assert [spooled.once.serial for spooled in taken(file)] == [1, 4]


def test_files_that_were_never_finished_are_removed_and_others_stay(tmp_path: Path) -> None:
    path = left(tmp_path, 1)
    for name, age in (("dead", 1000), ("young", 0)):
        half = tmp_path / f"{name}.making"
        half.write_text("half")
        os.utime(half, (time.time() - age, time.time() - age))
    remove_halves(tmp_path)
    assert set(tmp_path.iterdir()) == {path, tmp_path / "young.making"}
