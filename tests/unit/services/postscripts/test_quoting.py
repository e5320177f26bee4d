"""Text of the tables within shell text: a real shell is the judge."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.services.postscripts.quoting import Around, around, plain, quoted

TEXTS = st.text(alphabet=st.characters(codec="utf-8"), max_size=40) | st.text("'\"\\$`# ;\n()&|*~", max_size=12)


def shell(line: str) -> str:
    done = subprocess.run(["sh", "-u"], input=f"{line}\n", capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, ""), (line, done.stderr)
    return done.stdout


@pytest.mark.parametrize("before, after", [("", ""), ('"', '"'), ("'", "'"), ('"a b"', ""), ("'x'\"", '"')])
def test_text_stands_for_itself_wherever_it_is_put(before: str, after: str) -> None:
    bare = before.strip("'\"") if before.count(before[-1:]) > 1 else ""

    @given(TEXTS)
    def holds(text: str) -> None:
        line = f"printf %s {before}{quoted(text, around(f'printf %s {before}'))}{after}"
        assert shell(line).removeprefix(bare).removeprefix("x" if before[:3] == "'x'" else "") == plain(text)

    holds()


@given(TEXTS)
def test_text_does_not_leave_a_comment(text: str) -> None:
    assert shell(f"echo a # {quoted(text, Around.COMMENT)}") == "a\n"


@pytest.mark.parametrize(
    "before, state",
    [
        ("", Around.NOTHING),
        ("A=", Around.NOTHING),
        ('A="', Around.DOUBLE),
        ("A='", Around.SINGLE),
        ("A='\"'", Around.NOTHING),
        ('A="\\"', Around.DOUBLE),
        ("A='\\'", Around.NOTHING),
        ("A=\\'", Around.NOTHING),
        ("echo a # '", Around.COMMENT),
        ("echo a#'", Around.SINGLE),
        ("# x", Around.COMMENT),
    ],
)
def test_where_a_place_is(before: str, state: Around) -> None:
    assert around(before) is state
