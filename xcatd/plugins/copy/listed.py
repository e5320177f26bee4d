"""`xdcp -F`: the files of a synclist, to the nodes of this daemon."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xcatd.api import Ctx, NodeError, Verdict
from xcatd.model import Ended
from xcatd.plugins.copy.wish import Wish
from xcatd.remote.running import Ears, verdict_of
from xcatd.remote.syncing.bring import bring
from xcatd.remote.syncing.lists import shelf_of
from xcatd.remote.syncing.sides import Manner, Outcome, Reach
from xcatd.remote.voice import Voice

MOST = 255
"""The highest exit status: 256 nodes must not look like none."""


async def by_list(ctx: Ctx, nodes: Sequence[str], wish: Wish, reach: Reach, *, staged: bool) -> None:
    """Bring them to each node. `staged`: from the copies on this service node."""
    shelf = shelf_of(ctx.snapshot, ctx.host.root, is_service_node=staged)
    manner = Manner(wish.fanout, wish.silence, wish.sudo, wish.dry_run, wish.trace)
    audience = _Audience(ctx, wish)
    lists = dict.fromkeys(nodes, (Path(wish.synclist),))
    await bring(ctx.world, lists, shelf, reach, audience, manner)
    ctx.status = min(audience.failed, MOST)


class _Audience:
    """Tells the caller what happens on nodes that get the files of a list."""

    def __init__(self, ctx: Ctx, wish: Wish) -> None:
        self._ctx = ctx
        self._wish = wish
        self._voices: dict[str, Voice] = {}
        self.failed = 0

    def ears(self, node: str) -> Ears:
        voice = self._voice(node)
        return Ears(voice.output, voice.errors)

    def _voice(self, node: str) -> Voice:
        return self._voices.setdefault(node, Voice(self._ctx, node, silent=self._wish.silent))

    async def ended(self, node: str, outcome: Outcome) -> None:
        voice = self._voice(node)
        await voice.flush()
        error = outcome.error
        if error is not None:
            await voice.trouble(str(error), error.code)
            self.failed += 1
        verdict = Verdict.OK
        if error is not None:
            verdict = verdict_of(error) if isinstance(error, NodeError) else Verdict.FAILED
        await self._ctx.send(Ended(node, verdict))
        del self._voices[node]
