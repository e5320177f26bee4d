"""What somebody at a terminal sees of many nodes besides their answers: how far it is, and how many failed of what."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from xcatd.api import Sink
from xcatd.api.pace import EVERY, PATIENCE
from xcatd.errors import XcatError
from xcatd.model import Ended, Failure, Progress, Reply, Verdict


class Watch:
    """A sink that passes replies on and counts. `total`: how many nodes there are."""

    def __init__(self, sink: Sink, total: int) -> None:
        self._sink = sink
        self._total = total
        self._causes: dict[str, str] = {}
        self._done = 0
        self._failed: Counter[str] = Counter()

    @property
    def flowing(self) -> bool:
        return self._sink.flowing

    async def send(self, reply: Reply) -> None:
        if isinstance(reply, Failure) and reply.node is not None and reply.cause:
            self._causes[reply.node] = reply.cause
        elif isinstance(reply, Ended):
            self._count(reply)
        await self._sink.send(reply)

    def _count(self, ended: Ended) -> None:
        self._done += 1
        cause = self._causes.pop(ended.node, ended.verdict)
        if ended.verdict is not Verdict.OK:
            self._failed[cause] += 1

    async def show(self) -> None:
        """Say how far it is, again and again: what is printed meanwhile erases it."""
        await asyncio.sleep(PATIENCE)
        while True:
            await self._sink.send(Progress(self._done, self._total))
            await asyncio.sleep(EVERY)

    @property
    def summary(self) -> str:
        """`3 of 256 nodes failed: 2 unreachable, 1 bad credentials`; "" when no more than one has."""
        failed = self._failed.total()
        if failed < 2:
            return ""
        causes = ", ".join(f"{count} {cause.replace('-', ' ')}" for cause, count in self._failed.most_common())
        return f"{failed} of {self._total} nodes failed" + (
            "" if set(self._failed) == {Verdict.FAILED} else f": {causes}"
        )


async def watched(sink: Sink, total: int, work: Callable[[Sink], Awaitable[int]]) -> int:
    """Do the work, whose replies go to `sink`, and show how far it is meanwhile. Raises what it raises."""
    watch, status, trouble = Watch(sink, total), 0, None
    async with asyncio.TaskGroup() as group:
        showing = group.create_task(watch.show())
        try:
            status = await work(watch)
        except XcatError as error:
            trouble = error  # as it is, not in a group
        finally:
            showing.cancel()
    if trouble is not None:
        raise trouble
    if watch.summary:
        await sink.send(Failure(watch.summary, code=0, prefix=False))
    return status
