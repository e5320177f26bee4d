"""How much a reply brings: what the sinks gather by."""

from __future__ import annotations

from hypothesis import given

from tests.unit.protocol.replies import everything
from tests.unit.protocol.test_wire import texts
from xcatd.model import Block, Done, Failure, Line, NodeBlock, Progress, Reply, length_of
from xcatd.protocol.text import Printer


def test_what_prints_nothing_has_no_length() -> None:
    assert [length_of(reply) for reply in (Done(), Progress(1, 2), Line(None), Failure(""), Block(()))] == [0] * 5


def test_a_block_is_about_as_long_as_what_it_prints() -> None:
    for block in (Block(("one", "three")), NodeBlock((("n1", "power", "on"), ("n2", None, None)))):
        out, _ = Printer().out(block)
        assert len(out) <= length_of(block) <= 2 * len(out)


@given(everything(texts))
def test_every_reply_has_one(reply: Reply) -> None:
    assert length_of(reply) >= 0
