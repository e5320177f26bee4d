"""What goes to a node: a shell makes nothing of values, and what was cut on its way is not run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.helpers.scripts import FOLDER
from tests.helpers.webfiles import web_server
from xcatd.plugins.updatenode.carried import Round, Server, command_line, content, with_variables

TEXT = "NODE=n1\nexport NODE\n# postscripts-start-here\n# postscripts-end-here\n"
RUNNER = (FOLDER / "runpostscripts").read_bytes()
NASTY = 'a\'b "$(id)" `id` ;&|\\ é'


def test_variables_come_before_the_scripts_and_are_never_run() -> None:
    text = with_variables(TEXT, (("ONE", NASTY), ("TWO", "")))
    assert text.index("ONE=") < text.index("# postscripts-start-here")
    shown = subprocess.run(
        ["sh", "-c", f'{text}printf "%s|%s" "$ONE" "$TWO"'], capture_output=True, check=True, stdin=subprocess.DEVNULL
    )
    assert shown.stdout.decode() == f"{NASTY}|"
    assert with_variables("NODE=n1\n", (("A", "b"),)) == "NODE=n1\nA=b\nexport A\n"
    assert with_variables(TEXT, ()) == TEXT


def test_an_address_with_colons_is_put_into_brackets() -> None:
    assert Server("fd00::1", "80", "/install").place == "[fd00::1]:80"
    assert Server("10.0.0.1", "80", "/install").place == "10.0.0.1:80"


@pytest.mark.parametrize(
    ("cut", "said"),
    [
        (100, "runpostscripts: it did not come whole: try again\n"),
        (len(RUNNER), "runpostscripts: what came from the server is not whole, and nothing is run: try again\n"),
        (-2, "runpostscripts: what came from the server is not whole, and nothing is run: try again\n"),
    ],
)
def test_what_was_cut_is_not_run(tmp_path: Path, cut: int, said: str) -> None:
    line = command_line(RUNNER, "n1", Server("127.0.0.1", "9", "/install"), sudo=False)
    given = content(RUNNER, TEXT, Round(("true",), "done"))[:cut]
    done = subprocess.run(["sh", "-c", line], input=given, capture_output=True, env=_env(tmp_path))
    assert (done.returncode, done.stdout.decode(), done.stderr.decode()) == (1, "", said)


def test_the_scripts_run_with_their_words(tmp_path: Path) -> None:
    folder = tmp_path / "www/install/postscripts"
    folder.mkdir(parents=True)
    (folder / "show").write_text('#!/bin/sh\necho "$NODE $UPDATENODE <$1> <$MORE>"\n')
    with web_server(tmp_path / "www") as port:
        line = command_line(RUNNER, "n1", Server("127.0.0.1", str(port), "/install"), sudo=False)
        given = content(RUNNER, TEXT, Round(("show 'a  b'",), "done", (("MORE", NASTY),)))
        done = subprocess.run(["sh", "-c", line], input=given, capture_output=True, env=_env(tmp_path))
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines()[1] == f"n1 1 <a  b> <{NASTY}>"
    assert NASTY not in line


def test_a_node_without_python_says_what_to_install(tmp_path: Path) -> None:
    line = command_line(RUNNER, "n1", Server("127.0.0.1", "9", "/install"), sudo=False)
    done = subprocess.run(["/bin/sh", "-c", line], input=RUNNER, capture_output=True, env={"PATH": str(tmp_path)})
    assert done.returncode == 127
    assert done.stderr == b"runpostscripts: python3 is not installed: install the package python3\n"


def test_by_sudo_that_asks_for_no_password() -> None:
    assert " sudo -n -- python3 -I " in command_line(RUNNER, "n1", Server("127.0.0.1", "9", "/install"), sudo=True)


def _env(folder: Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "XCAT_ROOT": str(folder / "root")}
