"""Two links over a wire in memory: what crosses, in which order, and what is left when the wire breaks at any moment."""

from __future__ import annotations

import asyncio

import pytest

from tests.unit.hierarchy.wires import Heard, Pair, asked, linked, listening, nothing, turns
from xcatd.api import ReadStdin, Sink
from xcatd.errors import Denied, Fault, Malformed, NoServiceNode, NotFound, PeerLost
from xcatd.hierarchy import link as link_module
from xcatd.hierarchy.credit import BATCH, BATCH_TEXT, CREDIT
from xcatd.hierarchy.refusal import NotDelivered, Refused
from xcatd.model import Block, Ended, Failure, Line, NodeBlock, Reply, Request, Verdict
from xcatd.protocol.frames import Frame, Kind
from xcatd.protocol.wire import replies_from_json


async def two_lines(request: Request, sink: Sink, stdin: ReadStdin) -> int:
    await sink.send(Line("on", "n1"))
    await sink.send(Ended("n1", Verdict.OK))
    await sink.send(Failure("no answer", "n2"))
    return 4


async def for_ever(request: Request, sink: Sink, stdin: ReadStdin) -> int:
    await asyncio.Event().wait()
    return 0


async def call(pair: Pair, *, patient: bool = True, **more: object) -> tuple[int, Heard]:
    heard = listening()
    return await pair.down.call(asked(**more), heard, nothing, patient=patient), heard  # type: ignore[arg-type]


async def lose(pair: Pair) -> None:
    """A request that must be lost."""
    with pytest.raises(PeerLost):
        await call(pair)


async def test_replies_come_back_in_their_order_and_then_the_status() -> None:
    async with linked(two_lines) as pair:
        status, heard = await call(pair)
    assert status == 4
    assert heard.replies == [Line("on", "n1"), Ended("n1", Verdict.OK), Failure("no answer", "n2")]
    assert pair.mn.kinds() == [Kind.REQUEST_PEER, Kind.GO]
    assert pair.sn.kinds() == [Kind.ACCEPTED, Kind.REPLIES, Kind.DONE]


async def test_both_sides_ask_at_the_same_time_without_mixing_things_up() -> None:
    async def echo(request: Request, sink: Sink, stdin: ReadStdin) -> int:
        for word in request.argv:
            await sink.send(Line(word))
            await asyncio.sleep(0)
        return 0

    async with linked(echo, echo) as pair, asyncio.TaskGroup() as group:
        sinks = [listening() for _ in range(20)]
        for number, sink in enumerate(sinks):
            side = (pair.up, pair.down)[number % 2]
            words = asked("echo", *(f"{number}.{count}" for count in range(number)))
            group.create_task(side.call(words, sink, nothing, patient=True))
    for number, sink in enumerate(sinks):
        assert [line.text for line in sink.replies] == [f"{number}.{count}" for count in range(number)]  # type: ignore[union-attr]


async def test_a_request_is_not_begun_before_it_is_told_to_go() -> None:
    async with linked() as pair:
        pair.mn.stalled = True
        with pytest.raises(NotDelivered, match="sn1 did not take it within"):
            await call(pair, patient=False)
        assert pair.down.doubted
        pair.mn.resume()
        await turns()
        assert pair.lower.requests == []
        assert pair.mn.kinds() == [Kind.REQUEST_PEER, Kind.CANCEL]
        assert not pair.down.doubted, "it was heard again"
        await pair.up.wind_up()


async def test_who_has_nobody_else_to_ask_waits_for_a_slow_peer() -> None:
    async with linked(two_lines) as pair:
        pair.mn.stalled = True
        asyncio.get_running_loop().call_later(0.15, pair.mn.resume)
        assert (await call(pair))[0] == 4


async def test_an_offer_and_its_withdrawal_that_arrive_together_leave_nothing_behind() -> None:
    async with linked() as pair:
        pair.sn.stalled = True
        with pytest.raises(NotDelivered):
            await call(pair, patient=False)
        pair.sn.resume()
        await pair.up.wind_up()
    assert pair.lower.requests == []


async def test_go_and_its_withdrawal_that_arrive_together_leave_nothing_behind() -> None:
    async with linked(for_ever) as pair, asyncio.TaskGroup() as group:
        task = group.create_task(call(pair))
        await turns(1)
        pair.sn.stalled = True
        await turns()
        task.cancel()
        await turns()
        pair.sn.resume()
        await pair.up.wind_up()


# -- a broken wire --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.REQUEST_PEER, Kind.ACCEPTED])
async def test_what_breaks_before_go_was_not_delivered(kind: Kind) -> None:
    async with linked(two_lines) as pair:
        pair.mn.cut_at = pair.sn.cut_at = kind
        with pytest.raises(NotDelivered, match="the link to sn1 broke"):
            await call(pair)
        await turns()
    assert pair.lower.requests == []


@pytest.mark.parametrize("kind", [Kind.GO, Kind.REPLIES, Kind.DONE])
async def test_what_breaks_from_go_on_is_lost(kind: Kind) -> None:
    async with linked(two_lines) as pair:
        pair.mn.cut_at = pair.sn.cut_at = kind
        with pytest.raises(PeerLost, match="the link to sn1 broke while it worked on the request"):
            await call(pair)


async def test_replies_that_arrived_before_the_break_are_passed_on() -> None:
    async with linked(two_lines) as pair:
        pair.sn.cut_at = Kind.DONE
        heard = listening()
        with pytest.raises(PeerLost):
            await pair.down.call(asked(), heard, nothing, patient=True)
    assert len(heard.replies) == 3


async def test_a_request_on_a_link_that_is_gone_already_does_not_hang() -> None:
    async with linked() as pair:
        pair.mn.abort()
        await turns()
        with pytest.raises(NotDelivered, match="the link to sn1 broke"):
            await call(pair)


async def test_a_break_cancels_what_runs_for_the_other_side() -> None:
    async with linked(for_ever) as pair, asyncio.TaskGroup() as group:
        losing = group.create_task(lose(pair))
        await turns()
        assert len(pair.lower.requests) == 1
        pair.mn.abort()
        await losing
        await turns()
        assert pair.lower.cancelled == 1


async def test_a_caller_who_goes_away_cancels_the_work() -> None:
    async with linked(for_ever) as pair, asyncio.TaskGroup() as group:
        task = group.create_task(call(pair))
        await turns()
        task.cancel()
        await turns()
        assert pair.lower.cancelled == 1
        assert pair.mn.kinds()[-1] is Kind.CANCEL
        assert (await group.create_task(_pair_is_usable(pair))) == 0


async def _pair_is_usable(pair: Pair) -> int:
    pair.lower.work = two_lines
    return (await call(pair))[0] - 4


# -- back-pressure ------------------------------------------------------------------------------------------------------


async def test_a_reader_that_stops_stops_the_worker() -> None:
    said = 0

    async def talk(request: Request, sink: Sink, stdin: ReadStdin) -> int:
        nonlocal said
        for number in range(50_000):
            said = number
            await sink.send(Line("x", "n1"))
        return 0

    async with linked(talk) as pair, asyncio.TaskGroup() as group:
        heard = Heard()
        task = group.create_task(pair.down.call(asked(), heard, nothing, patient=True))
        await turns(3000)
        assert said <= (CREDIT + 2) * BATCH + 1
        batches = [frame for frame in pair.sn.sent if frame.kind is Kind.REPLIES]
        assert len(batches) == CREDIT
        assert max(len(replies_from_json(frame.payload)) for frame in batches) <= BATCH
        heard.open.set()
        assert await task == 0
    assert len(heard.replies) == 50_000


async def test_a_line_and_the_end_of_its_node_travel_together() -> None:
    async def work(request: Request, sink: Sink, stdin: ReadStdin) -> int:
        async def one(node: str) -> None:
            await sink.send(Line("on", node))
            await sink.send(Ended(node, Verdict.OK))

        async with asyncio.TaskGroup() as group:
            for number in range(3000):
                group.create_task(one(f"n{number}"))
        return 0

    async with linked(work) as pair:
        _, heard = await call(pair)
    assert len(heard.replies) == 6000
    for frame in pair.sn.sent:
        if frame.kind is Kind.REPLIES:
            replies = replies_from_json(frame.payload)
            lines = {reply.node for reply in replies if isinstance(reply, Line)}
            assert lines == {reply.node for reply in replies if isinstance(reply, Ended)}


async def test_long_replies_fill_a_batch_earlier() -> None:
    async def talk(request: Request, sink: Sink, stdin: ReadStdin) -> int:
        for number in range(2000):
            await sink.send(Line(f"{number} ".ljust(5000, "x")))
        return 0

    async with linked(talk) as pair:
        _, heard = await call(pair)
    assert [reply.text.split()[0] for reply in heard.replies] == [str(number) for number in range(2000)]  # type: ignore[union-attr]
    sizes = [len(frame.payload) for frame in pair.sn.sent if frame.kind is Kind.REPLIES]
    assert max(sizes) < BATCH_TEXT + 10_000


async def test_blocks_arrive_as_they_are_and_fill_a_batch_too() -> None:
    blocks: list[Reply] = [Block(("x" * 999,) * 40, source="sn1") for _ in range(50)]
    blocks += [NodeBlock((("n1", None, "x" * 999),) * 40, "sn1") for _ in range(50)]

    async def talk(request: Request, sink: Sink, stdin: ReadStdin) -> int:
        for block in blocks:
            await sink.send(block)
        return 0

    async with linked(talk) as pair:
        _, heard = await call(pair)
    assert heard.replies == blocks
    sizes = [len(frame.payload) for frame in pair.sn.sent if frame.kind is Kind.REPLIES]
    assert max(sizes) < 2 * BATCH_TEXT


async def test_a_worker_that_never_waits_lets_others_have_their_turn() -> None:
    turns_of_others = 0

    async def count() -> None:
        nonlocal turns_of_others
        while True:
            await asyncio.sleep(0)
            turns_of_others += 1

    async def talk(request: Request, sink: Sink, stdin: ReadStdin) -> int:
        for _ in range(20 * BATCH):
            await sink.send(Line("x"))
        return turns_of_others

    async with linked(talk) as pair, asyncio.TaskGroup() as group:
        counting = group.create_task(count())
        status, _ = await call(pair)
        counting.cancel()
    assert status >= 15


# -- refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [NotFound("No such node: n1"), Denied("Permission denied for request")])
async def test_what_the_hall_refuses_comes_back_as_the_same_error(error: NotFound | Denied) -> None:
    async def refuse(request: Request, sink: Sink, stdin: ReadStdin) -> int:
        raise error

    async with linked(refuse) as pair:
        with pytest.raises(Refused, match=f"sn1: {error}") as refused:
            await call(pair)
    assert type(refused.value.error) is type(error)
    assert str(refused.value.error) == str(error)


async def test_a_fault_may_come_after_something_was_done_so_it_counts_as_lost() -> None:
    async def fail(request: Request, sink: Sink, stdin: ReadStdin) -> int:
        raise Fault("A fault in rpower was logged under 1234")

    async with linked(fail) as pair:
        with pytest.raises(PeerLost, match="sn1: A fault in rpower"):
            await call(pair)


async def test_a_daemon_that_stops_takes_nothing_new() -> None:
    async with linked(two_lines) as pair:
        pair.up.refuse("sn1 stops")
        with pytest.raises(Refused, match="sn1: sn1 stops") as refused:
            await call(pair)
    assert isinstance(refused.value.error, NoServiceNode)
    assert pair.lower.requests == []


# -- standard input -------------------------------------------------------------------------------------------------------


async def read_twice(request: Request, sink: Sink, stdin: ReadStdin) -> int:
    for text in (await stdin(), await stdin()):
        await sink.send(Line(text))
    return 0


@pytest.mark.parametrize("text", ["", "a stanza\n", "straße \udcff\n", "long " * 200_000])
async def test_standard_input_is_fetched_once_and_arrives_whole(text: str) -> None:
    fetched = 0

    async def read() -> str:
        nonlocal fetched
        fetched += 1
        return text

    heard = listening()
    async with linked(read_twice) as pair:
        assert await pair.down.call(asked(), heard, read, patient=True) == 0
    assert fetched == 1
    assert heard.replies == [Line(text), Line(text)]


async def test_standard_input_that_came_with_the_request_travels_only_when_it_is_wanted() -> None:
    async with linked(two_lines) as pair:
        await call(pair, stdin="unwanted")
        assert b"unwanted" not in pair.mn.sent[0].payload
        pair.lower.work = read_twice
        _, heard = await call(pair, stdin="wanted")
    assert heard.replies == [Line("wanted"), Line("wanted")]


# -- health ---------------------------------------------------------------------------------------------------------------


async def test_heartbeats_are_answered_and_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "HEARTBEAT", 0.01)
    async with linked() as pair, asyncio.TaskGroup() as group:
        beating = group.create_task(pair.down.beat())
        async with asyncio.timeout(20):
            while pair.mn.kinds().count(Kind.PING) < 3:
                await turns(1)
        pair.mn.abort()
        await beating
    assert pair.sn.kinds().count(Kind.PONG) >= 2
    assert link_module.FASTEST_DOUBT <= pair.down.patience <= link_module.SLOWEST_DOUBT


async def test_who_was_dialled_sends_fewer_heartbeats_as_long_as_others_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "HEARTBEAT", 0.1)
    async with linked() as pair, asyncio.TaskGroup() as group:
        beating = [group.create_task(end.beat()) for end in (pair.down, pair.up)]
        async with asyncio.timeout(20):
            while pair.sn.kinds().count(Kind.PING) < 12:
                await turns(1)
        assert 2 <= pair.mn.kinds().count(Kind.PING) < pair.sn.kinds().count(Kind.PING)
        pair.mn.abort()
        await asyncio.gather(*beating)


async def test_a_peer_that_falls_silent_is_cut_off_also_after_a_goodbye(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "HEARTBEAT", 0.01)
    async with linked(for_ever) as pair, asyncio.TaskGroup() as group:
        losing = group.create_task(lose(pair))
        await turns()
        pair.down.say_goodbye("another connection took its place")
        pair.mn.stalled = True
        async with asyncio.timeout(20):
            await pair.down.beat()
            await losing
    assert pair.mn.lost


async def test_a_link_is_wound_up_when_the_last_request_has_ended() -> None:
    go = asyncio.Event()

    async def wait(request: Request, sink: Sink, stdin: ReadStdin) -> int:
        await go.wait()
        return 0

    async with linked(wait) as pair, asyncio.TaskGroup() as group:
        calling = group.create_task(call(pair))
        await turns()
        ends = [group.create_task(pair.up.wind_up()), group.create_task(pair.down.wind_up())]
        await turns()
        assert not pair.mn.lost
        assert not pair.down.alive
        go.set()
        assert (await calling)[0] == 0
        await asyncio.gather(*ends)
    assert pair.mn.lost


async def test_a_link_that_is_held_is_not_wound_up() -> None:
    async with linked() as pair, asyncio.TaskGroup() as group:
        with pair.up.held():
            ending = group.create_task(pair.up.wind_up())
            await turns()
            assert not ending.done()
        await ending


@pytest.mark.parametrize(
    "frame",
    [
        Frame(Kind.REQUEST_PEER, 1, b"this is no request"),
        Frame(Kind.REQUEST_PEER, 1, b'{"id": "a"}'),
    ],
)
async def test_what_is_no_request_is_malformed(frame: Frame) -> None:
    async with linked() as pair:
        with pytest.raises(Malformed):
            pair.up.received(frame)


@pytest.mark.parametrize(
    "kind", [Kind.GO, Kind.CANCEL, Kind.CREDIT, Kind.INPUT, Kind.ACCEPTED, Kind.REPLIES, Kind.DONE]
)
async def test_frames_for_requests_that_are_over_are_ignored(kind: Kind) -> None:
    async with linked() as pair:
        pair.up.received(Frame(kind, 77, b""))
        assert pair.up.alive
