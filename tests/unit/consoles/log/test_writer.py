"""The recorder, with a real disk."""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import stat
import time
from pathlib import Path

import pytest

from tests.unit.consoles.log.recording import becomes, moments, notes, recorded, recording
from xcatd.consoles.log import disk
from xcatd.consoles.log.cursor import Cursor
from xcatd.consoles.log.lines import Noted, Said
from xcatd.consoles.log.places import Places
from xcatd.consoles.log.settings import LogSettings
from xcatd.consoles.log.syslogcopy import SyslogCopy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the logs are; nobody has made it yet."""
    return tmp_path / "var/log/consoles"


def cursor(folder: Path, node: str = "n1") -> Cursor:
    return Cursor(Places(folder), node)


async def test_the_log_has_the_bytes_and_beside_it_are_their_times(folder: Path) -> None:
    before = int(time.time() * 1000)
    async with recording(folder) as logs:
        logs.noted("n1", "connected")
        logs.said("n1", b"\x00\xffboot\r\n")
        logs.said("n2", b"other")
        await becomes(lambda: (folder / "n1").exists() and (folder / "n1").stat().st_size, "the log")
        assert (folder / "n1").read_bytes() == b"\x00\xffboot\r\n"
        logs.said("n1", b"login: ")
        logs.said("n1", b"")
    assert (folder / "n1").read_bytes() == b"\x00\xffboot\r\nlogin: "
    assert (folder / "n2").read_bytes() == b"other"
    noted, *said = moments(cursor(folder))
    assert isinstance(noted, Noted)
    assert noted.text == "connected"
    assert [moment.octets for moment in said if isinstance(moment, Said)] == [b"\x00\xffboot\r\n", b"login: "]
    assert all(before <= moment.ms <= time.time() * 1000 for moment in said)


async def test_only_the_daemon_and_its_group_read_logs(folder: Path) -> None:
    before = os.umask(0o077)
    try:
        async with recording(folder) as logs:
            logs.said("n1", b"secret")
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "n1", folder / ".times/n1")}
    assert modes == {"consoles": 0o750, "n1": 0o640}


async def test_a_log_goes_on_where_the_daemon_before_ended(folder: Path) -> None:
    for word in (b"one ", b"two ", b"three"):
        async with recording(folder) as logs:
            logs.said("n1", word)
    assert (folder / "n1").read_bytes() == b"one two three"
    assert [moment.octets for moment in moments(cursor(folder)) if isinstance(moment, Said)] == [
        b"one ",
        b"two ",
        b"three",
    ]


async def test_a_log_of_conserver_goes_on(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "n1").write_bytes(b"old\n")
    os.utime(folder / "n1", (1_700_000_000, 1_700_000_000))
    async with recording(folder) as logs:
        logs.said("n1", b"new\n")
    old, new = moments(cursor(folder))
    assert old == Said(1_700_000_000_000, b"old\n")
    assert isinstance(new, Said)
    assert new.octets == b"new\n"


async def test_what_was_moved_away_cut_or_removed_is_noticed(folder: Path) -> None:
    async with recording(folder) as logs:
        logs.said("n1", b"first\n")
        await becomes(lambda: (folder / "n1").exists(), "the log")
        (folder / "n1").rename(folder / "n1-moved")
        logs.said("n1", b"second\n")
        await becomes(lambda: (folder / "n1").exists(), "a new log")
        os.truncate(folder / "n1", 0)
        logs.said("n1", b"third\n")
        await becomes(lambda: (folder / "n1").read_bytes() == b"third\n", "what is said next")
        shutil.rmtree(folder)
        logs.said("n1", b"fourth\n")
        await becomes(lambda: (folder / "n1").exists(), "a new folder")
    assert (folder / "n1").read_bytes() == b"fourth\n"
    assert [moment.octets for moment in moments(cursor(folder)) if isinstance(moment, Said)] == [b"fourth\n"]


async def test_rotation_loses_no_byte_and_older_logs_are_compressed_and_removed(folder: Path) -> None:
    settings = LogSettings(size=1000, keep=3)
    whole = b""
    async with recording(folder, settings) as logs:
        for number in range(40):
            line = f"{number:049d}\n".encode()
            whole += line
            logs.said("n1", line)
            if number % 4 == 3:
                await becomes(lambda: recorded(folder, "n1").endswith(line), "the line")  # noqa: B023 - it is waited for
        await becomes(lambda: len([*folder.glob(".old/n1/*.gz")]) == 4, "compressed logs")
    assert recorded(folder, "n1") == whole
    parts = sorted(path for path in folder.glob(".old/n1/*.gz") if ".times" not in path.name)
    assert [path.name for path in parts] == ["000000000000000-000000000001000.gz", "000000000001000-000000000002000.gz"]
    assert gzip.decompress(parts[0].read_bytes()) == whole[:1000]
    assert (folder / "n1").read_bytes() == b""

    async with recording(folder, LogSettings(size=10, keep=1)) as logs:
        logs.said("n1", b"enough for another part")
        await becomes(lambda: len([*folder.glob(".old/n1/*.gz")]) == 2, "the removal of the others")
    assert recorded(folder, "n1") == b"enough for another part"


async def test_a_log_that_is_old_is_begun_anew(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "n1").write_bytes(b"old\n")
    os.utime(folder / "n1", (1_700_000_000, 1_700_000_000))
    async with recording(folder, LogSettings(days=1)) as logs:
        logs.said("n1", b"new\n")
        await becomes(lambda: [*folder.glob(".old/n1/*-*[0-9]*")], "the older log")
        logs.said("n1", b"newer\n")
    assert (folder / "n1").read_bytes() == b"newer\n"
    assert recorded(folder, "n1") == b"old\nnew\nnewer\n"


async def test_a_rotation_that_was_cut_short_is_finished(folder: Path) -> None:
    async with recording(folder) as logs:
        logs.said("n1", b"first\n")
        logs.noted("n1", "a note")
    (folder / ".old/n1").mkdir(parents=True)
    (folder / "n1").rename(folder / ".old/n1/000000000000000-000000000000006")
    async with recording(folder) as logs:
        logs.said("n1", b"second\n")
    assert recorded(folder, "n1") == b"first\nsecond\n"
    assert notes(cursor(folder)) == ["a note"]


async def test_times_that_are_torn_or_gone_cost_no_byte(folder: Path) -> None:
    async with recording(folder) as logs:
        logs.said("n1", b"first\n")
    with (folder / ".times/n1").open("ab") as file:
        file.write(b"12 17")
    async with recording(folder) as logs:
        logs.said("n1", b"second\n")
    assert recorded(folder, "n1") == b"first\nsecond\n"
    (folder / ".times/n1").unlink()
    assert recorded(folder, "n1") == b"first\nsecond\n"
    async with recording(folder) as logs:
        logs.said("n1", b"third\n")
    assert recorded(folder, "n1") == b"first\nsecond\nthird\n"


async def test_two_daemons_that_hand_over_lose_nothing(folder: Path) -> None:
    async with recording(folder) as before, recording(folder) as after:
        whole = b""
        for number in range(8):
            (before if number % 2 else after).said("n1", b"%d\n" % number)
            whole += b"%d\n" % number
            await becomes(lambda: recorded(folder, "n1") == whole, "what was said")  # noqa: B023 - it is waited for


async def test_few_files_are_open(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_most_open", lambda: 16)
    there = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    async with recording(folder) as logs:
        for turn in range(3):
            for number in range(100):
                logs.said(f"n{number}", b"%d\n" % turn)
            await becomes(lambda: (folder / "n99").exists() and recorded(folder, "n99").endswith(b"%d\n" % turn), "all")  # noqa: B023
            assert len(os.listdir("/proc/self/fd")) < there + 40  # noqa: PTH208
    assert {recorded(folder, f"n{number}") for number in range(100)} == {b"0\n1\n2\n"}


async def test_what_stands_in_the_way_of_one_log_is_said_and_the_others_go_on(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "n1").mkdir(parents=True)
    sentence = "the log of the console of n1 cannot be written: Is a directory"
    async with recording(folder) as logs:
        logs.said("n1", b"kept ")
        logs.said("n2", b"fine")
        logs.said("../n3", b"lost")
        await becomes(lambda: logs.trouble("n1"), "the trouble")
        await becomes(lambda: (folder / "n2").exists(), "the other")
        assert logs.trouble("n1") == sentence
        assert logs.trouble("n2") == ""
        assert "give the node another name" in logs.trouble("../n3")
        logs.said("n1", b"and kept")
        (folder / "n1").rmdir()
        await becomes(lambda: not logs.trouble("n1"), "the end of the trouble")
    assert (folder / "n1").read_bytes() == b"kept and kept"
    assert [record.message for record in caplog.records].count(sentence) == 1
    assert not (folder.parent / "n3").exists()


async def test_a_link_in_the_place_of_a_log_is_not_followed(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "n1").symlink_to(tmp_path / "elsewhere")
    async with recording(folder) as logs:
        logs.said("n1", b"x")
        await becomes(lambda: logs.trouble("n1"), "the trouble")
    assert not (tmp_path / "elsewhere").exists()


async def test_lines_go_to_syslog_where_the_site_wants_it(folder: Path, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
        syslog.bind(str(tmp_path / "log"))
        syslog.settimeout(20)
        async with recording(folder, LogSettings(syslog=True), SyslogCopy(str(tmp_path / "log"))) as logs:
            logs.said("n1", b"\x1b[1mbo")
            logs.said("n1", b"ot\r\n\r\nlogin: ")
            logs.said("n2", b"x" * 2500 + b"\n")
        lines = [syslog.recv(4096).decode() for _ in range(4)]
    assert [line.partition(" console: ")[2] for line in lines] == [
        "n1: boot",
        *(f"n2: {'x' * size}" for size in (1000, 1000, 500)),
    ]
    assert all(line.startswith("<30>") for line in lines)


async def test_a_syslog_that_is_away_or_full_holds_nothing_up(folder: Path, tmp_path: Path) -> None:
    settings, copy = LogSettings(syslog=True), SyslogCopy(str(tmp_path / "log"))
    async with recording(folder, settings, copy) as logs:
        logs.said("n1", b"nobody\n")
        await becomes(lambda: (folder / "n1").exists(), "the log")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
            syslog.bind(str(tmp_path / "log"))
            logs.said("n1", b"x\n" * 5000)
            await becomes(lambda: recorded(folder, "n1").endswith(b"x\n"), "the log")
            assert syslog.recv(4096).endswith(b"n1: x")
    assert recorded(folder, "n1") == b"nobody\n" + b"x\n" * 5000
