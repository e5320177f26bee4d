"""The command line of wcons: its own options, and those that go on to the terminal program."""

from __future__ import annotations

import pytest

from xcat_client.programs.wcons import Wishes, read
from xcat_client.trouble import Trouble


@pytest.mark.parametrize(
    ("line", "wishes"),
    [
        ("n1-n5", Wishes("n1-n5")),
        ("-t n1", Wishes("n1", tile=0)),
        ("-t 4 n1-n16", Wishes("n1-n16", tile=4)),
        ("--tile=4 n1", Wishes("n1", tile=4)),
        ("--tile --font=nil2 all", Wishes("all", tile=0, passed=["-font", "nil2"])),
        ("-f vs -t 4 n1-n4", Wishes("n1-n4", tile=4, passed=["-f", "vs"])),
        ("n1 -t 4", Wishes("n1", tile=4)),
        ("-sb -geometry 80x24 n1", Wishes("n1", geometry="80x24", passed=["-sb"])),
        ("-g 80x24 n1", Wishes("n1", geometry="80x24")),
        ("--geometry=80x24 n1", Wishes("n1", geometry="80x24")),
        ("--maxn 500 --spy --force n1", Wishes("n1", most=500, flags=["--spy", "--force"])),
        ("--maxn=500 n1", Wishes("n1", most=500)),
        ("-h", Wishes(asks="help")),
        ("--version", Wishes(asks="version")),
        ("-sb", Wishes(passed=["-sb"])),
        ("", Wishes()),
    ],
)
def test_what_is_wanted(line: str, wishes: Wishes) -> None:
    assert read(line.split()) == wishes


@pytest.mark.parametrize("line", ["--tile=x n1", "--maxn", "--maxn -1 n1", "-g", "--maxn=² n1"])
def test_what_cannot_be_wanted(line: str) -> None:
    with pytest.raises(Trouble, match="wcons: "):
        read(line.split())
