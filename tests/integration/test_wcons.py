"""Consoles in windows, on a real display with real xterms, and their end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from tests.helpers.alone import until
from tests.helpers.consolesite import ConsoleSite, console_site
from tests.helpers.display import Display, Window, display

LETS_TYPE = ("-xrm", "*allowSendEvents: true")
"""Options of xterm, without which it takes keys from nobody but the keyboard."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleSite]:
    with console_site(tmp_path_factory.mktemp("site"), "n1-n6") as site:
        yield site


@pytest.fixture
def shown() -> Iterator[Display]:
    with display() as shown:
        yield shown


def opened(site: ConsoleSite, shown: Display, *words: str) -> dict[str, Window]:
    done = site.run(["wcons", *words], DISPLAY=shown.name)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return shown.windows()


def closed(site: ConsoleSite, shown: Display, *words: str) -> None:
    done = site.run(["wkill", *words], DISPLAY=shown.name)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_each_window_is_the_console_of_its_node(site: ConsoleSite, shown: Display) -> None:
    windows = opened(site, shown, *LETS_TYPE, "n1-n3")
    assert windows.keys() == {"n1", "n2", "n3"}
    until((site.folder / "n2").exists, "rcons to have the console in its window")
    shown.type(windows["n2"], "h", "e", "y", "Return")
    until(lambda: site.typed("n2") == "hey\r", "what is typed in the window of n2")
    shown.type(windows["n2"], "ctrl+e", "c", "period")
    until(lambda: shown.windows().keys() == {"n1", "n3"}, "the window of n2 to close")
    closed(site, shown)


def test_wkill_closes_those_of_a_noderange_or_all_and_only_those_of_wcons(site: ConsoleSite, shown: Display) -> None:
    opened(site, shown, "n1-n4")
    closed(site, shown, "n2,n4")
    until(lambda: shown.windows().keys() == {"n1", "n3"}, "two windows to close")
    with display() as other:
        opened(site, other, "n1")
        closed(site, shown)
        until(lambda: not shown.windows(), "the others to close")
        assert other.windows().keys() == {"n1"}
        closed(site, other)
        until(lambda: not other.windows(), "that on the other display to close")


def test_tiled_they_stand_side_by_side(site: ConsoleSite, shown: Display) -> None:
    opened(site, shown, "-t", "2", "-g", "40x10", "n1-n4")
    windows = shown.windows()
    assert windows.keys() == {"n1", "n2", "n3", "n4"}
    first = windows["n1"]
    right, below = (windows[name].x for name in ("n1", "n2")), (windows[name].y for name in ("n1", "n3"))
    assert [(windows[f"n{number}"].x - first.x, windows[f"n{number}"].y - first.y) for number in range(1, 5)] == [
        (column * distance_x, row * distance_y)
        for distance_x, distance_y in [(-int.__sub__(*right), -int.__sub__(*below))]
        for row in (0, 1)
        for column in (0, 1)
    ]
    assert windows["n2"].x >= first.x + first.width
    assert windows["n3"].y >= first.y + first.height
    closed(site, shown)


def test_who_was_sent_away_can_read_why(site: ConsoleSite, shown: Display) -> None:
    windows = opened(site, shown, *LETS_TYPE, "n6")
    find = ["pgrep", "-f", f"{site.commands}/xcat rcons n6$"]
    os.kill(int(until(lambda: site.run(find).stdout, "rcons")), signal.SIGTERM)
    until(lambda: site.run(find).returncode == 1, "rcons to end")
    assert shown.windows().keys() == {"n6"}
    shown.type(windows["n6"], "Return")
    until(lambda: not shown.windows(), "the window to close")


def test_another_terminal_program_is_used(site: ConsoleSite, shown: Display) -> None:
    """TERMINAL may have options; one that says nothing of its window, as those do that ask a server for it."""
    terminal = site.folder / "terminal"
    terminal.write_text(
        '#!/bin/sh\nshift 2; unset WINDOWID; shift; echo "$*" >"$0.words"; "$@" </dev/null >"$0.shown"\n'
    )
    terminal.chmod(0o755)
    done = site.run(["wcons", "n5"], DISPLAY=shown.name, TERMINAL=str(terminal))
    assert (done.returncode, done.stderr) == (0, "")
    out = site.folder / "terminal.shown"
    until(lambda: out.exists() and "for help" in out.read_text(), "what rcons says first")


CASES = [
    (["n1"], {"DISPLAY": ""}, "DISPLAY is not set: log in with ssh -X"),
    (["n1"], {"DISPLAY": ":nothing"}, "A window did not open: xterm: Xt error: Can't open display: "),
    (["n1"], {"TERMINAL": "noterm -x"}, "There is no terminal program noterm: install it, or set TERMINAL"),
    (["n1"], {"TERMINAL": "false"}, "A window did not open: the terminal program ended with 1."),
    (["nobody"], {}, "Invalid nodes and/or groups in noderange: nobody"),
    (["--maxn=2", "n1-n3"], {}, "These are 3 nodes: say --maxn=3 if you want so many windows"),
    (["-t", "-g"], {}, "wcons: -g needs a value"),
    (["--maxn=few", "n1"], {}, "wcons: --maxn takes a number, not 'few'"),
]


@pytest.mark.parametrize(("words", "env", "sentence"), CASES)
def test_what_does_not_work_is_one_sentence(
    site: ConsoleSite, shown: Display, words: list[str], env: dict[str, str], sentence: str
) -> None:
    done = site.run(["wcons", *words], **{"DISPLAY": shown.name, **env})
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {sentence}")
    assert len(done.stderr.splitlines()) == 1
    assert not shown.windows()


def test_usage_and_version(site: ConsoleSite) -> None:
    for name in ("wcons", "wkill", "tcons"):
        assert site.run([name, "-h"]).stdout.startswith(f"Usage: {name} ")
        assert site.run([name, "--version"]).stdout.startswith("Version ")
    assert site.run(["wcons"]).returncode == 1
