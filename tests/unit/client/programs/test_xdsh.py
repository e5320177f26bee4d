"""Which words are options of xdsh, and which are the command for nodes."""

from __future__ import annotations

import pytest

from xcat_client.programs.xdsh import parse

CASES = [
    (["n1", "date"], {}, ["date"]),
    (["n1", "-t", "3", "ls", "-l"], {"t": "3"}, ["ls", "-l"]),
    (["-sf8", "n1", "-z", "--", "-x"], {"s": "", "f": "8", "z": ""}, ["-x"]),
    (["n1", "-E", "/env", "-e", "script", "-K"], {"E": "/env", "e": ""}, ["script", "-K"]),
    (["n1", "-E=/env", "--exec", "script"], {"E": "/env", "e": ""}, ["script"]),
    (["n1", "--environment", "/env", "--user=joe", "id"], {"E": "/env", "l": "joe"}, ["id"]),
    (["n1", "--devicetype", "Switch::Other", "show"], {"d": "Switch::Other"}, ["show"]),
    (["n1", "--ordered", "--sudo", "-K"], {"K": ""}, []),
    (["n1", "-t"], {"t": ""}, []),
    (["--", "n1", "-x"], {}, ["-x"]),
    (
        ["n1", "-o", "-p 22", "-r", "ssh", "-S", "csh", "-mT", "ls"],
        {"o": "-p 22", "r": "ssh", "S": "csh", "m": "", "T": ""},
        ["ls"],
    ),
    (["n1", "-X", "ls", "-l"], {"X": ""}, ["ls", "-l"]),
    (["n1", "-X", "DSH_FANOUT,DSH_TIMEOUT", "ls"], {"X": "DSH_FANOUT,DSH_TIMEOUT"}, ["ls"]),
    (["n1", "-zX:DSH_FANOUT", "ls"], {"z": "", "X": "DSH_FANOUT"}, ["ls"]),
    (["n1", "-Xz", "DSH_FANOUT"], {"X": "", "z": ""}, ["DSH_FANOUT"]),
    (["n1", "--ignore-env", "DSH_FANOUT", "ls"], {"X": "DSH_FANOUT"}, ["ls"]),
    (["-i", "/image", "-z", "ls", "-l"], {"i": "/image", "z": ""}, ["ls", "-l"]),
]


@pytest.mark.parametrize(("words", "options", "command"), CASES)
def test_what_is_an_option(words: list[str], options: dict[str, str], command: list[str]) -> None:
    given, left = parse(["xdsh", *words])
    assert (given, list(left)) == (options, command)


def test_options_that_the_daemon_reads_have_their_values_skipped() -> None:
    given, left = parse(["xdsh", "n1", "--node-opt", "-e", "-S", "-K", "-I", "-E", "ls"])
    assert (given, list(left)) == ({"o": "-e", "S": "-K", "I": "-E"}, ["ls"])
