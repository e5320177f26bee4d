"""`tcons`: the consoles of many nodes in one terminal, side by side in panes of tmux."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from xcat_client.programs import asked, options, windows
from xcat_client.trouble import FAILED, Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

USAGE = """\
Usage: tcons [-l layout] [-p n] [-s | -f] [-d] noderange
       tcons [-h | --help | -v | --version]
    -l, --layout    tiled (as it is without -l), even-horizontal, even-vertical, main-horizontal, main-vertical
    -p, --panes n   up to n consoles in a window, then another window (else 9); 1: a window for each
    -s, --spy       look on only         -f, --force   type, also if somebody else does
    -d, --detached  do not show it yet, but tell how the session is called"""

_FLAGS = {
    "l": "layout=",
    "p": "panes=",
    "s": "spy",
    "f": "force",
    "d": "detached",
    "h": "help",
    "v": "version",
}
LAYOUTS = ("tiled", "even-horizontal", "even-vertical", "main-horizontal", "main-vertical")
PANES = 9
"""Consoles in a window: so many can be read on a large screen."""


def run(words: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status. Raises Trouble."""
    try:
        given, operands = options.read(words, _FLAGS)
    except ValueError as error:
        raise Trouble(str(error)) from error
    if "v" in given:
        return asked.shown(["nodels", "--version"], env)
    if "h" in given or len(operands) != 1:
        print(USAGE, flush=True)
        return 0 if "h" in given else FAILED
    layout, panes = _layout(given), _panes(given)
    if "d" not in given and not os.isatty(0):
        raise Trouble("tcons: this is no terminal: type it at one, or see -d.")
    nodes = windows.expand(operands[0], env)
    session = Session(f"tcons-{os.getpid()}", layout, panes, env)
    session.open(nodes, [f"-{letter}" for letter in "sf" if letter in given])
    if "d" not in given:
        return session.show()
    print(session.name, flush=True)
    return 0


def _layout(given: Mapping[str, str]) -> str:
    layout = given.get("l", LAYOUTS[0])
    if layout not in LAYOUTS:
        raise Trouble(f"tcons: there is no layout {layout!r}: {', '.join(LAYOUTS)}.")
    return layout


def _panes(given: Mapping[str, str]) -> int:
    text = given.get("p", str(PANES))
    if not (text.isascii() and text.isdigit() and int(text)):
        raise Trouble(f"tcons: -p takes a number from 1, not {text!r}.")
    return int(text)


class Session:
    """A session of tmux. It ends with its last pane."""

    def __init__(self, name: str, layout: str, panes: int, env: Mapping[str, str]) -> None:
        self.name = name
        self._layout = layout
        self._panes = panes
        self._env = dict(env)

    def open(self, nodes: Sequence[str], flags: Sequence[str]) -> None:
        """A pane for each node. Raises Trouble, and then leaves none."""
        # A server of tmux that runs already has the variables of whoever started it.
        variables = [f"{name}={value}" for name, value in self._env.items() if name.startswith("XCAT")]
        begun = 0
        try:
            for number, node in enumerate(nodes):
                words = ["env", *variables, *windows.command(node, flags)]
                if number == 0 or begun >= self._panes or not self._split(node, words):
                    self._window(node, words, first=number == 0)
                    begun = 0
                begun += 1
            self._tell(*self._first_pane(), ";", "select-window", "-t", f"={self.name}:^")
        except Trouble:
            self._run(["kill-session", "-t", f"={self.name}"])
            raise

    def show(self) -> int:
        """On this terminal, until its user leaves it; from within tmux, by its own client."""
        how = "switch-client" if self._env.get("TMUX") else "attach-session"
        return subprocess.run(["tmux", how, "-t", f"={self.name}"], env=self._env, check=False).returncode

    def _window(self, node: str, words: Sequence[str], *, first: bool) -> None:
        new = [*self._first_pane(), ";", "new-window", "-t", f"={self.name}:"]
        if first:
            columns, rows = _size()
            new = ["new-session", "-d", "-s", self.name, "-x", str(columns), "-y", str(rows)]
        self._tell(*new, "-n", node, *words, ";", *self._label(node), ";", *self._borders())

    def _split(self, node: str, words: Sequence[str]) -> bool:
        """One more pane in the last window; False: it has no room."""
        split = ["split-window", "-t", f"={self.name}:", *words]
        arranged = ["select-layout", "-t", f"={self.name}:", self._layout]
        done = self._run([*split, ";", *self._label(node), ";", *arranged])
        if done.returncode == 0:
            return True
        if "no space" in done.stderr:
            return False
        raise _trouble(done.stderr)

    def _first_pane(self) -> list[str]:
        """Keys go to the first pane of the last window, once that is full."""
        return ["select-pane", "-t", f"={self.name}:.{{top-left}}"]

    def _label(self, node: str) -> list[str]:
        """The node's name at its pane. Not as its title, which the console might change."""
        return ["set-option", "-p", "-t", f"={self.name}:", "@node", node]

    def _borders(self) -> list[str]:
        window = ["set-option", "-w", "-t", f"={self.name}:"]
        shown = ["pane-border-format", " #{@node} "]
        return [*window, "pane-border-status", "top", ";", *window, *shown, ";", *window, "automatic-rename", "off"]

    def _tell(self, *words: str) -> None:
        done = self._run(words)
        if done.returncode:
            raise _trouble(done.stderr)

    def _run(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(["tmux", *words], env=self._env, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise Trouble("tcons: tmux is missing: install the package tmux.") from error


def _trouble(said: str) -> Trouble:
    return Trouble(f"tcons: tmux does not do it: {said.strip() or 'it does not say why'}")


def _size() -> tuple[int, int]:
    """Columns and rows of this terminal; of a common one when there is none."""
    try:
        columns, rows = os.get_terminal_size(0)
    except OSError:
        return 80, 24
    return max(columns, 20), max(rows, 6)
