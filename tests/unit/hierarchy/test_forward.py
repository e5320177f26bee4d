"""A request goes through a pool left to right, or up, and every node gets one verdict."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from tests.unit.hierarchy.wires import Pair, Work, asked, listening, make, nothing, turns
from xcatd.api import ReadStdin, Sink
from xcatd.daemon.supervisor import Supervisor
from xcatd.errors import NoServiceNode, NotFound
from xcatd.hierarchy import Chances, Forwarder, Links
from xcatd.hierarchy import links as links_module
from xcatd.model import Ended, Failure, Line, Reply, Request, Verdict
from xcatd.protocol.frames import Kind

NODES = tuple(f"n{number}" for number in range(6))
REPEAT, HOME = Chances(repeat=True), Chances(repeat=True, home=True)


async def serve(request: Request, sink: Sink, stdin: ReadStdin) -> int:
    """What a service node does that works."""
    for node in request.nodes or ():
        await sink.send(Line("on", node))
        await sink.send(Ended(node, Verdict.OK))
    return 0


@dataclass
class Pool:
    """A daemon with links to others below it."""

    forwarder: Forwarder
    links: Links
    pairs: dict[str, Pair]

    async def down(self, pool: str, chances: Chances = REPEAT) -> tuple[int, list[Reply]]:
        heard = listening()
        words = asked("rpower", whole=True, nodes=NODES)
        return await self.forwarder.down(pool.split(","), words, NODES, heard, nothing, chances), heard.replies


@asynccontextmanager
async def pool(*names: str, work: Work = serve) -> AsyncIterator[Pool]:
    async with Supervisor() as supervisor:
        links = Links()
        pairs = {name: make(supervisor, work, names=("mn1", name)) for name in names}
        for each in pairs.values():
            links.join(each.down)
        yield Pool(Forwarder("mn1", links), links, pairs)


@pytest.fixture(autouse=True)
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links_module, "GRACE", 0.0)
    monkeypatch.setattr(links_module, "RESTART", 0.0)


def verdicts(replies: list[Reply]) -> Counter[tuple[str, Verdict]]:
    return Counter((reply.node, reply.verdict) for reply in replies if isinstance(reply, Ended))


def all_with(verdict: Verdict) -> Counter[tuple[str, Verdict]]:
    return Counter((node, verdict) for node in NODES)


async def half(request: Request, sink: Sink, stdin: ReadStdin) -> int:
    """Half of the nodes are done; for the others it takes for ever."""
    for node in (request.nodes or ())[:3]:
        await sink.send(Line("on", node))
        await sink.send(Ended(node, Verdict.OK))
    await asyncio.Event().wait()
    return 0


async def test_the_first_of_the_pool_serves_and_is_told_that_it_was_chosen() -> None:
    async with pool("sn1", "sn2") as two:
        status, replies = await two.down("sn1,sn2")
        assert (status, verdicts(replies)) == (0, all_with(Verdict.OK))
        assert [request.down for request in two.pairs["sn1"].lower.requests] == [True]
        assert two.pairs["sn2"].lower.requests == []


async def test_who_is_not_linked_is_passed_over_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with pool("sn2") as one:
        status, replies = await one.down("sn1,sn2")
        assert (status, verdicts(replies)) == (0, all_with(Verdict.OK))
    assert "request abc-1: sn1 has not connected since this daemon started" in caplog.text


async def test_who_does_not_take_it_in_time_is_passed_over_and_comes_last_the_next_time() -> None:
    async with pool("sn1", "sn2") as two:
        two.pairs["sn1"].sn.stalled = True
        for _ in range(2):
            status, replies = await two.down("sn1,sn2")
            assert (status, verdicts(replies)) == (0, all_with(Verdict.OK))
        assert two.pairs["sn1"].mn.kinds() == [Kind.REQUEST_PEER, Kind.CANCEL]
        two.pairs["sn1"].sn.resume()
        two.pairs["sn1"].up.send(Kind.PING, 0, b"1.0")
        await turns()
        await two.down("sn1,sn2")
        assert len(two.pairs["sn1"].lower.requests) == 1


async def test_a_link_that_breaks_while_the_others_are_looked_up_does_not_hang() -> None:
    async with pool("sn1", "sn2") as two:
        two.pairs["sn1"].mn.cut_at = Kind.REQUEST_PEER
        two.pairs["sn2"].mn.abort()
        await turns()
        with pytest.raises(NoServiceNode, match="any of the following service nodes: sn1,sn2"):
            async with asyncio.timeout(20):
                await two.down("sn1,sn2")


async def test_a_refusal_before_anything_was_done_lets_the_next_one_try() -> None:
    async def refuse(request: Request, sink: Sink, stdin: ReadStdin) -> int:
        raise NotFound("The tables have not arrived")

    async with pool("sn1", "sn2") as two:
        two.pairs["sn1"].lower.work = refuse
        status, replies = await two.down("sn1,sn2", Chances())
        assert (status, verdicts(replies)) == (0, all_with(Verdict.OK))
        two.pairs["sn2"].lower.work = refuse
        with pytest.raises(NoServiceNode, match="sn1: The tables have not arrived; sn2: The tables have not arrived"):
            await two.down("sn1,sn2")


async def test_when_none_can_serve_all_are_named_with_their_reasons() -> None:
    async with pool() as none:
        with pytest.raises(NoServiceNode) as error:
            await none.down("sn1,sn2")
    assert str(error.value) == (
        "Failed to dispatch command to any of the following service nodes: sn1,sn2 (sn1 has not connected since this daemon "
        "started; sn2 has not connected since this daemon started)"
    )


@pytest.mark.parametrize("chances", [REPEAT, Chances()], ids=["looks", "changes"])
async def test_after_delivery_only_what_looks_is_repeated_and_only_for_what_is_left(chances: Chances) -> None:
    async with pool("sn1", "sn2") as two, asyncio.TaskGroup() as group:
        two.pairs["sn1"].lower.work = half
        task = group.create_task(two.down("sn1,sn2", chances))
        await turns()
        two.pairs["sn1"].mn.abort()
        status, replies = await task
        asked_of_sn2 = [request.nodes for request in two.pairs["sn2"].lower.requests]
        if chances.repeat:
            assert (status, verdicts(replies)) == (0, all_with(Verdict.OK))
            assert asked_of_sn2 == [NODES[3:]]
        else:
            assert status == 1
            assert asked_of_sn2 == []
            assert verdicts(replies) == Counter(
                [(node, Verdict.OK) for node in NODES[:3]] + [(node, Verdict.UNKNOWN) for node in NODES[3:]]
            )
            failures = [reply for reply in replies if isinstance(reply, Failure)]
            assert [failure.node for failure in failures] == list(NODES[3:])
            assert all(failure.text.startswith("unknown result: the link to sn1 broke") for failure in failures)


async def test_the_last_of_a_pool_has_nobody_behind_it_unless_we_are() -> None:
    for chances in (REPEAT, HOME):
        async with pool("sn1") as one, asyncio.TaskGroup() as group:
            one.pairs["sn1"].lower.work = half
            task = group.create_task(_outcome(one, chances))
            await turns()
            one.pairs["sn1"].mn.abort()
            assert await task == ("NoServiceNode" if chances.home else "status 1")


async def _outcome(one: Pool, chances: Chances) -> str:
    try:
        status, _ = await one.down("sn1", chances)
    except NoServiceNode:
        return "NoServiceNode"
    return f"status {status}"


# -- up -----------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def below(work: Work) -> AsyncIterator[tuple[Forwarder, Links, Pair]]:
    """A service node with a link to mn1."""
    async with Supervisor() as supervisor:
        links, pair = Links(), make(supervisor, upper=work)
        links.rise(pair.up, "sn1")
        yield Forwarder("sn1", links), links, pair


async def test_a_request_goes_up_as_it_is() -> None:
    async with below(serve) as (forwarder, _, pair):
        assert await forwarder.up(asked("nodels", "all", whole=True), None, listening(), nothing) == 0
        (request,) = pair.upper.requests
        assert (request.argv, request.nodes, request.down) == (("all",), None, False)


async def test_what_the_daemon_above_refuses_is_raised_as_if_it_were_ours() -> None:
    async def refuse(request: Request, sink: Sink, stdin: ReadStdin) -> int:
        raise NotFound("Invalid nodes and/or groups in noderange: x")

    async with below(refuse) as (forwarder, _, _pair):
        with pytest.raises(NotFound) as error:
            await forwarder.up(asked(), None, listening(), nothing)
    assert str(error.value) == "Invalid nodes and/or groups in noderange: x"


async def test_without_a_daemon_above_the_caller_is_told_what_it_would_have_done() -> None:
    with pytest.raises(NoServiceNode, match="sn1 has no connection to the management node, which must run nodels"):
        await Forwarder("sn1", Links()).up(asked("nodels"), None, listening(), nothing)


async def test_an_offer_that_broke_goes_up_again_on_the_next_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links_module, "GRACE", 5.0)
    monkeypatch.setattr(links_module, "RESTART", 5.0)
    async with below(serve) as (forwarder, links, pair), Supervisor() as supervisor, asyncio.TaskGroup() as group:
        pair.sn.cut_at = Kind.REQUEST_PEER
        task = group.create_task(forwarder.up(asked(), NODES, listening(), nothing))
        await turns()
        links.leave(pair.up)
        again = make(supervisor, upper=serve)
        links.rise(again.up, "sn1")
        assert await task == 0
        assert [request.nodes for request in again.upper.requests] == [NODES]


async def test_a_request_that_was_lost_above_is_not_sent_again() -> None:
    async with below(half) as (forwarder, _, pair), asyncio.TaskGroup() as group:
        heard = listening()
        task = group.create_task(forwarder.up(asked(), NODES, heard, nothing))
        await turns()
        pair.mn.abort()
        assert await task == 1
    assert verdicts(heard.replies)[(NODES[5], Verdict.UNKNOWN)] == 1


async def test_a_loss_of_a_request_without_nodes_is_said_once() -> None:
    async def wait(request: Request, sink: Sink, stdin: ReadStdin) -> int:
        await asyncio.Event().wait()
        return 0

    async with below(wait) as (forwarder, _, pair), asyncio.TaskGroup() as group:
        heard = listening()
        task = group.create_task(forwarder.up(asked("nodels"), None, heard, nothing))
        await turns()
        pair.mn.abort()
        assert await task == 1
    (failure,) = heard.replies
    assert isinstance(failure, Failure)
    assert failure.text == "the link to mn1 broke while it worked on the request"
