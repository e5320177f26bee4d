"""The program `xcatd` as it is typed: what it says when it does not start, and with which status it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from xcatd.daemon.main import main
from xcatd.daemon.paths import Paths


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--frobnicate"], "unrecognized arguments: --frobnicate"),
        (["--pid"], "unrecognized arguments: --pid"),
        (["start"], "invalid choice: 'start'"),
        (["--root"], "argument --root: expected one argument"),
        (["init"], "the following arguments are required: --name"),
        (["init", "--name", "mn1", "--port", "high"], "argument --port: invalid int value: 'high'"),
        (["init", "--name", "mn1", "--addr", "::1"], "unrecognized arguments: --addr"),
    ],
)
def test_a_wrong_word_is_answered_with_the_usage(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    shown = capsys.readouterr()
    assert (ended.value.code, shown.out) == (2, "")
    assert shown.err.startswith("usage: xcatd")
    assert said in shown.err


def test_the_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    shown = capsys.readouterr()
    assert (ended.value.code, shown.err) == (0, "")
    for option in ("--root", "--foreground", "--pidfile", "--reload", "--restart", "init"):
        assert option in shown.out


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one sentence that says why it does not start."""
    assert main(words) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("xcatd: ")
    assert shown.err.count("\n") == 1
    return shown.err.removeprefix("xcatd: ").removesuffix("\n")


def test_a_host_that_is_not_set_up_is_told_how_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = f"This host is not set up below {tmp_path}; run: xcatd init --name NAME"
    assert refused(capsys, "--root", str(tmp_path)) == expected
    assert list(tmp_path.iterdir()) == []


def test_the_root_may_come_from_the_environment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XCAT_ROOT", str(tmp_path))
    assert f"not set up below {tmp_path};" in refused(capsys)


def test_a_mistake_in_the_settings_is_shown(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    host.settings.write_text("prot: 3001\n")
    said = refused(capsys, "--root", str(host.root))
    assert said == f"{host.settings} line 1: unknown setting 'prot'; do you mean port?"


def test_a_folder_that_cannot_be_made_is_named(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    (host.root / "run/xcat").rmdir()
    (host.root / "run/xcat").write_text("")
    said = refused(capsys, "--root", str(host.root))
    assert said == f"{host.run} cannot be made: File exists; run xcatd as root"


def test_a_pid_file_without_a_folder_is_refused(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "--root", str(host.root), "-p", "/no/such/folder/pid")
    assert said == "The pid file /no/such/folder/pid cannot be written: there is no folder /no/such/folder"


def test_a_log_that_cannot_be_written_is_named(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    (host.log / "xcatd.log").mkdir()
    said = refused(capsys, "--root", str(host.root))
    assert said == f"The log {host.log}/xcatd.log cannot be written: Is a directory"
