"""Files that are replaced as a whole or not at all, on real disks: full ones, read-only ones, mounted files."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from xcatd.errors import ServiceError
from xcatd.services.files import difference, in_thread, locked, my_turn, read_text, replace_text, replace_texts


def test_a_file_is_made_and_an_equal_one_is_not_touched(tmp_path: Path) -> None:
    path, backup = tmp_path / "hosts", tmp_path / "hosts.bak"
    assert replace_text(path, "one\n", backup=backup)
    assert path.read_text() == "one\n"
    assert path.stat().st_mode & 0o7777 == 0o644
    assert not backup.exists()
    before = path.stat()
    assert not replace_text(path, "one\n", backup=backup)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert not backup.exists()


def test_an_empty_file_is_made_too(tmp_path: Path) -> None:
    assert replace_text(tmp_path / "empty", "")
    assert (tmp_path / "empty").read_bytes() == b""
    assert not replace_text(tmp_path / "empty", "")


def test_a_file_keeps_its_owner_and_mode_and_the_backup_gets_them(tmp_path: Path) -> None:
    path, backup = tmp_path / "hosts", tmp_path / "hosts.bak"
    path.write_text("old\n")
    path.chmod(0o640)
    os.chown(path, 65534, 65534)
    assert replace_text(path, "new\n", backup=backup)
    assert (path.read_text(), backup.read_text()) == ("new\n", "old\n")
    for one in (path, backup):
        assert (one.stat().st_uid, one.stat().st_gid, one.stat().st_mode & 0o7777) == (65534, 65534, 0o640)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["hosts", "hosts.bak"]


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real").write_text("old")
    assert replace_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_bytes_that_are_no_text_survive(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_bytes(b"# caf\xe9\n")
    text = read_text(path)
    assert replace_text(path, text + "more\n")
    assert path.read_bytes() == b"# caf\xe9\nmore\n"
    assert difference(path, text, text + "more\n")[-2:] == [" # caf?", "+more"]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert read_text(tmp_path / "absent") == ""
    with pytest.raises(ServiceError, match=r"^.*/folder cannot be read: is a directory$"):
        (tmp_path / "folder").mkdir()
        read_text(tmp_path / "folder")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ServiceError, match=r"/no/hosts cannot be written and stays as it is: no such file or directory$"
    ):
        replace_text(tmp_path / "no/hosts", "x")


_REPLACE = """
import sys
from pathlib import Path
from xcatd.errors import ServiceError
from xcatd.services.files import replace_text
try:
    print(replace_text(Path(sys.argv[1]), sys.argv[2] * int(sys.argv[3])))
except ServiceError as error:
    print(error)
"""


def replaced(mounts: str, path: Path, text: str, times: int = 1) -> str:
    """What comes of replacing a file where these mounts are made first, which nobody else sees."""
    shell = f'set -e\n{mounts}\nexec "$@"'
    words = ["unshare", "--mount", "--propagation", "private", "sh", "-c", shell, "sh"]
    program = [sys.executable, "-c", _REPLACE, str(path), text, str(times)]
    done = subprocess.run([*words, *program], capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout.strip()


def test_a_file_that_is_mounted_by_itself_is_overwritten(tmp_path: Path) -> None:
    path, inside = tmp_path / "hosts", tmp_path / "inside"
    for old, new in (("a longer old text\n", "new\n"), ("old\n", "a longer new text\n")):
        path.write_text(old)
        inside.write_text("")
        number = path.stat().st_ino
        assert replaced(f"mount --bind {path} {inside}", inside, new) == "True"
        assert (path.read_text(), path.stat().st_ino) == (new, number)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["hosts", "inside"]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounts = (
        f"mount -t tmpfs -o size=64k small {small}\necho old > {small}/hosts\n"
        f'"$@" > {tmp_path}/said\ncat {small}/hosts > {tmp_path}/left\nls -A {small} > {tmp_path}/there\nset -- true'
    )
    replaced(mounts, small / "hosts", "x" * 99, 10_000)
    assert (tmp_path / "said").read_text() == (
        f"{small}/hosts cannot be written and stays as it is: no space left on device\n"
    )
    assert (tmp_path / "left").read_text() == "old\n"
    assert (tmp_path / "there").read_text() == "hosts\n"


def test_a_mounted_file_on_a_full_disk_gets_its_old_text_back(tmp_path: Path) -> None:
    disk, folder = tmp_path / "disk", tmp_path / "folder"
    disk.mkdir()
    folder.mkdir()
    (folder / "hosts").write_text("")
    mounts = (
        f"mount -t tmpfs -o size=64k small {disk}\necho old > {disk}/hosts\n"
        f"mount --bind {disk}/hosts {folder}/hosts\n"
        f'"$@" > {tmp_path}/said\ncat {folder}/hosts > {tmp_path}/left\nset -- true'
    )
    replaced(mounts, folder / "hosts", "x" * 99, 10_000)
    assert (tmp_path / "said").read_text() == (
        f"{folder}/hosts cannot be written and stays as it is: no space left on device\n"
    )
    assert (tmp_path / "left").read_text() == "old\n"
    assert [each.name for each in folder.iterdir()] == ["hosts"]


def test_a_mounted_file_in_a_read_only_folder_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("old\n")
    mounts = (
        f"mount --bind {tmp_path} {tmp_path}\nmount --bind {tmp_path}/hosts {tmp_path}/hosts\n"
        f"mount -o remount,ro,bind {tmp_path}"
    )
    assert replaced(mounts, tmp_path / "hosts", "new\n") == "True"
    assert (tmp_path / "hosts").read_text() == "new\n"
    assert [each.name for each in tmp_path.iterdir()] == ["hosts"]


def test_a_read_only_place_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("old\n")
    said = replaced(
        f"mount --bind {tmp_path} {tmp_path}\nmount -o remount,ro,bind {tmp_path}", tmp_path / "hosts", "new"
    )
    assert said == f"{tmp_path}/hosts cannot be written and stays as it is: read-only file system"
    assert (tmp_path / "hosts").read_text() == "old\n"


def test_a_difference_is_a_unified_diff(tmp_path: Path) -> None:
    path = Path("/etc/hosts")
    assert difference(path, "a\nb\n", "a\nb\n") == []
    assert difference(path, "a\nb\n", "a\nc\n") == [
        "--- /etc/hosts",
        "+++ /etc/hosts (new)",
        "@@ -1,2 +1,2 @@",
        " a",
        "-b",
        "+c",
    ]


def test_one_at_a_time_holds_a_lock(tmp_path: Path) -> None:
    lock = tmp_path / "run/xcat/hosts.lock"
    order: list[str] = []
    waiting = threading.Event()

    def second() -> None:
        waiting.set()
        with locked(lock):
            order.append("second")

    thread = threading.Thread(target=second)
    with locked(lock):
        thread.start()
        waiting.wait()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_lock_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with (
        pytest.raises(ServiceError, match=r"^The lock .*/run/hosts.lock cannot be made: "),
        locked(tmp_path / "run/hosts.lock"),
    ):
        raise AssertionError("not reached")


def test_many_files_get_their_texts_at_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    replace_texts(tmp_path, {"a": "1\n", "b": "2\n"}, mode=0o600)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "1\n", "b": "2\n"}
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o600, 0o600]


def test_of_many_files_none_is_half_written_when_one_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "b").mkdir()
    with pytest.raises(ServiceError, match=f"Files in {tmp_path} cannot be written: "):
        replace_texts(tmp_path, {"b": "2", "a": "1"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    assert (tmp_path / "a").read_text() == "old"
    with pytest.raises(ServiceError, match="no such file"):
        replace_texts(tmp_path / "none", {"a": "1"})


def test_very_many_files_are_there_as_a_whole(tmp_path: Path) -> None:
    texts = {f"n{number}": f"{number}\n" for number in range(200)}
    replace_texts(tmp_path, texts)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == texts


async def test_who_is_cancelled_waits_until_nothing_is_written_any_more() -> None:
    begun, may_end, over = threading.Event(), threading.Event(), threading.Event()

    def write() -> None:
        begun.set()
        may_end.wait()
        over.set()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(in_thread(write))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        asyncio.get_running_loop().call_soon(may_end.set)
        await asyncio.wait((task,))
        assert (task.cancelled(), over.is_set()) == (True, True)


async def test_whoever_has_a_lock_has_a_thread_however_many_wait_for_it(tmp_path: Path) -> None:
    done: list[int] = []

    async def one(number: int) -> None:
        async with my_turn(tmp_path / "lock"):
            there = len(done)
            await asyncio.to_thread(done.append, number)
            assert len(done) == there + 1

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for number in range(64):
            group.create_task(one(number))
    assert sorted(done) == list(range(64))
