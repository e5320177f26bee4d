"""What every program that moves the tables to a server of its own kind does: there and back, again, and when it fails."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from tests.helpers.alone import credentials, typed
from tests.helpers.cluster import Daemon, free_port, made
from tests.helpers.moves import (
    PASSWORD,
    callers_are_served,
    cfgloc,
    does_nothing,
    failed,
    setup,
    what_was_written_is_kept,
    works,
)
from tests.helpers.ownhost import OwnHost


@dataclass(frozen=True, slots=True)
class Mover:
    """A program, and the words in which it and its server differ from others."""

    program: str
    engine: str
    """As lsxcatd says it."""
    password: str
    """The environment variable with the password of the owner of the database."""
    server: str
    """The server, as messages name it."""
    removal: str
    """How to remove a database, as messages advise it."""
    configuration: str
    """The folder of the server's configuration."""
    ignored: str
    """An option of other programs of this kind."""
    stranger: str
    """What the server says to somebody with a certificate of another name."""
    nobody: str
    """What the server says to somebody without a certificate where one is asked for."""
    line: Callable[[Path, str], str]
    """What cfgloc must say, given the folder of the daemon's certificates and the password, or none for a certificate."""
    login: Callable[[OwnHost, Path, str], subprocess.CompletedProcess[str]]
    """Log in as any program that speaks to the server, with the certificate of this prefix in a folder, or with none for ""."""


class MoverContract:
    """What is true of every such program. A subclass has `mover`, and its module `forget`, see conftest.py."""

    mover: ClassVar[Mover]

    def test_there_and_back_and_there(self, host: OwnHost, daemon: Daemon) -> None:
        said = setup(host, daemon, self.mover.program, "-i", **{self.mover.password: PASSWORD})
        assert any(line.startswith("data: copied ") for line in said), said
        assert said[-2].startswith("data: xcatd does not run: start it"), said
        assert cfgloc(daemon).read_text() == self.mover.line(daemon.root / "etc/xcat/cert", PASSWORD)
        assert cfgloc(daemon).stat().st_mode & 0o777 == 0o600
        host.start(daemon)
        works(daemon, self.mover.engine)

        back = setup(host, daemon, "sqlitesetup", "-i")
        assert f"data: removed {cfgloc(daemon)}" in back
        assert not cfgloc(daemon).exists()
        assert typed(daemon, "gettab key=written site.value") == "yes\n", "written while it was on the server"
        works(daemon, "SQLite")

        typed(daemon, "chtab key=written site.value=later")
        setup(host, daemon, self.mover.program, "-i")
        assert typed(daemon, "gettab key=written site.value") == "later\n"
        works(daemon, self.mover.engine)

    def test_again_nothing_is_done(self, host: OwnHost, daemon: Daemon) -> None:
        setup(host, daemon, self.mover.program, "-i")
        before = cfgloc(daemon).read_bytes(), self._contents(host)

        assert does_nothing(host, daemon, self.mover.program, "-i")

        assert (cfgloc(daemon).read_bytes(), self._contents(host)) == before

    def _contents(self, host: OwnHost) -> dict[str, bytes]:
        """The files of the server's configuration."""
        files = [path for path in host.path(self.mover.configuration).rglob("*") if path.is_file()]
        assert files
        return {str(path): path.read_bytes() for path in files}

    def test_a_running_daemon_takes_it_over_and_no_caller_is_refused(self, host: OwnHost, daemon: Daemon) -> None:
        host.start(daemon)

        with callers_are_served(daemon), what_was_written_is_kept(daemon):
            said = setup(host, daemon, self.mover.program, "-i")

        assert "data: xcatd works with xcatdb on 127.0.0.1" in said
        works(daemon, self.mover.engine)

    def test_a_successor_that_cannot_start_leaves_everything_as_it_was(self, host: OwnHost, daemon: Daemon) -> None:
        host.start(daemon)
        cred = daemon.root / "etc/xcat/cert/server-cred.pem"
        good = cred.read_bytes()
        cred.write_bytes(b"damaged")

        sentence = failed(host, daemon, self.mover.program, "-i", "--wait", "5")

        assert "xcatd did not take over with xcatdb on 127.0.0.1 within 5 s: see what it said in" in sentence
        old = daemon.root / "etc/xcat/xcat.sqlite"
        assert f"{old} is still in use: then run {self.mover.program} -i again" in sentence
        assert not cfgloc(daemon).exists()
        works(daemon, "SQLite")

        cred.write_bytes(good)
        setup(host, daemon, self.mover.program, "-i")
        works(daemon, self.mover.engine)

    def test_rows_of_somebody_else_are_not_written_over(self, host: OwnHost, daemon: Daemon, tmp_path: Path) -> None:
        other = made(Daemon(tmp_path / "other", "mn1", "127.0.0.1", free_port()))
        setup(host, other, self.mover.program, "-i")

        sentence = failed(host, daemon, self.mover.program, "-i", **{self.mover.password: PASSWORD})

        assert f"The database xcatdb of {self.mover.server} holds rows already (" in sentence
        assert f"remove it as {self.mover.removal}; " in sentence
        assert not cfgloc(daemon).exists()
        assert does_nothing(host, other, self.mover.program, "-i"), "its password is what it was"
        host.start(daemon)
        works(daemon, "SQLite")

    def test_certificates_instead_of_a_password(self, host: OwnHost, daemon: Daemon) -> None:
        host.start(daemon)
        setup(host, daemon, self.mover.program, "-i", "--cert")
        cert = daemon.root / "etc/xcat/cert"
        assert cfgloc(daemon).read_text() == self.mover.line(cert, "")
        works(daemon, self.mover.engine)
        assert does_nothing(host, daemon, self.mover.program, "-i")

        assert self.mover.login(host, cert, "server").returncode == 0
        assert self.mover.stranger in self.mover.login(host, credentials(daemon, "joe"), "client").stderr
        assert self.mover.nobody in self.mover.login(host, cert, "").stderr

    def test_what_does_nothing_says_so(self, host: OwnHost, daemon: Daemon) -> None:
        said = setup(host, daemon, self.mover.program, "-i", "-N", "-o", self.mover.ignored)
        assert said[0].startswith("ODBC is not needed")
        assert said[1].startswith("-P and -L prepared the server for other products")
        assert said[-1].endswith(f"(-N): {self.mover.program} -i moves it")
        assert not cfgloc(daemon).exists()
