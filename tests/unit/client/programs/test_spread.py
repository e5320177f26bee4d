"""The words of pscp and prsync."""

from __future__ import annotations

import pytest

from xcat_client.programs.prsync import _options
from xcat_client.programs.pscp import _own
from xcat_client.programs.spread import _parted
from xcat_client.trouble import Trouble


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("n1:/tmp", ("n1", "/tmp")),
        ("n1:", ("n1", "")),
        ("n[1:5],@rack:a:b", ("n[1:5],@rack", "a:b")),
    ],
)
def test_a_noderange_and_a_folder(word: str, parts: tuple[str, str]) -> None:
    assert _parted(word, "pscp") == parts


@pytest.mark.parametrize("word", ["n1", ":/tmp", "n[1:5]"])
def test_no_noderange_or_no_folder(word: str) -> None:
    with pytest.raises(Trouble, match="pscp: the last word is noderange:folder"):
        _parted(word, "pscp")


@pytest.mark.parametrize(
    ("words", "given", "rest"),
    [
        ("-f 8 -i ib -r a n1:b", {"f": "8", "i": "ib"}, ["-r", "a", "n1:b"]),
        ("-f8 --interface=ib a n1:b", {"f": "8", "i": "ib"}, ["a", "n1:b"]),
        ("--fanout 8 -P 2222 -i key a n1:b", {"f": "8"}, ["-P", "2222", "-i", "key", "a", "n1:b"]),
        ("a -f 8 n1:b", {}, ["a", "-f", "8", "n1:b"]),
        ("-h", {"h": ""}, []),
    ],
)
def test_our_options_stand_before_those_of_scp(words: str, given: dict[str, str], rest: list[str]) -> None:
    assert _own(words.split()) == (given, rest)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["-az"]),
        ("crz", ["-azcrz"]),
        ("--delete", ["-az", "--delete"]),
        ("c -e 'ssh -p 2'", ["-azc", "-e", "ssh -p 2"]),
    ],
)
def test_options_of_rsync(text: str, words: list[str]) -> None:
    assert _options(text) == words
