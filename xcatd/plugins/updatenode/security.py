"""`updatenode -k`: service nodes first, with a token for a new certificate; then the other nodes."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
from collections.abc import AsyncIterator, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from xcatd.api import Ctx, NodeError
from xcatd.remote.connecting import PATIENCE
from xcatd.remote.running import ask
from xcatd.services.nodes.arming import arm
from xcatd.services.nodes.tokens import Tokens as Armory

if TYPE_CHECKING:
    from asyncssh import SSHClientConnection

_LASTS = timedelta(minutes=10)
_BACK, _LOOK = 20.0, 0.25
"""Seconds for which links of service nodes are waited for, and between looks."""
_LINK = "link "
_TAKE = "exec /bin/sh -c " + shlex.quote(
    "\n".join(
        (
            'f=${XCAT_ROOT-}/etc/xcat; [ -e "${XCAT_ROOT-}/etc/xCATSN" ] || exit 0',
            'umask 077; mkdir -p "$f" && cat >"$f/token.new" && mv -f "$f/token.new" "$f/token"',
        )
    )
)
"""A host that is no service node gets none. The token comes by standard input."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Arms service nodes: only the management node can, whose authority signs."""

    ctx: Ctx

    @asynccontextmanager
    async def delivered(self, connection: SSHClientConnection, node: str) -> AsyncIterator[None]:
        """Meanwhile the service node may have a new certificate, once. Raises NodeError when its disk does not take the token, or
        ServiceError."""
        root = self.ctx.host.root
        token = (await arm(root, self.ctx.world, (node,), "sn", _LASTS))[node]
        try:
            await _give(connection, token)
            yield
        finally:
            await asyncio.to_thread(Armory.below(root).disarm, (node,))


async def _give(connection: SSHClientConnection, token: str) -> None:
    status, said = await ask(connection, _TAKE, stdin=f"{token}\n".encode(), silence=PATIENCE)
    if status:
        raise NodeError(f"a token cannot be put into /etc/xcat ({'; '.join(said[:1]) or status}): look at its disk")


async def linked(ctx: Ctx) -> Set[str]:
    """The service nodes to which there is a link now."""
    facts = await ctx.host.about("")
    return {
        name.removeprefix(_LINK) for name, text in facts.items() if name.startswith(_LINK) and text.startswith("up")
    }


async def await_links(ctx: Ctx, names: Set[str]) -> None:
    """A daemon that got a new certificate has started anew: wait until these are linked again, for some time. Of one that does not
    come back its nodes will say so."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_BACK):
            while names - await linked(ctx):  # noqa: ASYNC110 - nothing tells a command that a link has come
                await asyncio.sleep(_LOOK)
