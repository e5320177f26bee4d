"""`xcatprobe` as it is typed: options, lines, exit status; and checks of a site."""

from __future__ import annotations

from pathlib import Path

import pytest

from xcatd.daemon.paths import Paths
from xcatd.probe import Failed, Noted
from xcatd.probe.check import Level, Result
from xcatd.probe.lines import Screen, told
from xcatd.probe.main import USAGE, main

CHECK = '''\
from xcatd.probe import Failed, Noted, NotNow, Warned, check

@check("xcatmn", "the coffee is hot", rank=1)
def coffee(here):
    """There is some."""
    BODY
'''


def typed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    status = main(words)
    shown = capsys.readouterr()
    return status, shown.out + shown.err


def add(host: Paths, body: str) -> None:
    host.checks.mkdir(exist_ok=True)
    (host.checks / "coffee.py").write_text(CHECK.replace("BODY", body))


def first(capsys: pytest.CaptureFixture[str], host: Paths, body: str, *words: str) -> list[str]:
    """What the check of the site, which is the first, says when it has this body."""
    add(host, body)
    _, shown = typed(capsys, "--root", str(host.root), *words, "xcatmn")
    lines = shown.splitlines()
    return lines[: next(number for number, line in enumerate(lines) if "this host is set up" in line)]


def test_help_list_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(capsys, "-h") == (0, f"{USAGE}\n")
    status, shown = typed(capsys, "-l")
    assert (status, shown.splitlines()[0]) == (0, "Supported sub commands are:")
    assert [line.split()[0] for line in shown.splitlines()[1:]] == ["hierarchy", "osdeploy", "xcatmn"]
    assert typed(capsys, "-v")[1].startswith("Version ")


def test_without_a_subcommand(capsys: pytest.CaptureFixture[str]) -> None:
    said = "There isn't sub command input from command line, use '-l' to list all valid subcommand\n"
    assert typed(capsys) == (0, said)


def test_an_unknown_subcommand_and_an_unknown_option(capsys: pytest.CaptureFixture[str]) -> None:
    status, shown = typed(capsys, "osdeploi")
    assert (status, shown.splitlines()[0]) == (1, "Unsupported sub command: osdeploi")
    status, shown = typed(capsys, "-x")
    assert (status, shown.splitlines()[0]) == (1, "Unsupported attribute: unrecognized arguments: -x")
    assert typed(capsys, "hierarchy", "-i", "eth0")[0] == 1


def test_help_and_title_of_a_subcommand(capsys: pytest.CaptureFixture[str]) -> None:
    status, shown = typed(capsys, "xcatmn", "-h")
    assert status == 0
    assert "xcatmn [-i <nic>] [-V]" in shown
    assert typed(capsys, "hierarchy", "-T")[1].startswith("[ok] : Check ")


def test_the_exit_status_counts_failures_and_no_warnings(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    status, shown = typed(capsys, "--root", str(host.root), "xcatmn")
    assert status == 1, "the daemon does not run"
    assert "Nobody listens at" in shown
    assert typed(capsys, "--root", str(host.root), "hierarchy")[0] == 1


def test_a_check_of_the_site(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    line = "[mn]: Checking the coffee is hot..."
    assert first(capsys, host, "yield Failed('It is cold: heat it')") == [
        f"{line:<74}[FAIL]",
        "    It is cold: heat it",
    ]
    assert first(capsys, host, "yield Warned('It is warm: drink it')") == [
        f"{line:<74}[WARN]",
        "    It is warm: drink it",
    ]
    assert first(capsys, host, "yield Noted('It is black')") == [f"{line:<74}[ OK ]"]
    assert first(capsys, host, "yield Noted('It is black')", "-V")[-1] == "    It is black"
    assert first(capsys, host, "yield from ()") == [f"{line:<74}[ OK ]"]
    left_out = "[mn]: Checking the coffee is hot: left out, nobody is up"
    assert first(capsys, host, "raise NotNow('nobody is up')\n    yield") == [f"{left_out:<74}[INFO]"]


def test_a_check_that_fails_itself_does_not_end_the_others(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    lines = first(capsys, host, "yield 1 // 0")
    assert lines[0].endswith("[FAIL]")
    assert "The check itself has a fault, which please report: ZeroDivisionError" in lines[1]
    assert "coffee.py line 6" in lines[1]
    lines = first(capsys, host, "open('/no/such/file')\n    yield")
    assert lines[1] == "    /no/such/file cannot be looked at (No such file or directory): run xcatprobe as root"


def test_a_file_of_the_site_that_cannot_be_loaded(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    host.checks.mkdir()
    (host.checks / "broken.py").write_text("import nosuchmodule")
    status, shown = typed(capsys, "--root", str(host.root), "xcatmn")
    assert status == 1
    assert shown.startswith(f"Error: The check {host.checks}/broken.py cannot be loaded: ModuleNotFoundError")


# -- lines --------------------------------------------------------------------------------------------------------


def test_marks_stand_at_the_right_edge() -> None:
    screen = Screen(30)
    assert screen.line(Level.OK, "short") == f"{'short':<24}[ OK ]"
    assert screen.line(Level.FAILED, "x" * 24) == f"{'x' * 24}[FAIL]"
    assert screen.line(Level.WARNING, "x" * 25) == f"{'x' * 21}...[WARN]"
    assert screen.line(Level.DEBUG, "x" * 99) == "x" * 99


def test_whole_lines_go_on_below() -> None:
    assert Screen(30, whole=True).line(Level.INFO, "x" * 30) == f"{'x' * 24}\n{'x' * 6:<24}[INFO]"


def test_colours_are_for_terminals() -> None:
    line = Screen(30, colours=True).line(Level.FAILED, "bad")
    assert line == f"{'bad':<24}\x1b[1;31m[FAIL]\x1b[0m"
    assert Screen(30, colours=True).line(Level.INFO, "note") == f"{'note':<24}[INFO]"


def test_notes_are_for_those_who_ask() -> None:
    result = Result(Level.FAILED, "x", (Noted("a note"), Failed("a fault")))
    assert [text for _, text in told("mn", result, verbose=False)] == ["[mn]: Checking x...", "    a fault"]
    assert [text for _, text in told("mn", result, verbose=True)][1:] == ["    a note", "    a fault"]


def test_an_unwritable_place_of_the_root(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(tmp_path / "nowhere"), "xcatmn"]) == 1
    assert "is not set up below" in capsys.readouterr().out
    assert not (tmp_path / "nowhere").exists()
