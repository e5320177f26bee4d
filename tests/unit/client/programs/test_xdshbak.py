"""`xdshbak`: what nodes said, put together."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.client.conftest import Client
from xcat_client.programs.xdshbak import _compare, _in_order

SAID = b"n10: up\nn2: up\nn1: up: since\nn2: \nno host here\nn10: \n"
ABOVE = "HOSTS " + "-" * 73 + "\n"
BELOW = "-" * 79 + "\n"


def ran(client: Client, *words: str, said: bytes = SAID) -> str:
    done = client("xdshbak", *words, env={}, input=said)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode(errors="surrogateescape")


def test_a_block_for_each_host_with_numbers_by_their_size(client: Client) -> None:
    assert ran(client) == ("HOST:n1\n--------\nup: since\n\nHOST:n2\n--------\nup\n\n\nHOST:n10\n---------\nup\n\n")


def test_equal_outputs_once(client: Client) -> None:
    assert ran(client, "-c") == f"{ABOVE}n2, n10\n{BELOW}up\n\n\n{ABOVE}n1\n{BELOW}up: since\n"


def test_without_headers(client: Client) -> None:
    assert ran(client, "-x") == "n1: up: since\nn2: up\nn10: up\n"
    assert ran(client, "-xb") == "up: since\nup\n\nup\n\n"
    assert ran(client, "-x", said=b"n1: \n") == ""


def test_lines_that_come_mixed_are_not_lost(client: Client) -> None:
    assert ran(client, "-x", said=b"a: 1\nb: 1\na: 2\n") == "a: 1\na: 2\nb: 1\n"


def test_the_rule_below_a_long_name_has_an_end(client: Client) -> None:
    assert ran(client, said=b"n" * 80 + b": x\n") == f"HOST:{'n' * 80}\n{'-' * 63}\nx\n"


def test_a_dot_for_each_thousand_lines(client: Client) -> None:
    many = b"n1: x\n" * 2500
    assert ran(client, "-x", said=many) == "..\n" + many.decode()
    assert ran(client, "-xq", said=many) == many.decode()


def test_nothing_in_nothing_out_and_bytes_as_they_are(client: Client) -> None:
    assert ran(client, said=b"") == ran(client, "-c", said=b"") == ""
    assert ran(client, "-xb", said=b"n1: \xff\xfe\r\nn1: end") == "\udcff\udcfe\r\nend"


@pytest.mark.parametrize("words", [["-z"], ["-cx"], ["-b"], ["-cb"], ["file"]])
def test_what_does_not_go_is_said_with_the_usage_and_255(client: Client, words: list[str]) -> None:
    done = client("xdshbak", *words, env={}, input=b"")
    assert done.returncode == 255
    assert done.stdout.startswith(b"Usage: xdshbak   [-c | -x [-b] | -h | -q]\n")
    assert done.stderr.startswith(b"Error: xdshbak: ")
    assert done.stderr.count(b"\n") == 1


def test_help_is_no_mistake(client: Client) -> None:
    assert ran(client, "-h").startswith("Usage: xdshbak ")


@given(st.lists(st.from_regex(r"\A[a-z]{0,2}[0-9]{0,2}[-.]?[a-z0-9]{0,2}\Z").map(str.encode), unique=True))
def test_any_names_can_be_ordered(names: list[bytes]) -> None:
    assert sorted(_in_order(names)) == sorted(names)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"n2", b"n10"),
        (b"a-1", b"a.1"),
        (b"a.1", b"a1"),
        (b"n01", b"n1"),
        (b"B2", b"c1"),
        (b"n", b"n1"),
        (b"r1-2", b"r1-10"),
    ],
)
def test_the_order_of_versions(before: bytes, after: bytes) -> None:
    assert _compare(before, after) < 0 < _compare(after, before)
    assert _compare(before, before) == 0


def test_who_stops_reading_ends_it(commands: Path) -> None:
    words = f"yes 'n1: line' | head -n 300000 | {commands}/xdshbak -xq | head -n 1; echo ${{PIPESTATUS[2]}}"
    done = subprocess.run(["bash", "-c", words], env={"PATH": "/usr/bin:/bin"}, capture_output=True, timeout=30)
    assert (done.stdout, done.stderr) == (b"n1: line\n141\n", b"")
