"""What is copied, as it is found on this host's disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from xcatd.errors import Denied, NotFound, UsageError
from xcatd.remote.sources import find_source


def test_a_folder_comes_before_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "b/c").mkdir(parents=True, mode=0o700)
    (tmp_path / "b/c/file").write_text("1")
    (tmp_path / "a").symlink_to("b/c/file")
    (tmp_path / "a").resolve().chmod(0o604)
    os.utime(tmp_path / "a", (1, 2))
    source = find_source(tmp_path, recursive=True)
    assert [(entry.name, entry.is_folder) for entry in source.entries] == [
        ("", True),
        ("a", False),
        ("b", True),
        ("b/c", True),
        ("b/c/file", False),
    ]
    assert (source.entries[1].mode, source.entries[1].times, source.is_folder) == (0o604, (1, 2), True)


def test_what_is_not_copied(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to("nowhere")
    with pytest.raises(UsageError, match="say -R"):
        find_source(tmp_path, recursive=False)
    with pytest.raises(UsageError, match="pipe is neither a file nor a folder"):
        find_source(tmp_path / "pipe", recursive=True)
    with pytest.raises(NotFound, match="dangling cannot be read: no such file or directory"):
        find_source(tmp_path / "dangling", recursive=False)
    (tmp_path / "pipe").unlink()
    (tmp_path / "dangling").unlink()
    (tmp_path / "up").symlink_to(tmp_path)
    with pytest.raises((UsageError, NotFound), match=r"too deep|levels of symbolic links"):
        find_source(tmp_path, recursive=True)


def test_what_everybody_may_read_and_only_root_changes(tmp_path: Path) -> None:
    """/etc/hostname is such a file. Files below the test's own folder are not: it is root's alone."""
    assert find_source(Path("/etc/hostname"), recursive=False, everybody=True).entries[0].mode & 0o004
    for path in (Path("/etc/shadow"), tmp_path):
        with pytest.raises(Denied, match="use pscp"):
            find_source(path, recursive=True, everybody=True)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder of root's to which everybody has a way."""
    with TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_what_others_could_replace_is_not_read_for_them(open_folder: Path) -> None:
    file, link = open_folder / "file", open_folder / "link"
    file.write_text("1")
    file.chmod(0o644)
    assert find_source(file, recursive=False, everybody=True)
    link.symlink_to(file)
    with pytest.raises(Denied, match=f"leads through a symbolic link: name {file}"):
        find_source(link, recursive=False, everybody=True)
    with pytest.raises(Denied, match="link is not copied for you"):
        find_source(open_folder, recursive=True, everybody=True)
    link.unlink()
    open_folder.chmod(0o775)
    with pytest.raises(Denied, match="use pscp"):
        find_source(file, recursive=False, everybody=True)
    open_folder.chmod(0o1777)
    assert find_source(file, recursive=False, everybody=True)
    os.chown(file, 1000, 1000)
    with pytest.raises(Denied, match="use pscp"):
        find_source(file, recursive=False, everybody=True)
