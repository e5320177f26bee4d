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
]


@pytest.mark.parametrize(("words", "options", "command"), CASES)
def test_what_is_an_option(words: list[str], options: dict[str, str], command: list[str]) -> None:
    given, left = parse(["xdsh", *words])
    assert (given, list(left)) == (options, command)
