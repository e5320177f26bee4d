"""Reading a log from some place on."""

from __future__ import annotations

import os
import re
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.consoles.log.recording import becomes, moments, notes, octets, recording
from xcatd.consoles.log.appending import Appending
from xcatd.consoles.log.backlog import Mark
from xcatd.consoles.log.cursor import Cursor
from xcatd.consoles.log.lines import Noted, Said
from xcatd.consoles.log.packing import pack
from xcatd.consoles.log.places import Places
from xcatd.consoles.log.settings import LogSettings
from xcatd.consoles.log.stream import Stream


class Log:
    """A log that a test writes by hand, at times that it says."""

    def __init__(self, folder: Path, node: str = "n1") -> None:
        self.places = Places(folder)
        self.node = node
        self.now = 1_000_000
        self._file = Appending(self.places, node, self.now)

    def say(self, octets: bytes, ms: int) -> None:
        self._file.append(octets)
        self._file.mark([Mark(len(octets), ms)], len(octets))
        self._file.save_times()

    def note(self, text: str, ms: int) -> None:
        self._file.mark([Mark(0, ms, text)], 0)
        self._file.save_times()

    def rotate(self, keep: int = 100, *, packs: bool = True) -> None:
        self._file.rotate()
        self._file.close()
        if packs:
            pack(self.places, self.node, keep)
        self._file = Appending(self.places, self.node, self.now)

    def close(self) -> None:
        self._file.close()

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.places, self.node)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "consoles")


def test_where_nothing_was_said_nothing_is_read(tmp_path: Path) -> None:
    cursor = Cursor(Places(tmp_path), "n1")
    assert not cursor.is_there
    cursor.to_last(5)
    cursor.to_time(5)
    cursor.to_end()
    assert moments(cursor) == []


def test_a_time_is_found_in_whatever_part_it_is(log: Log) -> None:
    for number in range(30):
        log.say(b"%02d\n" % number, 1000 * number)
        log.note(f"note {number}", 1000 * number + 1)
        if number % 10 == 9:
            log.rotate(packs=number == 9)
    log.say(b"end", 40_000)
    for wanted in range(0, 30):
        cursor = log.cursor
        cursor.to_time(1000 * wanted)
        assert octets(cursor) == b"".join(b"%02d\n" % number for number in range(wanted, 30)) + b"end"
        cursor.to_time(1000 * wanted + 1)
        assert notes(cursor) == [f"note {number}" for number in range(wanted, 30)]
    cursor.to_time(50_000)
    assert moments(cursor) == []
    log.close()
    cursor.close()


line = st.binary(max_size=20).map(lambda raw: raw.replace(b"\n", b""))


@given(
    st.lists(st.tuples(line, st.sampled_from([b"\n", b"\n", b"\r\n", b""]), st.booleans()), max_size=25),
    st.integers(1, 12),
    st.data(),
)
def test_the_last_lines_are_those_that_a_reader_of_the_whole_sees(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[bytes, bytes, bool]], lines: int, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("log")
    log = Log(folder)
    for number, (text, end, rotates) in enumerate(pieces):
        if text + end:
            log.say(text + end, number)
        if rotates and (folder / "n1").read_bytes():
            log.rotate(packs=data.draw(st.booleans()))
    whole = b"".join(text + end for text, end, _ in pieces)
    cursor = log.cursor
    assert octets(cursor) == whole
    cursor.to_last(lines)
    assert octets(cursor) == b"".join(re.findall(rb"[^\n]*\n|[^\n]+", whole)[-lines:])
    cursor.to_end()
    assert octets(cursor) == b""
    cursor.close()
    log.close()
    shutil.rmtree(folder)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=30), st.integers(1, 100))
def test_however_little_is_read_at_once_the_times_are_the_same(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], most: int
) -> None:
    folder = tmp_path_factory.mktemp("log")
    log = Log(folder)
    for number, size in enumerate(sizes):
        log.say(b"x" * size, 7 * number)
    cursor, come = log.cursor, []
    while some := cursor.read(most):
        come += [moment.ms for moment in some if isinstance(moment, Said) for _ in moment.octets]
    assert come == [7 * number for number, size in enumerate(sizes) for _ in range(size)]
    log.close()
    shutil.rmtree(folder)


def test_a_reader_that_is_late_reads_what_was_put_aside_and_compressed_meanwhile(log: Log) -> None:
    log.say(b"a" * 100, 1)
    cursor = log.cursor
    assert len(cursor.read(10)) == 1
    log.say(b"b" * 100, 2)
    log.note("noted", 3)
    log.rotate()
    for number in range(5):
        log.say(b"%d" % number * 1000, 10 + number)
        log.rotate(packs=number % 2 == 0)
    log.say(b"end", 20)
    read = moments(cursor)
    assert b"".join(each.octets for each in read if isinstance(each, Said)) == (
        b"a" * 90 + b"b" * 100 + b"".join(b"%d" % number * 1000 for number in range(5)) + b"end"
    )
    assert [(each.ms, len(each.octets)) for each in read if isinstance(each, Said)][:2] == [(1, 90), (2, 100)]
    assert [each for each in read if isinstance(each, Noted)] == [Noted(3, "noted")]
    cursor.close()
    log.close()


def test_a_reader_is_told_what_was_removed_before_he_came_to_it(log: Log) -> None:
    log.say(b"a" * 100, 1)
    cursor = log.cursor
    assert len(cursor.read(10)) == 1
    for number in range(5):
        log.rotate(keep=1)
        log.say(b"%d" % number * 1000, 10 + number)
    read = moments(cursor)
    assert read[0] == Noted(13, "3090 bytes are not in the log any more")
    assert [each.octets[:1] for each in read if isinstance(each, Said)] == [b"3", b"4"]
    cursor.close()
    log.close()


def test_a_part_that_is_compressed_while_it_is_read_is_read_on(log: Log) -> None:
    log.say(b"a" * 100, 1)
    log.rotate(packs=False)
    log.say(b"b" * 100, 2)
    cursor = log.cursor
    cursor.read(10)
    pack(log.places, "n1", 5)
    assert octets(cursor) == b"a" * 90 + b"b" * 100
    cursor.close()
    log.close()


async def test_who_follows_sees_what_is_said_through_rotations_removals_and_daemons(tmp_path: Path) -> None:
    folder = tmp_path / "consoles"
    cursor = Cursor(Places(folder), "n1")
    seen = b""

    def sees(text: bytes) -> bool:
        nonlocal seen
        seen += octets(cursor)
        return seen.endswith(text)

    for daemon in range(3):
        async with recording(folder, LogSettings(size=100)) as logs:
            for number in range(30):
                logs.said("n1", b"%d-%02d\n" % (daemon, number))
                if number % 10 == 0:
                    await becomes(lambda: sees(b"%d-%02d\n" % (daemon, number)), "it")  # noqa: B023
    await becomes(lambda: sees(b"2-29\n"), "the last one")
    assert seen == b"".join(b"%d-%02d\n" % (daemon, number) for daemon in range(3) for number in range(30))

    shutil.rmtree(folder)
    assert octets(cursor) == b""
    async with recording(folder) as logs:
        logs.said("n1", b"again\n")
        await becomes(lambda: sees(b"again\n"), "what is said after the removal")
        os.truncate(folder / "n1", 0)
        logs.said("n1", b"cut\n")
        await becomes(lambda: sees(b"cut\n"), "what is said after the cut")
    cursor.close()


def test_the_lines_of_a_group_come_in_the_order_of_time(tmp_path: Path) -> None:
    logs = {node: Log(tmp_path, node) for node in ("n1", "n2", "n3")}
    for number in range(30):
        logs[f"n{number % 3 + 1}"].say(b"%d\n" % number, 100 * number)
    logs["n2"].say(b"unfinished", 50)
    stream = Stream({node: log.cursor for node, log in logs.items()}, until=None)
    shown = [line.text for part in iter(lambda: stream.there(7), ()) for line in part]
    assert shown == [str(number) for number in range(30)]
    logs["n3"].say(b"three\n", 9000)
    logs["n1"].say(b"one\n", 9001)
    assert [(line.node, line.text) for line in stream.news()] == [("n3", "three"), ("n1", "one")]
    assert stream.news() == ()
    assert [(line.node, line.text) for line in stream.rest()] == [("n2", "unfinished")]
    stream.close()
    for log in logs.values():
        log.close()


def test_what_came_later_than_wanted_is_left_out(tmp_path: Path) -> None:
    log = Log(tmp_path)
    for number in range(10):
        log.say(b"%d\n" % number, 100 * number)
    stream = Stream({"n1": log.cursor}, until=500)
    assert [line.text for line in stream.there(100)] == ["0", "1", "2", "3", "4"]
    stream.close()
    log.close()


def test_bytes_whose_time_is_not_known_yet_came_when_the_file_was_written(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.say(b"known", 5)
    with (tmp_path / "n1").open("ab") as file:
        file.write(b"fresh")
    before, after = moments(log.cursor)
    assert before == Said(5, b"known")
    assert isinstance(after, Said)
    assert (after.octets, abs(after.ms - time.time() * 1000) < 3_600_000) == (b"fresh", True)
    log.close()
