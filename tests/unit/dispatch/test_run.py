"""A command's coroutine over the nodes of this daemon: what each node comes to."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.helpers.run import Desk
from tests.unit.dispatch.reader import Reader
from xcatd.api import Busy, Ctx, Node, Nodes, NotFound, TimedOut, Unreachable, XcatError, command, commands_of
from xcatd.dispatch.argv import parse
from xcatd.dispatch.hall import no_stdin
from xcatd.dispatch.ledger import Ledger
from xcatd.dispatch.locks import Locks
from xcatd.dispatch.run import Run
from xcatd.model import Caller, Ended, Failure, Line, Request, Role, Verdict

NODES = ("n1", "n2", "n3")
SHORT = 0.01
"""Seconds that a command may take which never ends."""


class Bench:
    """Runs handlers; `reader` and `ledger` show what came out."""

    def __init__(self, desk: Desk) -> None:
        self.host = desk.hall.host
        self.reader = Reader()
        self.ledger = Ledger(self.reader, NODES)
        self.locks = Locks()

    def run(self, handler: Callable[..., Any], *argv: str, **declared: Any) -> Run:
        one = commands_of(command("demo", **declared)(handler))[0]
        request = Request("r1", "demo", Caller("joe", Role.USER), argv)
        ctx = Ctx(request, one, self.host, self.ledger, no_stdin)
        return Run(ctx, self.locks, self.ledger, parse(one, argv, whole=False, noderange=None))

    async def over(
        self, handler: Callable[..., Any], nodes: Sequence[str] = NODES, *argv: str, **declared: Any
    ) -> None:
        await self.run(handler, *argv, **declared).over(nodes)


@pytest.fixture
def bench(desk: Desk) -> Bench:
    return Bench(desk)


# -- the three shapes -------------------------------------------------------------------------------------------------


async def test_once_per_node(bench: Bench) -> None:
    async def handler(ctx: Ctx, node: Node, word: str) -> str:
        return f"{word} {node}"

    await bench.over(handler, NODES, "hello")
    assert bench.reader.lines == [("n1", "hello n1"), ("n2", "hello n2"), ("n3", "hello n3")]
    assert bench.reader.verdicts == dict.fromkeys(NODES, Verdict.OK)
    assert bench.ledger.status == 0


async def test_once_for_all(bench: Bench) -> None:
    async def handler(ctx: Ctx, nodes: Nodes, word: str) -> str:
        assert isinstance(nodes, Nodes)
        return f"{word} {' '.join(nodes)}"

    await bench.over(handler, NODES, "hello")
    assert bench.reader.replies[0] == Line("hello n1 n2 n3", source="mn1")
    assert bench.reader.verdicts == dict.fromkeys(NODES, Verdict.OK)


async def test_without_nodes(bench: Bench) -> None:
    async def handler(ctx: Ctx, word: str) -> str:
        return word

    await bench.over(handler, (), "hello")
    assert bench.reader.replies == [Line("hello", source="mn1")]


async def test_who_returns_nothing_says_nothing(bench: Bench) -> None:
    async def handler(ctx: Ctx, node: Node) -> None:
        """Quiet."""

    await bench.over(handler)
    assert (bench.reader.lines, bench.reader.failures) == ([], [])
    assert bench.reader.verdicts == dict.fromkeys(NODES, Verdict.OK)


async def test_an_empty_text_is_a_line(bench: Bench) -> None:
    async def handler(ctx: Ctx, node: Node) -> str:
        return ""

    await bench.over(handler, ("n1",))
    assert bench.reader.lines == [("n1", "")]


async def test_no_nodes_no_run(bench: Bench) -> None:
    async def handler(ctx: Ctx, node: Node) -> str:
        raise AssertionError("run")

    await bench.over(handler, ())
    assert bench.reader.replies == []


# -- side by side -----------------------------------------------------------------------------------------------------


async def test_nodes_are_worked_on_side_by_side(bench: Bench) -> None:
    together = asyncio.Barrier(3)

    async def handler(ctx: Ctx, node: Node) -> None:
        await together.wait()

    await bench.over(handler)
    assert bench.reader.verdicts == dict.fromkeys(NODES, Verdict.OK)


@pytest.mark.parametrize("fanout", [1, 2])
async def test_as_many_at_once_as_the_command_allows(bench: Bench, fanout: int) -> None:
    working: set[str] = set()
    most = 0

    async def handler(ctx: Ctx, node: Node) -> None:
        nonlocal most
        working.add(node.name)
        most = max(most, len(working))
        await asyncio.sleep(0)
        working.remove(node.name)

    await bench.over(handler, fanout=fanout)
    assert most == fanout
    assert bench.reader.verdicts == dict.fromkeys(NODES, Verdict.OK)


# -- what goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (Unreachable("no answer"), Verdict.UNREACHABLE),
        (TimedOut("no end"), Verdict.UNREACHABLE),
        (Busy("later"), Verdict.FAILED),
        (NotFound("no such thing"), Verdict.FAILED),
    ],
)
async def test_an_error_of_one_node_is_that_nodes_alone(bench: Bench, error: XcatError, verdict: Verdict) -> None:
    async def handler(ctx: Ctx, node: Node) -> str:
        if node.name == "n2":
            raise error
        return "fine"

    await bench.over(handler)
    assert bench.reader.lines == [("n1", "fine"), ("n3", "fine")]
    assert bench.reader.failures == [Failure(str(error), "n2", source="mn1", cause=error.code)]
    assert bench.reader.verdicts == {"n1": Verdict.OK, "n2": verdict, "n3": Verdict.OK}
    assert bench.ledger.status == 1


async def test_the_failure_comes_before_the_verdict(bench: Bench) -> None:
    async def handler(ctx: Ctx, node: Node) -> None:
        raise Unreachable("no answer")

    await bench.over(handler, ("n1",))
    assert [type(reply) for reply in bench.reader.replies] == [Failure, Ended]


async def test_an_error_of_a_run_for_all_is_said_once(bench: Bench) -> None:
    async def handler(ctx: Ctx, nodes: Nodes) -> None:
        raise NotFound("no such table")

    await bench.over(handler)
    assert bench.reader.failures == [Failure("no such table", source="mn1", cause="not-found")]
    assert bench.reader.verdicts == dict.fromkeys(NODES, Verdict.FAILED)


async def test_who_reported_a_failure_has_failed(bench: Bench) -> None:
    async def handler(ctx: Ctx, node: Node) -> None:
        if node.name == "n1":
            await ctx.fail("not quite", node=node.name, code=4)

    await bench.over(handler)
    assert bench.reader.verdicts == {"n1": Verdict.FAILED, "n2": Verdict.OK, "n3": Verdict.OK}
    assert bench.ledger.status == 4


async def test_a_node_that_takes_too_long_is_given_up(bench: Bench) -> None:
    async def handler(ctx: Ctx, node: Node) -> None:
        if node.name == "n3":
            await asyncio.Event().wait()

    await bench.over(handler, timeout=SHORT)
    assert bench.reader.failures == [Failure("no end within 0.01 s; given up", "n3", source="mn1", cause="timed-out")]
    assert bench.reader.verdicts["n3"] is Verdict.UNREACHABLE


async def test_its_last_words_reach_even_a_slow_reader(bench: Bench) -> None:
    bench.reader.flowing = False
    bench.reader.taken.set()

    async def handler(ctx: Ctx, node: Node) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await ctx.say("cleaned up", node=node.name)

    await bench.over(handler, ("n1",), timeout=SHORT)
    assert bench.reader.lines == [("n1", "cleaned up")]
    assert [failure.text for failure in bench.reader.failures] == ["no end within 0.01 s; given up"]


async def test_a_bug_has_a_reference_in_the_log_and_in_the_answer(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    async def handler(ctx: Ctx, node: Node) -> str:
        return str(1 // (node.name != "n2"))

    await bench.over(handler)
    (failure,) = bench.reader.failures
    found = re.fullmatch(r"A fault in demo was logged under ([0-9a-f]{8}); please report it", failure.text)
    assert found is not None
    assert (failure.node, failure.code) == ("n2", 1)
    assert bench.reader.verdicts == {"n1": Verdict.OK, "n2": Verdict.FAILED, "n3": Verdict.OK}
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage() == f"request r1: fault {found[1]} in demo"
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


async def test_a_run_that_is_cancelled_ends_with_all_its_nodes(bench: Bench) -> None:
    ended: list[str] = []
    together = asyncio.Barrier(4)

    async def handler(ctx: Ctx, node: Node) -> None:
        await together.wait()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(node.name)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(bench.over(handler, changes=True))
        await together.wait()
        task.cancel()
    assert task.cancelled()
    assert sorted(ended) == list(NODES)
    assert bench.reader.replies == []
    assert [bench.locks.purpose(node) for node in NODES] == ["", "", ""]


# -- locks ------------------------------------------------------------------------------------------------------------


async def purpose(bench: Bench, *argv: str, **declared: Any) -> str:
    """What the lock of n1 says while a command with these words works on it."""
    seen = []

    async def handler(ctx: Ctx, node: Node, action: str = "") -> None:
        seen.append(bench.locks.purpose("n1"))

    run = bench.run(handler, *argv, **declared)
    assert run.alters is bool(declared.get("changes") and argv != ("stat",))
    await run.over(("n1",))
    return seen[0]


async def test_a_command_that_changes_a_node_holds_its_lock(bench: Bench) -> None:
    assert await purpose(bench, "on", changes=True, reads=("stat",)) == "demo of joe (request r1)"
    assert bench.locks.purpose("n1") == ""


async def test_one_that_only_looks_does_not(bench: Bench) -> None:
    assert await purpose(bench, "stat", changes=True, reads=("stat",)) == ""
    assert await purpose(bench, "on") == ""


async def test_a_node_that_somebody_else_changes_is_busy_and_the_others_go_on(bench: Bench) -> None:
    async def handler(ctx: Ctx, node: Node) -> str:
        return "changed"

    async with bench.locks.hold("n2", "rpower of root (request r0)", 0):
        await bench.over(handler, changes=True, timeout=SHORT)
    assert bench.reader.lines == [("n1", "changed"), ("n3", "changed")]
    (failure,) = bench.reader.failures
    assert failure.node == "n2"
    assert "with: rpower of root (request r0); try again later" in failure.text
    assert bench.reader.verdicts["n2"] is Verdict.FAILED


async def test_a_run_for_all_nodes_holds_no_lock(bench: Bench) -> None:
    async def handler(ctx: Ctx, nodes: Nodes) -> str:
        return ",".join(map(bench.locks.purpose, nodes))

    await bench.over(handler, changes=True)
    assert bench.reader.lines == [(None, ",,")]
