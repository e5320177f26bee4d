"""`wcons`: a window with the console for each node."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xcat_client.programs import asked, tiles, windows
from xcat_client.programs.openings import Opening, await_openings
from xcat_client.trouble import FAILED, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

USAGE = """\
Usage: wcons [-t [n] | --tile[=n]] [-g size] [--maxn=n] [--spy | --force] [terminal-options] noderange
       wcons [-h | --help | -v | --version]
    -t, --tile[=n]  put the windows side by side, n across (else as many as the screen holds)
    -g, --geometry  size of a window in letters, for example 80x24
    --maxn=n        open up to n windows (else 100)
    --spy, --force  as with rcons: look on only; type, also if somebody else does
    Other options go to the terminal program: TERMINAL, or xterm, or x-terminal-emulator."""

MOST = 100
"""Windows that are opened without being told how many may be."""

_AT_ONCE = 32
"""Windows that open side by side: as many as a display takes in its stride."""

_LIKE_XTERM = ("xterm", "uxterm", "lxterm", "rxvt", "urxvt")
_COLOURS = ("-bg", "black", "-fg", "white")


@dataclass(slots=True)
class Wishes:
    """The command line. `tile` is how many windows across, 0: as many as there is room for, None: not tiled."""

    noderange: str = ""
    tile: int | None = None
    geometry: str = ""
    most: int = MOST
    flags: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    asks: str = ""


def run(words: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status. Raises Trouble."""
    wishes = read(words[1:])
    if wishes.asks == "version":
        return asked.shown(["nodels", "--version"], env)
    if wishes.asks or not wishes.noderange:
        print(USAGE, flush=True)
        return 0 if wishes.asks else FAILED
    display = windows.display(env)
    terminal = _terminal(env)
    nodes = windows.expand(wishes.noderange, env)
    if len(nodes) > wishes.most:
        raise Trouble(
            f"These are {len(nodes)} nodes: say --maxn={len(nodes)} if you want so many windows, or see tcons."
        )
    _open(_Opener(terminal, wishes, {**env, windows.DISPLAY: display}), nodes, wishes.tile)
    return 0


def read(words: Sequence[str]) -> Wishes:
    """What is wanted. What is no option of ours is the terminal's, but for the last word: the noderange. Raises Trouble."""
    wishes = Wishes()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if word in ("-h", "--help", "-v", "--version"):
            wishes.asks = "version" if "v" in word else "help"
        elif name in ("-t", "--tile", "-tile"):
            wishes.tile = _number(name, value or (rest.pop(0) if rest and rest[0].isdigit() else "0"))
        elif name in ("-g", "-geometry", "--geometry"):
            wishes.geometry = value or _next(name, rest)
        elif name == "--maxn":
            wishes.most = _number(name, value or _next(name, rest))
        elif word in ("--spy", "--force"):
            wishes.flags.append(word)
        elif equals and name.startswith("--"):
            wishes.passed += [name[1:], value]  # as X programs know it
        else:
            wishes.passed.append(word)
    if wishes.passed and not wishes.passed[-1].startswith("-"):
        wishes.noderange = wishes.passed.pop()
    return wishes


def _next(name: str, rest: list[str]) -> str:
    if not rest:
        raise Trouble(f"wcons: {name} needs a value; see wcons -h")
    return rest.pop(0)


def _number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise Trouble(f"wcons: {name} takes a number, not {text!r}; see wcons -h")
    return int(text)


def _terminal(env: Mapping[str, str]) -> list[str]:
    """The terminal program and its first options. Raises Trouble when there is none."""
    path = env.get("PATH")
    wanted = shlex.split(env.get("TERMINAL", ""))
    for words in (wanted,) if wanted else (["xterm"], ["x-terminal-emulator"]):
        if shutil.which(words[0], path=path):
            return words
    raise Trouble(
        f"There is no terminal program {wanted[0] if wanted else 'xterm'}: install it, or set TERMINAL to another one."
    )


@dataclass(frozen=True, slots=True)
class _Opener:
    terminal: Sequence[str]
    wishes: Wishes
    env: Mapping[str, str]

    def open(self, node: str, place: str = "") -> Opening:
        """Start the terminal program; `place` is what X wants behind the size."""
        looks = _COLOURS if self.terminal[0].rpartition("/")[2] in _LIKE_XTERM else ()
        geometry = self.wishes.geometry + place
        words = [
            *self.terminal,
            *looks,
            *(("-geometry", geometry) if geometry else ()),
            *self.wishes.passed,
            "-T",
            node,
            "-e",
        ]
        return Opening.start(
            words, lambda before: windows.command(node, self.wishes.flags, before), {**self.env, windows.NODE: node}
        )


def _open(opener: _Opener, nodes: Sequence[str], tile: int | None) -> None:
    """Raises Trouble when one did not open."""
    places: Iterator[str] | None = None
    todo = list(nodes)
    if tile is not None:
        first = opener.open(todo.pop(0), "+0+0")
        await_openings([first])
        places = tiles.places(tiles.screen(opener.env), tiles.window(first.window, opener.env), tile)
        next(places)
    while todo:
        now, todo = todo[:_AT_ONCE], todo[_AT_ONCE:]
        await_openings([opener.open(node, next(places) if places else "") for node in now])
