"""What our own client shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.perlprint import perlprint
from tests.unit.protocol.replies import blocks, one_by_one, replies
from xcatd.model import Block, Channel, Done, Ended, Failure, Line, NodeBlock, Progress, Reply, Verdict
from xcatd.protocol.text import Printer
from xcatd.protocol.xml import ResponseReader, ResponseWriter

WARNING, INFO, SINFO, DATA = Channel.WARNING, Channel.INFO, Channel.SINFO, Channel.DATA


@pytest.mark.parametrize(
    ("reply", "quiet", "loud"),
    [
        (Line("text", source="mn"), b"text\n", b"[mn]: text\n"),
        (Line("text"), b"text\n", b"text\n"),
        (Line("value", label="name", source="mn"), b"name: value\n", b"[mn]: name: value\n"),
        (Line("text", channel=INFO, source="mn"), b"text\n", b"[mn]: text\n"),
        (Line("50%", channel=SINFO, source="mn"), b"50%\r", b"50%\r"),
        (Line("on", "n1", source="mn"), b"n1: on\n", b"n1: [mn]: on\n"),
        (Line("ipmi", "n1", "nodehm.mgt", source="mn"), b"n1: nodehm.mgt: ipmi\n", b"n1: [mn]: nodehm.mgt: ipmi\n"),
        (Line(None, "n1", source="mn"), b"n1\n", b"n1\n"),
        (Line("text", "n1", channel=INFO, source="mn"), b"n1: text\n", b"[mn]: n1: text\n"),
        (Failure("odd", "n1", channel=DATA, source="mn"), b"n1: odd\n", b"n1: [mn]: odd\n"),
        (Line(None), b"", b""),
        (Line(None, channel=WARNING), b"", b""),
        (Ended("n1", Verdict.OK), b"", b""),
        (Done(3), b"", b""),
    ],
)
def test_standard_output(reply: Reply, quiet: bytes, loud: bytes) -> None:
    assert Printer().out(reply) == (quiet, b"")
    assert Printer(show_source=True).out(reply) == (loud, b"")


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        (Failure("it broke", source="mn"), b"Error: [mn]: it broke\n"),
        (Failure("it broke"), b"Error: it broke\n"),
        (Failure("", source="mn"), b"Error: \n"),
        (Failure("it broke", source="mn", prefix=False), b"[mn]: it broke\n"),
        (Failure("no answer", "n1", source="sn1"), b"n1: [sn1]: Error: no answer\n"),
        (Failure("no answer", "n1"), b"n1: Error: no answer\n"),
        (Failure("ssh: no route", "n1", source="sn1", prefix=False), b"[sn1]: n1: ssh: no route\n"),
        (Failure("late", channel=WARNING, source="mn"), b"Warning: [mn]: late\n"),
        (Line("late", "n1", channel=WARNING, source="mn"), b"n1: [mn]: Warning: late\n"),
    ],
)
def test_standard_error_always_names_the_daemon_that_is_known(reply: Reply, shown: bytes) -> None:
    assert Printer().out(reply) == Printer(show_source=True).out(reply) == (b"", shown)


@pytest.mark.parametrize("text", ["0", "", " "])
def test_unlike_xcat_no_line_of_data_vanishes(text: str) -> None:
    assert Printer().out(Line(text)) == (text.encode() + b"\n", b"")
    assert perlprint(ResponseWriter("").write([Line(text), Done()])).stdout == b""


def test_bytes_that_were_not_utf8_go_out_as_they_were() -> None:
    assert Printer().out(Line("é \udce9\x1b[0m")) == ("é ".encode() + b"\xe9\x1b[0m\n", b"")
    assert Printer().out(Line("\ud800")) == (b"?\n", b"")


def test_as_xml_the_responses_are_shown_on_standard_output() -> None:
    printer = Printer(as_xml=True)
    shown = [
        printer.out(reply) for reply in (Line("on", "n1", source="mn"), Failure("e"), Ended("n1", Verdict.OK), Done(1))
    ]
    assert [err for _, err in shown] == [b""] * 4
    out = b"".join(out for out, _ in shown)
    assert out.count(b"</xcatresponse>\n\n") == 3
    assert out.startswith(b"<xcatresponse>\n  <node>\n    <data>\n      <contents>on</contents>\n")
    reader = ResponseReader()
    reader.feed(out)
    assert reader.done


any_text = st.text(max_size=8)


@given(blocks(any_text), st.booleans())
def test_a_block_prints_as_its_lines_one_by_one(block: Block | NodeBlock, show_source: bool) -> None:
    printer = Printer(show_source=show_source)
    printed = [printer.out(line) for line in one_by_one(block)]
    assert printer.out(block) == (b"".join(out for out, _ in printed), b"".join(err for _, err in printed))


@given(st.lists(blocks(any_text) | replies(any_text), max_size=6))
def test_as_xml_a_block_has_the_elements_of_its_lines(said: list[Reply]) -> None:
    lines = [line for reply in said for line in one_by_one(reply)]
    together, alone = ResponseWriter("mn").write(said), ResponseWriter("mn").write(lines)
    assert together == alone


def test_progress_stands_in_the_last_line_until_something_else_is_said() -> None:
    printer = Printer()
    assert printer.out(Progress(50, 200)) == (b"", b"\r50 of 200 (25%)")
    assert printer.out(Progress(9, 0)) == (b"", b"\r9 of 0 (900%)  ")
    wiped = b"\r" + b" " * 15 + b"\r"
    assert printer.out(Ended("n1", Verdict.OK)) == (b"", b"")
    assert printer.out(Line("text")) == (b"text\n", wiped)
    assert printer.out(Line("text")) == (b"text\n", b"")
    assert printer.out(Progress(100, 200)) == (b"", b"\r100 of 200 (50%)")
    assert printer.out(Failure("odd")) == (b"", b"\r" + b" " * 16 + b"\rError: odd\n")
    assert printer.out(Progress(200, 200)) == (b"", b"\r200 of 200 (100%)")
    assert printer.out(Done(0)) == (b"", b"\r" + b" " * 17 + b"\r")
    assert printer.out(Done(0)) == (b"", b"")


def test_progress_is_no_xml() -> None:
    assert Printer(as_xml=True).out(Progress(1, 2)) == (b"", b"")
