"""What a running command can do, with a database behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.helpers.run import Desk
from tests.unit.dispatch.reader import Reader
from xcatd.api import BadCredentials, Channel, Ctx, Node, NotFound, Put, ReadStdin, StoreError, Unsupported
from xcatd.api import command, commands_of
from xcatd.dispatch.hall import no_stdin
from xcatd.errors import BadNoderange
from xcatd.model import Caller, Failure, Line, Request, Role

LONG = 0.2
"""Seconds: a time-out that a test lets pass."""


@command("demo")
async def demo(ctx: Ctx) -> None:
    """Only declared, so that there is a command."""


def a_ctx(desk: Desk, reader: Reader | None = None, stdin: ReadStdin = no_stdin, text: str | None = None) -> Ctx:
    request = Request("r1", "demo", Caller("joe", Role.USER), stdin=text)
    return Ctx(request, commands_of(demo)[0], desk.hall.host, reader or Reader(), stdin)


# -- replies ----------------------------------------------------------------------------------------------------------


async def test_what_is_said_names_the_daemon(desk: Desk) -> None:
    reader = Reader()
    ctx = a_ctx(desk, reader)
    await ctx.say("hello")
    await ctx.say("on", node="n1", label="power", channel=Channel.INFO)
    await ctx.say(None, node="n2")
    assert reader.replies == [
        Line("hello", source="mn1"),
        Line("on", "n1", "power", Channel.INFO, "mn1"),
        Line(None, "n2", source="mn1"),
    ]
    assert not ctx.failed


async def test_a_failure_is_said_and_remembered(desk: Desk) -> None:
    reader = Reader()
    ctx = a_ctx(desk, reader)
    await ctx.fail("no", node="n1", code=4)
    assert reader.replies == [Failure("no", "n1", 4, Channel.ERROR, "mn1")]
    assert ctx.failed


# -- the clock --------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def timed(ctx: Ctx) -> AsyncIterator[tuple[Ctx, float, asyncio.Event]]:
    """The context of a run that has LONG, its deadline, and an event that is set a moment after the deadline."""
    loop, late = asyncio.get_running_loop(), asyncio.Event()
    clock = asyncio.timeout(LONG)
    async with clock:
        deadline = clock.when() or 0.0
        handle = loop.call_at(deadline + 0.01, late.set)
        try:
            yield ctx.timed(clock), deadline, late
        finally:
            handle.cancel()
            assert (clock.when() or 0.0) > deadline
