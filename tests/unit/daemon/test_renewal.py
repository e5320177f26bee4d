"""What the daemon hears when it asks for its certificate."""

from __future__ import annotations

from xcatd.daemon.renewal import Answer
from xcatd.model import Channel, Failure, Line


async def test_of_an_answer_what_is_said_of_the_tables_is_left_out() -> None:
    answer = Answer()
    for reply in (Line("old tables", channel=Channel.WARNING), Line("one"), Line(None), Failure("no")):
        await answer.send(reply)
    assert (answer.texts, answer.troubles) == (["one", ""], ["no"])
