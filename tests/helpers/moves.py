"""Typing pgsqlsetup and its like on a host of its own, and what must be true before, meanwhile and after."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.helpers.alone import typed
from tests.helpers.cluster import Daemon, free_port, made
from tests.helpers.meanwhile import meanwhile
from tests.helpers.ownhost import OwnHost
from xcatd.daemon.init import write_changes
from xcatd.daemon.paths import Paths
from xcatd.store import Put

PASSWORD = "Geheim.42|x"
NOTHING = "already there, nothing to do"
NODES = 20
ROWS = [
    *(Put("nodelist", {"node": f"n{number}"}, {"groups": "all"}) for number in range(1, NODES + 1)),
    Put("site", {"key": "comment"}, {"value": "häuser"}),
    Put("nodehm", {"node": "n1"}, {"mgt": "ipmi"}),
]


def template(folder: Path) -> Daemon:
    """A management node with rows in its tables, to be copied."""
    daemon = made(Daemon(folder, "mn1", "127.0.0.1", free_port()))
    asyncio.run(write_changes(Paths(folder), lambda _: ROWS, "test"))
    return daemon


@contextmanager
def filled(host: OwnHost, template: Daemon, folder: Path) -> Iterator[Daemon]:
    """A copy of it, which does not run; it is stopped at the end, if it was started."""
    shutil.copytree(template.root, folder, symlinks=True)
    daemon = replace(template, root=folder)
    try:
        yield daemon
    finally:
        host.stop(daemon)


def setup(host: OwnHost, daemon: Daemon, program: str, *words: str, **env: str) -> list[str]:
    """Run a program that must succeed; gives what it announces."""
    done = host.set_up(program, daemon.root, *words, **env)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout.splitlines()


def does_nothing(host: OwnHost, daemon: Daemon, program: str, *words: str, **env: str) -> bool:
    """Whether it says of each step that nothing is to be done."""
    return all(line.endswith(NOTHING) for line in setup(host, daemon, program, *words, **env))


def failed(host: OwnHost, daemon: Daemon, program: str, *words: str, **env: str) -> str:
    """What a program says that cannot do it: one sentence."""
    done = host.set_up(program, daemon.root, *words, **env)
    assert done.returncode == 1, done.stdout
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


def cfgloc(daemon: Daemon) -> Path:
    return daemon.root / "etc/xcat/cfgloc"


def works(daemon: Daemon, engine: str) -> None:
    """The running daemon works with this engine, has the rows, and takes new ones."""
    assert f"dbengine={engine}" in typed(daemon, "lsxcatd -d").splitlines()
    assert len(typed(daemon, "nodels all").splitlines()) == NODES
    typed(daemon, "chtab key=written site.value=yes")
    assert typed(daemon, "gettab key=comment site.value") == "häuser\n"


@contextmanager
def callers_are_served(daemon: Daemon) -> Iterator[None]:
    """Whoever calls the daemon meanwhile gets his answer."""
    refused: list[str] = []

    def call() -> None:
        answer = daemon.run("nodels", "n1")
        if (answer.stdout, answer.returncode) != ("n1\n", 0):
            refused.append(answer.stderr)

    with meanwhile(call):
        yield
    assert refused == []


@contextmanager
def what_was_written_is_kept(daemon: Daemon) -> Iterator[None]:
    """Whoever writes meanwhile either is told that it was not done, or finds it afterwards."""
    told: dict[str, str] = {}

    def write() -> None:
        key = f"written{len(told)}"
        done = daemon.run("chtab", f"key={key}", "site.value=yes")
        told[key] = done.stderr if done.returncode else ""

    with meanwhile(write):
        yield
    write()
    there = {line.split(",")[0].strip('"') for line in typed(daemon, "tabdump site").splitlines()}
    lost = [key for key, error in told.items() if not error and key not in there]
    done_after_all = {key: error for key, error in told.items() if error and key in there}
    assert (lost, done_after_all) == ([], {})


@contextmanager
def command_lines() -> Iterator[set[str]]:
    """The command lines of all processes that are seen meanwhile."""
    seen: set[str] = set()
    with meanwhile(lambda: seen.update(_command_lines())):
        yield seen


def _command_lines() -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            yield (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue


def see_no_password(daemon: Daemon, *texts: str) -> None:
    """Neither in these texts nor in anything that the daemon and the programs leave behind, but for cfgloc."""
    left = [path.read_text() for path in (daemon.root / "var/tmp").rglob("*.csv")]
    assert left, "there is a backup"
    for text in (*texts, *left, daemon.log(), daemon.errors(), typed(daemon, "lsxcatd -a")):
        assert PASSWORD not in text
