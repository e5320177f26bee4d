"""A terminal as people have it: a tmux of the test's own, with a socket of its own, in which programs run and are looked at."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.alone import until


@dataclass(frozen=True, slots=True)
class Pane:
    """One pane. `target` is how tmux calls it."""

    tmux: Tmux
    target: str

    def screen(self) -> str:
        """What stands there now, a line that was too long for it in one."""
        return self.tmux.say("capture-pane", "-p", "-J", "-t", self.target)

    def see(self, text: str) -> str:
        """Wait until something stands on the screen; gives the whole screen."""
        found: str = until(lambda: (shown := self.screen()) and text in shown and shown, f"{text!r} on the screen")
        return found

    def gone(self, text: str) -> None:
        """Wait until something stands there no more."""
        until(lambda: text not in self.screen(), f"{text!r} to vanish")

    def type(self, *keys: str) -> None:
        """Keys by tmux's names (`C-c`, `Enter`); anything else letter by letter."""
        self.tmux.say("send-keys", "-t", self.target, *keys)

    def run(self, line: str) -> None:
        self.tmux.say("send-keys", "-t", self.target, "-l", line)
        self.type("Enter")

    def tell(self, form: str) -> str:
        """A format of tmux(1), such as #{pane_pid}."""
        return self.tmux.say("display-message", "-p", "-t", self.target, form).strip()


@dataclass(frozen=True, slots=True)
class Tmux:
    """A server. `env` is what programs in it are given."""

    socket: Path
    env: Mapping[str, str]

    def say(self, *words: str) -> str:
        """A command of tmux, which must succeed; gives what it prints."""
        done = subprocess.run(
            ["tmux", "-S", str(self.socket), "-f", "/dev/null", *words],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout

    def window(self, words: Sequence[str], *, columns: int = 80, rows: int = 24) -> Pane:
        """A program in a session of its own."""
        size = ("-x", str(columns), "-y", str(rows))
        return Pane(self, self.say("new-session", "-d", "-P", "-F", "#{pane_id}", *size, *words).strip())

    def panes(self, session: str) -> list[Pane]:
        """Those of all windows of a session, in order."""
        return [Pane(self, each) for each in self.say("list-panes", "-s", "-F", "#{pane_id}", "-t", session).split()]


@contextlib.contextmanager
def tmux(folder: Path, env: Mapping[str, str]) -> Iterator[Tmux]:
    """A server that ends, with all that runs in it, when the `with` block does."""
    where = {name: value for name, value in env.items() if name not in ("TMUX", "TMUX_PANE")}
    server = Tmux(folder / "tmux", {**where, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "SHELL": "/bin/sh"})
    server.say("start-server", ";", "set-option", "-g", "exit-empty", "off")
    try:
        yield server
    finally:
        server.say("kill-server")
