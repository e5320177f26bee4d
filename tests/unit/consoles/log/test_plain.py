"""Lines as one sees them."""

from __future__ import annotations

import pytest

from xcatd.consoles.log.lines import Lines, Noted, Said, TextLine
from xcatd.consoles.log.plain import plain


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b"login: \r", "login: "),
        (b"\x1b[1;32m[  OK  ]\x1b[0m Started \xc3\xbcber\r", "[  OK  ] Started über"),
        (b"\x1b]0;title\x07root@cn01:~# ls\x1b[K", "root@cn01:~# ls"),
        (b"10%\r20%\r\r100%\r", "100%"),
        (b"pasd\x08\x08ss\x08 \x08swd", "passwd"),
        (b"\x08\x08", ""),
        (b"a\tb", "a       b"),
        (b"\xff\x00\x07ok\x1b", "�ok"),
        (b"\x1b[2J\x1b[1;1H", ""),
    ],
)
def test_a_line_is_text_that_is_safe_to_print(line: bytes, shown: str) -> None:
    assert plain(line) == shown


def test_lines_are_put_together_and_have_the_time_of_their_beginning() -> None:
    lines = Lines("n1")
    assert [*lines.feed(Said(1, b"on"))] == []
    assert [*lines.feed(Said(2, b"e\r\ntwo\r\nth"))] == [TextLine(1, "n1", "one"), TextLine(2, "n1", "two")]
    assert [*lines.feed(Noted(3, "root@mn left"))] == [TextLine(3, "n1", "[root@mn left]")]
    assert [*lines.rest()] == [TextLine(2, "n1", "th")]
    assert [*lines.rest()] == []


def test_a_console_without_ends_of_lines_is_shown_all_the_same() -> None:
    lines = Lines("n1")
    shown = [line.text for _ in range(30) for line in lines.feed(Said(1, b"x" * 1000))]
    shown += [line.text for line in lines.rest()]
    assert "".join(shown) == "x" * 30_000
    assert len(shown) > 2
