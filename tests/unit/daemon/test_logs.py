"""The daemon's log, as somebody reads it who looks for what happened."""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.alone import until
from tests.helpers.cluster import PATIENCE, environment
from xcatd.daemon import logs
from xcatd.daemon.logs import JsonLines, LogFile, keep_flushing, open_log
from xcatd.errors import ConfigError
from xcatd.model import current_request


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "xcatd.log"


@pytest.fixture
def file(path: Path) -> Iterator[LogFile]:
    with closing(LogFile(path)) as made:
        made.setFormatter(JsonLines())
        yield made


@pytest.fixture
def log(file: LogFile) -> Iterator[logging.Logger]:
    """A logger whose lines go into the file only."""
    made = logging.getLogger("xcatd.test")
    made.setLevel(logging.DEBUG)
    made.propagate = False
    made.addHandler(file)
    yield made
    made.removeHandler(file)
    made.propagate = True


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def events(path: Path) -> list[str]:
    return [line["event"] for line in lines(path)]


def shown(**fields: Any) -> dict[str, Any]:
    """A record as the log shows it."""
    record = logging.makeLogRecord({"name": "xcatd.test", "levelname": "INFO", "msg": "done", **fields})
    line: dict[str, Any] = json.loads(JsonLines().format(record))
    return line


def test_a_line_says_when_where_and_what() -> None:
    assert shown(created=1795175999.0625, msg="%d of %s", args=(3, "n1")) == {
        "time": "2026-11-20T11:59:59.062Z",
        "level": "info",
        "module": "xcatd.test",
        "event": "3 of n1",
    }


def test_the_time_is_utc_wherever_the_daemon_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert shown(created=0.5)["time"] == "1970-01-01T00:00:00.500Z"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_two_lines_of_different_seconds_have_different_times() -> None:
    formatter = JsonLines()
    times = [
        json.loads(formatter.format(logging.makeLogRecord({"created": at})))["time"] for at in (1.0, 1.5, 2.0, 1.25)
    ]
    assert [each[17:] for each in times] == ["01.000Z", "01.500Z", "02.000Z", "01.250Z"]


def test_facts_stand_beside_what_happened_and_anything_can_be_one() -> None:
    line = shown(facts={"status": 1, "client": Path("/x"), "text": 'a\n"b"\udcff'})
    assert (line["status"], line["client"], line["text"]) == (1, "/x", 'a\n"b"\udcff')


def test_the_request_that_is_being_answered_is_named() -> None:
    assert "request" not in shown()
    token = current_request.set("abc-1")
    try:
        assert shown()["request"] == "abc-1"
    finally:
        current_request.reset(token)


def test_a_fault_keeps_its_trace() -> None:
    try:
        raise RuntimeError("what happened")
    except RuntimeError:
        line = shown(exc_info=sys.exc_info())
    assert line["trace"].startswith("Traceback")
    assert line["trace"].endswith("RuntimeError: what happened")


def test_lines_wait_for_the_next_flush(log: logging.Logger, file: LogFile, path: Path) -> None:
    log.info("one")
    log.info("two")
    assert events(path) == []
    file.flush()
    assert events(path) == ["one", "two"]
    file.flush()
    assert events(path) == ["one", "two"]


def test_a_warning_goes_out_at_once_behind_what_was_said_before(log: logging.Logger, path: Path) -> None:
    log.info("one")
    log.warning("two")
    assert events(path) == ["one", "two"]


def test_not_too_many_lines_wait(log: logging.Logger, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST", 3)
    for number in range(4):
        log.info(str(number))
    assert events(path) == ["0", "1", "2"]


def test_the_end_writes_what_waits(log: logging.Logger, file: LogFile, path: Path) -> None:
    log.info("last words")
    log.removeHandler(file)
    file.close()
    assert events(path) == ["last words"]


def test_a_log_that_was_rotated_is_begun_anew(log: logging.Logger, path: Path) -> None:
    log.warning("one")
    path.rename(path.with_suffix(".1"))
    log.warning("two")
    log.warning("three")
    assert events(path.with_suffix(".1")) == ["one"]
    assert events(path) == ["two", "three"]
    path.rename(path.with_suffix(".2"))
    path.write_text("")  # logrotate's `create`
    log.warning("four")
    assert events(path.with_suffix(".2")) == ["two", "three"]
    assert events(path) == ["four"]


@pytest.mark.parametrize("trouble", ["a full disk", "no folder"])
def test_while_the_log_cannot_be_written_the_newest_lines_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(logs, "MOST", 2)
    folder = tmp_path / "log"
    folder.mkdir()
    path = folder / "xcatd.log"
    if trouble == "a full disk":
        path.symlink_to("/dev/full")
    with closing(LogFile(path)) as file:
        file.setFormatter(JsonLines())
        if trouble == "no folder":
            path.unlink()
            folder.rmdir()
        for event in ("one", "two", "three"):
            file.handle(logging.makeLogRecord({"msg": event, "levelno": logging.WARNING}))
        path.unlink(missing_ok=True)
        folder.mkdir(exist_ok=True)
        file.handle(logging.makeLogRecord({"msg": "four", "levelno": logging.WARNING}))
        assert events(path) == ["two", "three", "four"]


def test_a_full_disk_stops_nobody_and_the_lines_are_written_when_there_is_room(path: Path) -> None:
    path.symlink_to("/dev/full")
    with closing(LogFile(path)) as file:
        file.setFormatter(JsonLines())
        for number in range(3):
            file.handle(logging.makeLogRecord({"levelno": logging.WARNING, "msg": f"line {number}"}))
        path.unlink()
        file.flush()
        assert events(path) == ["line 0", "line 1", "line 2"]


@pytest.mark.parametrize("room", [1, 60, 130, 131, 200])
def test_a_line_that_was_cut_off_is_ended_when_there_is_room(path: Path, room: int) -> None:
    """A limit of the file's size stands for the disk's: what fits is written, then comes the error."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with closing(LogFile(path)) as file:
        file.setFormatter(JsonLines())
        before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
        try:
            for number in range(3):
                file.handle(
                    logging.makeLogRecord({"levelno": logging.WARNING, "msg": f"line {number}", "created": 1.0})
                )
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, before)
        assert path.stat().st_size == room
        file.flush()
        assert events(path) == ["line 0", "line 1", "line 2"]


def test_what_was_there_stays(path: Path) -> None:
    path.write_text('{"event": "before"}\n')
    with closing(LogFile(path)) as file:
        file.setFormatter(JsonLines())
        file.handle(logging.makeLogRecord({"msg": "after", "levelno": logging.INFO}))
    assert events(path) == ["before", "after"]


async def test_while_the_daemon_lives_lines_are_written_by_themselves(
    log: logging.Logger, file: LogFile, path: Path
) -> None:
    log.info("one")
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        keeping = group.create_task(keep_flushing(file))
        await asyncio.to_thread(until, lambda: path.stat().st_size, "the line")
        keeping.cancel()
    assert events(path) == ["one"]


PROGRAM = """
import logging, sys
from pathlib import Path
from xcatd.daemon.logs import open_log
file = open_log(Path(sys.argv[1]), sys.argv[2])
for name in ("xcatd.server", "xcatd_site_lab", "aiosqlite", "asyncio", "ours"):
    log = logging.getLogger(name)
    log.debug("a detail of %s", name)
    log.info("a fact of %s", name)
log.warning("a %s", "warning")
file.flush()
"""


@pytest.mark.parametrize(
    ("level", "seen"),
    [
        (
            "debug",
            [f"{what} of {name}" for name in ("xcatd.server", "xcatd_site_lab") for what in ("a detail", "a fact")]
            + ["a warning"],
        ),
        ("info", ["a fact of xcatd.server", "a fact of xcatd_site_lab", "a warning"]),
        ("error", []),
    ],
)
def test_warnings_are_also_on_standard_error_and_libraries_tell_nothing_else(
    tmp_path: Path, path: Path, level: str, seen: list[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), level], capture_output=True, text=True, env=environment()
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == ("xcatd: a warning\n" if seen else "")
    assert events(path) == seen


def test_a_log_that_cannot_be_written_is_named(tmp_path: Path, path: Path) -> None:
    path.mkdir()
    with pytest.raises(ConfigError, match=f"The log {path} cannot be written: Is a directory"):
        open_log(tmp_path, "info")


HOSTILE = """
import logging, sys
from pathlib import Path
from xcatd.daemon.logs import open_log
open_log(Path(sys.argv[1]), "info")
logging.getLogger("xcatd.x").warning("no certificate for %s", "x\\nxcatd: root came in\\r\\x1b[2J\\u2028\\udcff")
"""


def test_a_message_is_one_line_in_the_journal(tmp_path: Path, path: Path) -> None:
    """What a caller says must not look like a line of the daemon's."""
    done = subprocess.run(
        [sys.executable, "-c", HOSTILE, str(tmp_path)], capture_output=True, text=True, env=environment()
    )
    assert done.stderr == "xcatd: no certificate for x\\nxcatd: root came in\\r\\x1b[2J\\u2028\\udcff\n"
    assert len(events(path)) == 1
