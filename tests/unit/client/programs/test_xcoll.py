"""`xcoll`: nodes that said the same, under one heading."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.client.conftest import Client
from tests.unit.client.daemon import Call, Daemon, local_listener

RULE = "=" * 36 + "\n"
SAID = b"n2: up\nn1:up\nn3: down\nn2:  twice\nnobody\nn1:  twice\n"


def group(name: str, text: str) -> str:
    return f"{RULE}{name}\n{RULE}{text}\n"


def ran(client: Client, *words: str, said: bytes = SAID) -> str:
    done = client("xcoll", *words, env={}, input=said)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode()


def test_the_names_of_those_who_said_the_same(client: Client) -> None:
    assert ran(client, "-n") == group("UNKNOWN", "nobody\n") + group("n1,n2", "up\n twice\n") + group("n3", "down\n")


def test_with_their_number(client: Client) -> None:
    assert f"{RULE}n1,n2\n{RULE}Node count = 2 \n{RULE}up\n twice\n\n" in ran(client, "-nc")


def test_each_by_itself_and_names_that_begin_with_a_number_by_it(client: Client) -> None:
    said = b"10a: x\n9b: x\nn1: x\n"
    assert ran(client, "-i", said=said) == group("n1", "x\n") + group("9b", "x\n") + group("10a", "x\n")


def test_help(client: Client) -> None:
    assert ran(client, "-h").startswith("Usage: xcoll [-n] [-c] [-i]\n")


@pytest.mark.parametrize("word", ["-z", "file"])
def test_what_does_not_go(client: Client, word: str) -> None:
    done = client("xcoll", word, env={}, input=b"")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"Error: xcoll: ")


def _short_names(call: Call) -> None:
    """Script: the daemon knows a group for n1 and n2, and no node of the name UNKNOWN."""
    command, names = call.request()["argv"]
    assert command == "rnoderange"
    if "UNKNOWN" in names:
        call.send(b"E", b"Error: Invalid nodes and/or groups in noderange: UNKNOWN\n")
        call.send(b"X", b"1")
    else:
        call.send(b"O", {"n1,n2": b"pair\n"}.get(names, names.encode()))
        call.send(b"X", b"0")


def test_groups_by_the_daemon(root: Path, client: Client) -> None:
    with Daemon(_short_names, local_listener(root)):
        done = client("xcoll", env={"XCAT_ROOT": str(root), "XCATSHOWXML": "1"}, input=SAID)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == (
        group("UNKNOWN", "nobody\n") + group("n3", "down\n") + group("pair", "up\n twice\n")
    )


def test_without_a_daemon_the_names_are_shown_and_that_is_said_once(root: Path, client: Client) -> None:
    local_listener(root).close()
    done = client("xcoll", env={"XCAT_ROOT": str(root)}, input=SAID)
    assert (done.returncode, done.stdout.decode()) == (0, ran(client, "-n"))
    assert done.stderr.startswith(b"Warning: groups are not shown: ")
    assert done.stderr.count(b"\n") == 1
