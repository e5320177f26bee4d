"""Batches of nodes, each when its time has come and what it is behind has ended well."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from xcatd.dispatch.ledger import Ledger
from xcatd.errors import NodeError
from xcatd.model import Batch, Ended, Failure, Verdict

Work = Callable[[Sequence[str]], Awaitable[None]]
"""Runs the command over nodes, here and elsewhere, until each has a verdict."""


class Course:
    """Does `work` batch by batch; `source` says what becomes of those that are left alone."""

    def __init__(self, ledger: Ledger, work: Work, source: str) -> None:
        self._ledger = ledger
        self._work = work
        self._source = source

    async def run(self, batches: Sequence[Batch]) -> None:
        async with asyncio.TaskGroup() as group:
            for batch in batches:
                group.create_task(self._batch(batch))

    async def _batch(self, batch: Batch) -> None:
        await asyncio.sleep(batch.begins)
        verdicts = {node: await self._ledger.verdict(node) for node in sorted(batch.behind)}
        failed = [node for node, verdict in verdicts.items() if verdict is not Verdict.OK]
        if failed:
            await self._leave_alone(batch.nodes, failed)
            return
        await asyncio.sleep(batch.pause)
        await self._work(batch.nodes)
        await self._ledger.close(self._source, batch.nodes)  # whoever waits for them must not wait for ever

    async def _leave_alone(self, nodes: Sequence[str], failed: Sequence[str]) -> None:
        for node in nodes:
            text = f"left alone, because {', '.join(failed)} failed, on which it depends: try again, or say --nodeps"
            await self._ledger.send(
                Failure(text, node=node, code=NodeError.status, source=self._source, cause="left-alone")
            )
            await self._ledger.send(Ended(node, Verdict.FAILED))
