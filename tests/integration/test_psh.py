"""`psh`, `pping` and `ppping`, which run where they are typed; with real ssh, nmap, fping and ping."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import typed
from tests.helpers.sshdesk import NET, Desk, ssh_desk
from tests.helpers.sshnodes import acquaint
from xcat_client.programs import pping


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with ssh_desk(tmp_path_factory.mktemp("psh"), "ssh") as desk:
        typed(desk.mn, f"nodeadd localhost,nowhere.invalid groups=odd hosts.ip={NET}.1.1")
        yield desk


def test_lines_of_both_streams_come_with_the_name_of_the_node(desk: Desk) -> None:
    status, out, err = desk.run("psh", "n[1-3]", "echo", "one;", "echo two >&2")
    assert (status, err) == (0, "")
    assert desk.run("psh", "n4", "printf unfinished") == (0, "n4: unfinished\n", "")
    for node in ("n1", "n2", "n3"):
        assert sorted(line for line in out.splitlines() if line.startswith(node)) == [
            f"{node}: one",
            f"{node}: two",
        ]


def test_the_status_is_the_number_of_nodes_that_failed(desk: Desk) -> None:
    status, out, err = desk.run("psh", "-f", "2", "n[1-4]", "case $SSH_CONNECTION in *.1.[23]\\ *) exit 7;; esac")
    assert (status, out) == (2, "")
    assert sorted(err.splitlines()) == [f"n{n}: *** ssh exited with error code 7." for n in (2, 3)]


def test_options_of_psh(desk: Desk) -> None:
    assert desk.run("psh", "-i", "ib", "n1", "echo there") == (0, "n1-ib: there\n", "")
    assert desk.run("psh", "--nonodecheck", "-l", "root", "n1,n2", "true", XCATPSHFANOUT="1") == (0, "", "")
    status, out, err = desk.run("psh", "nosuchnode", "true")
    assert (status, out) == (1, "")
    assert "nosuchnode" in err
    assert (
        desk.run("psh", "-f", "none", "n1", "true")[2] == "Error: psh: the fanout is a number of nodes, not 'none'.\n"
    )
    assert desk.run("psh", "n1")[:2] == (1, desk.run("psh", "-h")[1])


def test_without_ssh(desk: Desk) -> None:
    assert desk.run("psh", "--nonodecheck", "n1", "true", PATH="/nowhere") == (
        1,
        "",
        "Error: The program ssh cannot be run (No such file or directory): install its package.\n",
    )


@pytest.mark.parametrize("program", ["psh", "pping", "ppping"])
def test_the_version_and_help_are_shown_and_words_that_are_none_are_not_taken(desk: Desk, program: str) -> None:
    assert desk.run(program, "-v") == desk.run("nodels", "-v")
    status, usage, _ = desk.run(program, "-h")
    assert (status, usage.startswith(f"Usage: {program} ")) == (0, True)
    assert desk.run(program)[:2] == (1, usage)
    assert desk.run(program, "-y", "n1") == (1, "", f"Error: {program}: option -y not recognized; see {program} -h\n")
    assert desk.run(program, "nosuchnode", "true")[0] == 1


@pytest.mark.parametrize("words", [(), ("-f",)], ids=["nmap", "fping"])
def test_who_answers_a_ping(desk: Desk, words: tuple[str, ...]) -> None:
    assert desk.run("pping", *words, "odd") == (0, "localhost: ping\nnowhere.invalid: noping\n", "")


def test_with_nothing_but_ping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ping").symlink_to("/usr/bin/ping")
    monkeypatch.setattr(pping, "_PATH", str(tmp_path))
    assert pping.answering(["localhost", "nowhere.invalid"]) == {"localhost"}


def test_nodes_ping_one_another(desk: Desk) -> None:
    acquaint(desk.mn, {"*": desk.nodes.port}, ed25519=desk.nodes)
    typed(desk.mn, "makeknownhosts odd")
    assert desk.run("ppping", "odd") == (
        1,
        "localhost: nowhere.invalid: noping\nnowhere.invalid: nowhere.invalid: noping\n",
        "",
    )
    assert desk.run("ppping", "localhost") == (0, "localhost: pinged all nodes successfully\n", "")
    assert desk.run("ppping", "-q", "localhost") == (0, "", "")
