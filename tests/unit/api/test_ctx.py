"""What a running command can do, with a database behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from itertools import count

import pytest

from tests.helpers.run import Desk
from tests.unit.dispatch.reader import Reader
from xcatd.api import (
    BadCredentials,
    Channel,
    Ctx,
    Node,
    NotFound,
    Put,
    ReadStdin,
    StoreError,
    Unsupported,
    command,
    commands_of,
)
from xcatd.api.pace import Pace
from xcatd.dispatch.hall import no_stdin
from xcatd.errors import BadNoderange
from xcatd.model import Block, Caller, Failure, Line, NodeBlock, Progress, Reply, Request, Role

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


async def test_many_lines_travel_together(desk: Desk) -> None:
    reader = Reader()
    ctx = a_ctx(desk, reader)
    await ctx.lines(["one", "two"], channel=Channel.INFO)
    await ctx.node_lines([("n1", "power", "on"), ("n2", None, None)])
    await ctx.lines([])
    assert reader.replies == [
        Block(("one", "two"), Channel.INFO, "mn1"),
        NodeBlock((("n1", "power", "on"), ("n2", None, None)), "mn1"),
    ]


async def test_others_have_their_turn_while_many_lines_are_made(desk: Desk) -> None:
    turns = []

    def made() -> Iterator[str]:
        for number in range(100_000):
            turns.append(len(reader.replies))
            yield f"line {number}"

    reader = Reader()
    ctx = a_ctx(desk, reader)
    async with asyncio.TaskGroup() as group:
        group.create_task(ctx.lines(made()))
        group.create_task(ctx.say("another"))
    assert reader.replies.index(Line("another", source="mn1")) == 1
    assert len(reader.replies) > 10
    assert turns[-1] > 10, "they leave while others are made"


async def test_progress_is_for_callers_who_see_it(desk: Desk) -> None:
    reader = Reader()
    ctx = a_ctx(desk, reader)
    at_terminal = Ctx(replace(ctx.request, progress=True), ctx.command, ctx.host, reader, no_stdin)
    for there in (ctx, at_terminal):
        there._pace = Pace(count(0.0, 1.0).__next__)
        await there.progress(1, 2)
    assert reader.replies == [Progress(1, 2)]


# -- the clock --------------------------------------------------------------------------------------------------------


async def work_until_late(ctx: Ctx, work: Callable[[Ctx], Awaitable[object]], late: asyncio.Event) -> None:
    """Do the work within LONG, and set `late` a moment after that time is over."""
    async with asyncio.timeout(LONG) as clock:
        asyncio.get_running_loop().call_at((clock.when() or 0.0) + 0.01, late.set)
        await work(ctx.timed(clock))


async def test_the_clock_stands_still_while_the_reader_does_not_take(desk: Desk) -> None:
    reader = Reader(lazy=True)
    await work_until_late(a_ctx(desk, reader), lambda ctx: ctx.say("late"), reader.taken)
    assert reader.lines == [(None, "late")]


async def test_it_stands_still_until_the_last_of_several_lines_is_taken(desk: Desk) -> None:
    class OneByOne(Reader):
        async def send(self, reply: Reply) -> None:
            if reply == Line("second", source="mn1"):
                await super().send(reply)

    async def both(ctx: Ctx) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(ctx.say("second"))
            group.create_task(ctx.say("first"))

    reader = OneByOne(lazy=True)
    await work_until_late(a_ctx(desk, reader), both, reader.taken)
    assert reader.lines == [(None, "second")]


async def test_it_stands_still_while_the_caller_types(desk: Desk) -> None:
    late = asyncio.Event()

    async def slow_fingers() -> str:
        await late.wait()
        return "typed"

    async def work(ctx: Ctx) -> None:
        assert await ctx.stdin() == "typed"

    await work_until_late(a_ctx(desk, stdin=slow_fingers), work, late)


async def test_then_it_goes_on(desk: Desk) -> None:
    reader = Reader(lazy=True)

    async def work(ctx: Ctx) -> None:
        await ctx.say("late")
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await work_until_late(a_ctx(desk, reader), work, reader.taken)
    assert reader.lines == [(None, "late")]


async def test_it_does_not_stand_still_for_a_reader_that_keeps_up(desk: Desk) -> None:
    async def work(ctx: Ctx) -> None:
        await ctx.say("quick")
        await asyncio.Event().wait()

    reader = Reader()
    with pytest.raises(TimeoutError):
        await work_until_late(a_ctx(desk, reader), work, asyncio.Event())
    assert reader.lines == [(None, "quick")]


async def test_when_the_time_is_over_there_may_be_last_words(desk: Desk) -> None:
    reader = Reader(lazy=True)

    async def work(ctx: Ctx) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await ctx.say("cleaned up")

    with pytest.raises(TimeoutError):
        await work_until_late(a_ctx(desk, reader), work, reader.taken)
    assert reader.lines == [(None, "cleaned up")]


async def test_a_command_that_is_cancelled_while_it_waits_for_the_reader_ends(desk: Desk) -> None:
    reader = Reader(lazy=True)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work_until_late(a_ctx(desk, reader), lambda ctx: ctx.say("never"), asyncio.Event()))
        await reader.asked.wait()
        task.cancel()
    assert task.cancelled()
    assert reader.lines == []


async def test_without_a_clock_it_waits_for_the_reader_all_the_same(desk: Desk) -> None:
    reader = Reader(lazy=True)
    async with asyncio.TaskGroup() as group:
        group.create_task(a_ctx(desk, reader).say("hello"))
        await reader.asked.wait()
        assert reader.lines == []
        reader.taken.set()
    assert reader.lines == [(None, "hello")]


# -- standard input ---------------------------------------------------------------------------------------------------


async def test_standard_input_that_came_with_the_request_is_not_asked_for(desk: Desk) -> None:
    async def nobody() -> str:
        raise AssertionError("asked")

    assert await a_ctx(desk, stdin=nobody, text="came along").stdin() == "came along"
    assert await a_ctx(desk, stdin=nobody, text="").stdin() == ""


async def test_otherwise_the_caller_is_asked(desk: Desk) -> None:
    async def read() -> str:
        return "a\nb\n"

    assert await a_ctx(desk, stdin=read).stdin() == "a\nb\n"
    assert await a_ctx(desk).stdin() == ""


# -- tables and nodes -------------------------------------------------------------------------------------------------


async def test_a_noderange_becomes_names(desk: Desk) -> None:
    assert a_ctx(desk).expand("n1-n2,n3,-n2") == ("n1", "n3")
    assert a_ctx(desk).expand("") == ()


async def test_excluded_nodes_are_left_out(desk: Desk) -> None:
    await desk.fill(site=[{"key": "excludenodes", "value": "n2"}])
    assert a_ctx(desk).expand("all") == ("n1", "n3")


async def test_names_that_do_not_exist_are_told(desk: Desk) -> None:
    with pytest.raises(NotFound, match=r"^Invalid nodes and/or groups in noderange: n8,n9$"):
        a_ctx(desk).expand("n1,n8,n9")
    with pytest.raises(BadNoderange):
        a_ctx(desk).expand("n[1")


async def test_it_sees_the_tables_as_they_were_when_it_began(desk: Desk) -> None:
    await desk.fill(site=[{"key": "domain", "value": "old"}])
    ctx = a_ctx(desk)
    await ctx.write(
        Put("site", {"key": "domain"}, {"value": "new"}), Put("nodelist", {"node": "n4"}, {"groups": "all"})
    )
    assert (ctx.site("domain"), ctx.site("nothing"), ctx.site("nothing", "else")) == ("old", "", "else")
    assert "n4" not in ctx.world.nodes()
    assert a_ctx(desk).site("domain") == "new"
    assert "n4" in a_ctx(desk).world.nodes()


async def test_changes_are_made_all_or_none(desk: Desk) -> None:
    with pytest.raises((NotFound, StoreError)):
        await a_ctx(desk).write(
            Put("site", {"key": "domain"}, {"value": "new"}), Put("nosuch", {"key": "a"}, {"value": "b"})
        )
    assert a_ctx(desk).site("domain") == ""


async def test_the_power_of_a_node_needs_a_method_that_is_known(desk: Desk) -> None:
    await desk.fill(
        nodehm=[{"node": "n1", "mgt": "ipmi"}, {"node": "n2", "mgt": "magic"}, {"node": "n3", "mgt": "ipmi"}],
        ipmi=[{"node": "n1", "bmc": "127.0.0.1", "username": "a", "password": "b"}],
    )
    ctx = a_ctx(desk)
    assert callable(ctx.power(Node("n1")).power_state)
    with pytest.raises(Unsupported, match='no driver for the management method "magic"'):
        ctx.power(Node("n2"))
    with pytest.raises((NotFound, BadCredentials)):
        ctx.power(Node("n3"))


# -- questions ----------------------------------------------------------------------------------------------------------


async def test_nobody_is_asked_where_nobody_sits(desk: Desk) -> None:
    reader = Reader()
    assert await a_ctx(desk, reader).ask("really?") is None
    assert reader.replies == []


async def test_a_question_goes_to_standard_error_and_its_answer_is_a_line(desk: Desk) -> None:
    async def answer() -> str:
        return " yes\r"

    reader = Reader()
    request = Request("r1", "demo", Caller("joe", Role.USER))
    ctx = Ctx(request, commands_of(demo)[0], desk.hall.host, reader, no_stdin, answer=answer)
    async with asyncio.timeout(LONG) as clock:
        assert await ctx.timed(clock).ask("really?") == "yes"
    assert reader.replies == [Failure("really?", code=0, prefix=False)]
    assert not ctx.failed
