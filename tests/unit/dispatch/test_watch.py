"""What a terminal shows besides answers: how far it is, and how many failed of what."""

from __future__ import annotations

import asyncio

import pytest

from tests.unit.dispatch.reader import Reader
from xcatd.api import Sink
from xcatd.dispatch import watch
from xcatd.dispatch.watch import watched
from xcatd.errors import Denied
from xcatd.model import Ended, Failure, Progress, Reply, Verdict


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "PATIENCE", 0.01)
    monkeypatch.setattr(watch, "EVERY", 0.01)


async def summary(*replies: Reply, total: int = 9) -> list[Failure]:
    """What is said at the end, about these replies."""
    reader = Reader()

    async def work(sink: Sink) -> int:
        for reply in replies:
            await sink.send(reply)
        return 1

    assert await watched(reader, total, work) == 1
    return [failure for failure in reader.failures if failure not in replies]


def failed(node: str, cause: str, verdict: Verdict = Verdict.FAILED) -> list[Reply]:
    return [Failure("no", node, cause=cause), Ended(node, verdict)]


async def test_the_causes_are_counted_the_most_frequent_first() -> None:
    replies = [
        *failed("n1", "bad-credentials"),
        *failed("n2", "unreachable", Verdict.UNREACHABLE),
        *failed("n3", "unreachable", Verdict.UNREACHABLE),
        Ended("n4", Verdict.OK),
        Ended("n5", Verdict.UNKNOWN),
    ]
    (said,) = await summary(*replies)
    assert said == Failure("4 of 9 nodes failed: 2 unreachable, 1 bad credentials, 1 unknown", code=0, prefix=False)


async def test_failures_without_a_cause_are_only_counted() -> None:
    (said,) = await summary(Ended("n1", Verdict.FAILED), Ended("n2", Verdict.FAILED))
    assert said.text == "2 of 9 nodes failed"


async def test_one_failure_needs_no_counting_and_a_warning_is_none() -> None:
    assert await summary(*failed("n1", "busy"), Failure("hm", "n2", 0, cause="x"), Ended("n2", Verdict.OK)) == []


class Screen(Reader):
    """Tells when something was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = asyncio.Event()

    async def send(self, reply: Reply) -> None:
        await super().send(reply)
        if isinstance(reply, Progress):
            self.shown.set()


async def test_how_far_it_is_is_shown_again_and_again_until_it_is_over() -> None:
    screen = Screen()

    async def work(sink: Sink) -> int:
        for node in ("n1", "n2"):
            await screen.shown.wait()
            await sink.send(Ended(node, Verdict.OK))
            screen.shown.clear()
        await screen.shown.wait()
        return 0

    async with asyncio.timeout(20):
        assert await watched(screen, 2, work) == 0
    shown = [reply.done for reply in screen.replies if isinstance(reply, Progress)]
    assert sorted(set(shown)) == [0, 1, 2]
    assert len(asyncio.all_tasks()) == 1


async def test_what_goes_wrong_before_anything_is_done_comes_out_as_it_is() -> None:
    async def work(sink: Sink) -> int:
        raise Denied("no")

    with pytest.raises(Denied, match="no"):
        await watched(Reader(), 2, work)
