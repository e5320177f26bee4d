"""A server that was just started may need a moment before it answers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from xcatd.errors import ServiceError

PATIENCE = 5.0
"""Seconds until it must answer as it should."""
_AGAIN_AFTER = 0.05


async def patiently(ask: Callable[[], Awaitable[None]], within: float = PATIENCE) -> None:
    """Ask again and again until all is well. Raises the last ServiceError when it never is, `within` so many seconds."""
    clock = asyncio.get_running_loop().time
    end = clock() + within
    while True:
        try:
            return await ask()
        except ServiceError:
            if clock() >= end:
                raise
        await asyncio.sleep(_AGAIN_AFTER)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """End a conversation, whatever the other side does."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
