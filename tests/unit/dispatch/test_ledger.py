"""No node is forgotten, and the exit status is the sum of all failures."""

from __future__ import annotations

import pytest

from tests.unit.dispatch.reader import Reader
from xcatd.dispatch.ledger import Ledger
from xcatd.model import Ended, Failure, Line, Reply, Verdict

UNKNOWN = "unknown result: no daemon gave an answer for this node"


async def test_it_passes_everything_on_in_order() -> None:
    reader = Reader()
    ledger = Ledger(reader, ["n1"])
    replies: list[Reply] = [Line("a", "n1"), Failure("b", "n1", 4), Line("c"), Ended("n1", Verdict.FAILED)]
    for reply in replies:
        await ledger.send(reply)
    assert reader.replies == replies


@pytest.mark.parametrize(("codes", "status"), [((), 0), ((1,), 1), ((1, 1), 1), ((1, 4), 5), ((0,), 0)])
async def test_the_status_is_the_or_of_all_failures(codes: tuple[int, ...], status: int) -> None:
    ledger = Ledger(Reader(), [])
    for code in codes:
        await ledger.send(Failure("no", code=code))
    assert ledger.status == status


@pytest.mark.parametrize("lazy", [True, False])
def test_it_flows_as_the_reader_does(lazy: bool) -> None:
    assert Ledger(Reader(lazy=lazy), []).flowing is not lazy


async def test_those_that_are_left_get_a_common_verdict() -> None:
    reader = Reader()
    ledger = Ledger(reader, ["n1", "n2", "n3", "n4"])
    await ledger.send(Ended("n2", Verdict.OK))
    assert ledger.left(["n3", "n2", "n1", "stranger"]) == ["n3", "n1"]
    await ledger.end_all(["n1", "n2", "n3"], Verdict.UNREACHABLE)
    assert reader.verdicts == {"n1": Verdict.UNREACHABLE, "n2": Verdict.OK, "n3": Verdict.UNREACHABLE}
    assert ledger.left(["n1", "n4"]) == ["n4"]


async def test_a_node_without_an_answer_is_said_at_the_end() -> None:
    reader = Reader()
    ledger = Ledger(reader, ["n1", "n2"])
    await ledger.send(Ended("n1", Verdict.OK))
    await ledger.close("mn1")
    assert reader.failures == [Failure(UNKNOWN, "n2", source="mn1")]
    assert reader.verdicts == {"n1": Verdict.OK, "n2": Verdict.UNKNOWN}
    assert ledger.status == 1


async def test_when_all_have_ended_nothing_is_added() -> None:
    reader = Reader()
    ledger = Ledger(reader, ["n1"])
    await ledger.send(Ended("n1", Verdict.OK))
    await ledger.close("mn1")
    assert (reader.failures, ledger.status) == ([], 0)
