"""Scripts on one node, by one connection."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from xcatd.api import NodeError, Verdict, XcatError
from xcatd.plugins.updatenode.books import Books
from xcatd.plugins.updatenode.carried import Round, command_line, content
from xcatd.plugins.updatenode.choice import rounds
from xcatd.plugins.updatenode.makings import RUNNER, Makings
from xcatd.plugins.updatenode.security import Tokens
from xcatd.remote.connecting import Place, connected, patience_for
from xcatd.remote.running import Ears, run
from xcatd.remote.syncing.sides import Reach
from xcatd.remote.voice import Voice

if TYPE_CHECKING:
    from asyncssh import SSHClientConnection

_OURS = f"{RUNNER}: "


@dataclass(frozen=True, slots=True)
class Job:
    """The same wish on each node. `tokens`: for certificates of service nodes."""

    books: Books
    reach: Reach
    makings: Makings
    tokens: Tokens | None = None

    async def on(self, node: str) -> None:
        """Run the scripts, say what the node says and what is wrong, and end it."""
        began = monotonic()
        voice = Voice(self.books.ctx, node, stream=self.books.wish.verbose)
        try:
            reasons = await self._try(node, voice)
            error: XcatError | None = NodeError("; ".join(reasons)) if reasons else None
        except XcatError as raised:
            error = raised
        await voice.flush()
        verdict = Verdict.OK if error is None else await self.books.trouble(node, error)
        await self.books.end(node, verdict, monotonic() - began)

    async def _try(self, node: str, voice: Voice) -> Sequence[str]:
        """What was wrong with scripts, in short."""
        wish, made = self.books.wish, self.makings
        line = command_line(made.runner, node, made.server(node), sudo=wish.sudo)
        found = rounds(self.books.ctx.world, node, wish, made.folder)
        text = await asyncio.to_thread(made.sheet.text, node)
        place = Place(node, self.reach.access.address_of(node, self.reach.addresses))
        async with (
            connected(self.reach.access, place, patience_for(wish.silence)) as connection,
            nullcontext() if self.tokens is None else self.tokens.delivered(connection, node),
        ):
            return [reason for one in found if (reason := await self._round(connection, line, text, one, voice))]

    async def _round(self, connection: SSHClientConnection, line: str, text: str, one: Round, voice: Voice) -> str:
        """A run of scripts; gives why it did not go well, "" when it did."""
        said: list[str] = []

        async def errors(lines: Sequence[str]) -> None:
            said.extend(each.removeprefix(_OURS) for each in lines if each.startswith(_OURS))
            await voice.errors([each for each in lines if not each.startswith(_OURS)])

        given = content(self.makings.runner, text, one)
        status = await run(connection, line, Ears(voice.output, errors), stdin=given, silence=self.books.wish.silence)
        if status:
            return said[-1] if said else f"{RUNNER} ended with {status}"
        await voice.output([one.ended])
        return ""
