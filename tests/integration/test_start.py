"""What keeps a daemon from starting: its database, its settings, its first-time set-up. Each has its sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.helpers.alone import typed
from tests.helpers.cluster import Daemon, free_port, made, refused, write_settings

# -- the database -------------------------------------------------------------------------------------------------------


def test_a_database_that_is_damaged_or_something_else_is_named_and_left_as_it_was(idle: Daemon) -> None:
    path = idle.root / "etc/xcat/xcat.sqlite"
    sound = path.read_bytes()
    page = sound.find(b"installdir") // 4096 * 4096
    damaged = {
        "text": b"this is my shopping list\n" * 100,
        "cut": sound[: len(sound) // 2 + 17],
        "holes": sound[:page] + os.urandom(4096) + sound[page + 4096 :],
    }
    for name, content in damaged.items():
        path.write_bytes(content)
        said = refused(idle)
        assert str(path) in said, name
        assert path.read_bytes() == content, name
    path.unlink()
    path.mkdir()
    assert str(path) in refused(idle)
    path.rmdir()
    path.write_bytes(sound)
    idle.start()
    assert "mn1" in typed(idle, "tabdump policy")
    idle.stop()


# -- settings and set-up ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("name: mn1\nprot: 3001\n", 2, "unknown setting 'prot'; do you mean port?"),
        ("name: mn1\n\nport: 70000\n", 3, "port is a port number from 1 to 65535, not '70000'"),
        ("name: [unclosed\n", 2, "not YAML"),
    ],
)
def test_a_mistake_in_the_settings_is_shown_with_file_and_line(idle: Daemon, text: str, line: int, words: str) -> None:
    write_settings(idle, text)
    said = refused(idle)
    assert f"{idle.root}/etc/xcat/xcatd.yaml line {line}:" in said
    assert words in said


def test_init_twice_changes_nothing_the_second_time(tmp_path: Path) -> None:
    daemon = made(Daemon(tmp_path / "root", "mn1", "127.0.0.1", free_port()))
    before = {path: path.read_bytes() for path in daemon.root.rglob("*") if path.is_file()}
    again = daemon.init()
    assert again.returncode == 0
    assert "nothing to do" in again.stdout
    assert {path: path.read_bytes() for path in daemon.root.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "70000"], "--port takes a number from 1 to 65535, not 70000"),
        (["--port", "-1"], "--port takes a number from 1 to 65535, not -1"),
        (["--address", "not an address"], "not an address"),
        (["--master", "host:many"], "'host:many' is no address"),
    ],
)
def test_init_refuses_what_cannot_be(tmp_path: Path, words: list[str], said: str) -> None:
    done = Daemon(tmp_path, "mn1").xcatd("init", "--root", str(tmp_path / "root"), "--name", "mn1", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "root/etc/xcat/xcatd.yaml").exists()


def test_init_where_nothing_can_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = Daemon(tmp_path, "mn1").xcatd("init", "--root", str(tmp_path / "file"), "--name", "mn1")
    assert done.returncode == 1
    assert "cannot be made" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_wrong_option_is_answered_with_the_usage(tmp_path: Path) -> None:
    done = Daemon(tmp_path, "mn1").xcatd("--frobnicate")
    assert done.returncode == 2
    assert done.stderr.startswith("usage: xcatd")
