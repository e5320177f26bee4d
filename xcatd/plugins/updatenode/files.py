"""`updatenode -F` and `-f`: the files of synclists, to service nodes and from each server to its nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

from xcatd.api import Channel, Ctx, Verdict
from xcatd.model import Role
from xcatd.plugins.updatenode.books import Books
from xcatd.remote.running import Ears
from xcatd.remote.syncing.bring import bring
from xcatd.remote.syncing.lists import lists_of, shelf_of
from xcatd.remote.syncing.sides import Manner, Outcome, Reach
from xcatd.remote.voice import Voice

_GONE = (Verdict.UNREACHABLE, Verdict.UNKNOWN)
"""Nothing more is tried on such a node."""


async def bring_files(books: Books, reach: Reach, nodes: Sequence[str], *, more: bool) -> Sequence[str]:
    """Bring their files to the nodes of this daemon, and give those that are gone on with: none, unless `more` is to be done."""
    ctx, wish = books.ctx, books.wish
    lists = {node: found for node in nodes if (found := lists_of(ctx.world, node))}
    audience = _Audience(books, more)
    manner = Manner(wish.fanout, wish.silence, wish.sudo, dry_run=wish.dry_run, verbose=wish.verbose)
    shelf = shelf_of(ctx.snapshot, ctx.host.root, is_service_node=ctx.host.role is Role.SERVICE)
    outcomes = await bring(ctx.world, lists, shelf, reach, audience, manner)
    if not wish.dry_run:
        await say_files(ctx, {node: outcome.error is None for node, outcome in outcomes.items()}, "nodes")
    for node in nodes:
        if node not in lists and not more:
            await books.end(node, Verdict.OK)
    return [node for node in nodes if node not in audience.gone] if more else ()


async def say_files(ctx: Ctx, went: Mapping[str, bool], whom: str) -> None:
    """xCAT's sentences about files, of which a failure is on standard output, too."""
    good = ",".join(name for name, well in went.items() if well)
    bad = ",".join(name for name, well in went.items() if not well)
    if good:
        await ctx.say(f'File synchronization has completed for {whom}: "{good}"')
    if bad:
        await ctx.fail(f'File synchronization failed for {whom}: "{bad}"', channel=Channel.DATA)


@dataclass(slots=True)
class _Audience:
    """What nodes say while their files come. `gone`: those on which nothing more is done."""

    books: Books
    more: bool
    gone: set[str] = field(default_factory=set)
    _voices: dict[str, Voice] = field(default_factory=dict)
    _began: dict[str, float] = field(default_factory=dict)

    def ears(self, node: str) -> Ears:
        self._began[node] = monotonic()
        voice = self._voices[node] = Voice(self.books.ctx, node, stream=self.books.wish.verbose)
        return Ears(voice.output, voice.errors)

    async def ended(self, node: str, outcome: Outcome) -> None:
        voice = self._voices.pop(node, None)
        if voice is not None:
            await voice.flush()
        verdict = Verdict.OK if outcome.error is None else await self.books.trouble(node, outcome.error)
        if verdict in _GONE or not self.more:
            self.gone.add(node)
            await self.books.end(node, verdict, monotonic() - self._began.get(node, monotonic()))
        elif verdict is not Verdict.OK:
            self.books.spoiled.add(node)
