"""Batches: when each begins, and what becomes of those behind a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tests.unit.dispatch.reader import Reader
from xcatd.dispatch.course import Course
from xcatd.dispatch.ledger import Ledger
from xcatd.model import Batch, Ended, Verdict


class Workshop:
    """Notes which nodes were worked on; those in `bad` fail, and for those in `forgotten` nobody says an end."""

    def __init__(self, nodes: Sequence[str], bad: Sequence[str] = (), forgotten: Sequence[str] = ()) -> None:
        self.reader = Reader()
        self.ledger = Ledger(self.reader, nodes)
        self.began: list[tuple[str, ...]] = []
        self._bad = bad
        self._forgotten = forgotten

    async def work(self, nodes: Sequence[str]) -> None:
        self.began.append(tuple(nodes))
        for node in nodes:
            if node not in self._forgotten:
                verdict = Verdict.FAILED if node in self._bad else Verdict.OK
                await self.ledger.send(Ended(node, verdict))

    async def run(self, *batches: Batch) -> list[tuple[str, ...]]:
        """The batches that were worked on, in the order in which they began."""
        await Course(self.ledger, self.work, "mn1").run(batches)
        return self.began


async def test_a_batch_waits_for_all_that_it_is_behind() -> None:
    shop = Workshop(["a", "b", "c"])
    order = await shop.run(
        Batch(("c",), behind=frozenset({"a", "b"})), Batch(("b",), behind=frozenset({"a"})), Batch(("a",))
    )
    assert order == [("a",), ("b",), ("c",)]
    assert shop.reader.verdicts == dict.fromkeys("abc", Verdict.OK)


async def test_a_batch_begins_when_its_time_has_come_and_after_its_pause() -> None:
    shop = Workshop(["a", "b", "c"])
    order = await shop.run(Batch(("c",), behind=frozenset({"a"}), pause=0.2), Batch(("b",), begins=0.1), Batch(("a",)))
    assert order == [("a",), ("b",), ("c",)]


async def test_behind_a_failure_nodes_are_left_alone_and_so_are_those_behind_them() -> None:
    shop = Workshop(["a", "b", "c", "d"], bad=["a"])
    order = await shop.run(
        Batch(("a", "d")), Batch(("b",), behind=frozenset({"a", "d"})), Batch(("c",), behind=frozenset({"b"}))
    )
    assert order == [("a", "d")]
    assert [(failure.node, failure.cause) for failure in shop.reader.failures] == [
        ("b", "left-alone"),
        ("c", "left-alone"),
    ]
    assert "because a failed" in shop.reader.failures[0].text
    assert shop.ledger.status == 1


async def test_a_node_of_which_nobody_says_an_end_holds_up_nobody_for_ever() -> None:
    shop = Workshop(["a", "b"], forgotten=["a"])
    async with asyncio.timeout(20):
        assert await shop.run(Batch(("a",)), Batch(("b",), behind=frozenset({"a"}))) == [("a",)]
    assert shop.reader.verdicts == {"a": Verdict.UNKNOWN, "b": Verdict.FAILED}
