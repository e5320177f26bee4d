"""Many consoles in one terminal: what a person sees in tmux."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import until
from tests.helpers.consolesite import ConsoleSite, console_site
from tests.helpers.tmux import Pane, Tmux, tmux


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleSite]:
    with console_site(tmp_path_factory.mktemp("site"), "n1-n29") as site:
        yield site


@pytest.fixture
def screen(site: ConsoleSite, tmp_path: Path) -> Iterator[Tmux]:
    """The terminal at which tcons is typed: its tmux is not the one that tcons speaks with, unless it is told."""
    with tmux(tmp_path, site.env | {"PS1": "ready> "}) as screen:
        yield screen


@pytest.fixture
def inner(site: ConsoleSite) -> Iterator[Inner]:
    inner = Inner(site)
    yield inner
    site.run(["tmux", "kill-server"])


class Inner:
    """The tmux that tcons starts."""

    def __init__(self, site: ConsoleSite) -> None:
        self._site = site

    def tell(self, *words: str) -> list[str]:
        return self._site.run(["tmux", *words]).stdout.splitlines()

    def shown(self, session: str, window: int) -> str:
        return "\n".join(self.tell("capture-pane", "-p", "-t", f"={session}:{window}"))

    def panes(self, session: str) -> list[str]:
        """Window and node of each."""
        form = "#{window_index} #{window_name} #{@node}"
        return self.tell("list-panes", "-s", "-t", f"={session}", "-F", form)


def at(screen: Tmux, line: str, *, columns: int = 160, rows: int = 50) -> Pane:
    pane = screen.window(["bash", "--norc", "--noprofile", "-i"], columns=columns, rows=rows)
    pane.see("ready>")
    pane.run(line)
    return pane


def shows(pane: Pane, consoles: int) -> bool:
    return pane.screen().count("console of") == consoles


@pytest.mark.usefixtures("inner")
def test_the_consoles_are_side_by_side_and_typed_at_one_by_one(site: ConsoleSite, screen: Tmux) -> None:
    pane = at(screen, "env -u TMUX tcons n1-n4; echo status $?")
    for node in ("n1", "n2", "n3", "n4"):
        shown = pane.see(f"console of {node}")
        assert f" {node} " in shown.replace("console of", "")
    pane.type("h", "i", "Enter")
    until(lambda: [site.typed(f"n{number}") for number in range(1, 5)] == ["hi\r", "", "", ""], "keys at the first one")
    for left in (3, 2, 1, 0):
        pane.type("C-e", "c", ".")
        until(functools.partial(shows, pane, left), "one of them to be left")
    pane.see("status 0")


def test_more_than_a_window_takes_go_on_in_the_next(site: ConsoleSite, inner: Inner) -> None:
    done = site.run(["tcons", "-d", "-p", "2", "-l", "even-vertical", "-s", "n5-n9"])
    assert (done.returncode, done.stderr) == (0, "")
    session = done.stdout.strip()
    assert inner.panes(session) == ["0 n5 n5", "0 n5 n6", "1 n7 n7", "1 n7 n8", "2 n9 n9"]
    assert inner.tell("display-message", "-p", "-t", f"={session}:", "#{window_name} #{window_panes}") == ["n5 2"]
    heights = inner.tell("list-panes", "-t", f"={session}:0", "-F", "#{pane_width}")
    assert heights == ["80", "80"]
    until(lambda: "console of n9" in inner.shown(session, 2), "the console of n9")
    until(lambda: "you look on only" in inner.shown(session, 2), "what is said to who looks on")


def test_what_has_no_room_gets_a_window(screen: Tmux, inner: Inner) -> None:
    pane = at(screen, "env -u TMUX tcons n11-n19", columns=20, rows=8)
    (session,) = until(lambda: inner.tell("list-sessions", "-F", "#{session_name}"), "the session")
    nodes = until(lambda: len(found := inner.panes(session)) == 9 and found, "nine panes")
    assert [node.split()[2] for node in nodes] == [f"n{number}" for number in range(11, 20)]
    assert len({node.split()[0] for node in nodes}) > 1
    pane.see(" n11 ")


def test_within_tmux_its_client_shows_them(screen: Tmux, site: ConsoleSite, tmp_path: Path) -> None:
    """Looked at from outside: a terminal at which that client of tmux runs, which goes over to the new session."""
    pane = at(screen, "true")
    (tmp_path / "glass").mkdir()
    with tmux(tmp_path / "glass", site.env) as glass:
        client = ["env", "-u", "TMUX", "tmux", "-S", str(screen.socket), "attach", "-t", pane.tell("#{session_name}")]
        outer = glass.window(client, columns=160, rows=50)
        outer.see("ready>")
        pane.run("tcons n21-n22")
        outer.see("console of n21")
        outer.see("console of n22")


CASES = [
    (["n1"], {}, "tcons: this is no terminal: type it at one, or see -d."),
    (["-d", "nobody"], {}, "Invalid nodes and/or groups in noderange: nobody"),
    (["-d", "-l", "round", "n1"], {}, "tcons: there is no layout 'round': tiled, "),
    (["-d", "-p", "0", "n1"], {}, "tcons: -p takes a number from 1, not '0'."),
    (["-d", "-x", "n1"], {}, "tcons: option -x not recognized"),
    (["-d", "n1"], {"TMUX_TMPDIR": "/proc/1"}, "tcons: tmux does not do it: "),
    (["-d", "n1"], {"PATH": "/nowhere"}, "tcons: tmux is missing: install the package tmux."),
]


@pytest.mark.parametrize(("words", "env", "sentence"), CASES)
def test_what_does_not_work_is_one_sentence(
    site: ConsoleSite, words: list[str], env: dict[str, str], sentence: str
) -> None:
    done = site.run([str(site.commands / "tcons"), *words], **env)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: {sentence}")
    assert len(done.stderr.splitlines()) == 1
