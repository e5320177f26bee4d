"""Files are whole, private from the first byte, and keys are never overwritten."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from xcat_certs import files
from xcat_certs.errors import AlreadyThere, Unusable


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_the_mode_is_what_was_asked_for_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o777)
    try:
        files.write(tmp_path / "key", b"secret", files.PRIVATE)
        files.write(tmp_path / "cert", b"open", files.PUBLIC)
        files.make_directory(tmp_path / "a/b", files.PRIVATE_DIRECTORY)
    finally:
        os.umask(before)
    assert [mode(tmp_path / name) for name in ("key", "cert", "a", "a/b")] == [0o600, 0o644, 0o755, 0o700]


def test_replacing_a_file_leaves_nothing_else_behind(tmp_path: Path) -> None:
    files.write(tmp_path / "cert", b"old", files.PUBLIC)
    files.write(tmp_path / "cert", b"new", files.PRIVATE)
    assert (tmp_path / "cert").read_bytes() == b"new"
    assert mode(tmp_path / "cert") == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["cert"]


def test_a_new_file_never_replaces_one_that_is_there(tmp_path: Path) -> None:
    files.write_new(tmp_path / "key", b"first", files.PRIVATE)
    with pytest.raises(AlreadyThere, match="key exists and is not overwritten"):
        files.write_new(tmp_path / "key", b"second", files.PRIVATE)
    assert (tmp_path / "key").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_file_that_cannot_be_written_or_read_is_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match=r"Cannot write .*/none/cert: no such file or directory\."):
        files.write(tmp_path / "none/cert", b"", files.PUBLIC)
    with pytest.raises(Unusable, match=r"Cannot read .*/none, the index of the authority: no such file"):
        files.read(tmp_path / "none", "index of the authority")


def test_a_file_in_the_way_of_a_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "cert").write_text("")
    with pytest.raises(Unusable, match="a file of this name is in the way"):
        files.make_directory(tmp_path / "cert")
    with pytest.raises(Unusable, match="a file of this name is in the way"):
        files.make_directory(tmp_path / "cert/below")


def test_a_directory_that_exists_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o750)
    files.make_directory(tmp_path / "home", files.PRIVATE_DIRECTORY)
    assert mode(tmp_path / "home") == 0o750


def test_a_lock_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="Cannot lock"), files.locked(tmp_path / "none/lock"):
        raise AssertionError("nobody holds this lock")


def test_a_second_process_waits_for_the_lock(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from xcat_certs import files\n"
        "print('tries', flush=True)\n"
        "with files.locked(Path(sys.argv[1]) / 'lock'): print((Path(sys.argv[1]) / 'done').exists(), flush=True)\n"
    )
    with files.locked(tmp_path / "lock"):
        other = subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(Path(files.__file__).parents[1])},
        )
        assert other.stdout is not None
        assert other.stdout.readline() == "tries\n"
        (tmp_path / "done").touch()
    answer, _ = other.communicate(timeout=60)
    assert answer == "True\n"
