"""Keys of a terminal: as many as were asked for, over a link and to the next daemon of a pool."""

from __future__ import annotations

import asyncio

import pytest

from tests.unit.hierarchy.wires import asked, linked, listening, nothing
from xcatd.api import ReadStdin, Sink
from xcatd.errors import Malformed, PeerLost, TooLarge
from xcatd.hierarchy.keys import AHEAD, Keys, packed, unpacked
from xcatd.model import Raw, Request, Size, Terminal, Typed
from xcatd.protocol.frames import Kind


class Desk:
    """Keys at this end of a connection, with what was told to the other one."""

    def __init__(self) -> None:
        self.told: list[tuple[Kind, bytes]] = []
        self.keys = Keys(lambda kind, payload: self.told.append((kind, payload)))


async def test_keys_come_in_their_order_and_the_first_question_asks_for_them() -> None:
    desk = Desk()
    assert not desk.keys.asked
    async with asyncio.TaskGroup() as group:
        first = group.create_task(desk.keys.key())
        await asyncio.sleep(0)
        assert (desk.keys.asked, desk.told) == (True, [(Kind.KEYS, str(AHEAD).encode())])
        desk.keys.take(Kind.WINDOW, packed(Size(25, 80)))
        desk.keys.take(Kind.INPUT, b"a")
        desk.keys.take(Kind.INPUT, b"")
    assert (first.result(), desk.keys.size) == (Size(25, 80), Size(25, 80))
    assert [await desk.keys.key(), await desk.keys.key(), await desk.keys.key()] == [Typed(b"a"), None, None]


async def test_what_was_read_makes_room_and_more_than_was_asked_for_is_refused() -> None:
    desk = Desk()
    desk.keys.take(Kind.INPUT, b"x" * AHEAD)
    desk.keys.take(Kind.INPUT, b"y" * AHEAD)
    with pytest.raises(TooLarge):
        desk.keys.take(Kind.INPUT, b"z")
    await desk.keys.key()
    assert desk.told == [(Kind.KEYS, b"65536"), (Kind.KEYS, b"65536")]


async def test_a_question_that_is_cancelled_loses_no_key() -> None:
    desk = Desk()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(desk.keys.key())
        await asyncio.sleep(0)
        desk.keys.take(Kind.INPUT, b"a")
        task.cancel()
    assert await desk.keys.key() == Typed(b"a")


async def test_of_sizes_that_nobody_has_seen_the_last_one_counts() -> None:
    desk = Desk()
    for rows in (25, 30):
        desk.keys.take(Kind.WINDOW, packed(Size(rows, 80)))
    desk.keys.take(Kind.INPUT, b"a")
    desk.keys.take(Kind.WINDOW, packed(Size(40, 80)))
    assert [await desk.keys.key() for _ in range(3)] == [Size(30, 80), Typed(b"a"), Size(40, 80)]


def test_a_window_without_sense_is_refused() -> None:
    assert unpacked(packed(Size(70_000, 3))) == Size(65_535, 3)
    with pytest.raises(Malformed, match="window without rows"):
        unpacked(b"abc")


async def echo(sink: Sink, terminal: Terminal, until: bytes) -> int:
    """Say each key until one ends it."""
    while (key := await terminal.key()) is not None:
        if key == Typed(b"^Z"):
            terminal.suspend()
        await sink.send(Raw(repr(key).encode() if isinstance(key, Size) else key.octets))
        if key == Typed(until):
            break
    return 7


class Echo:
    """The runner of a daemon below."""

    async def run(self, request: Request, sink: Sink, stdin: ReadStdin, *, terminal: Terminal | None = None) -> int:
        assert terminal is not None
        return await echo(sink, terminal, b"q")


async def test_keys_and_the_window_go_down_a_link_and_what_is_shown_comes_back() -> None:
    desk, heard = Desk(), listening()
    desk.keys.take(Kind.WINDOW, packed(Size(25, 80)))
    async with linked() as pair:
        pair.lower.run = Echo().run  # type: ignore[method-assign]
        async with asyncio.TaskGroup() as group:
            done = group.create_task(
                pair.down.call(asked(), heard, nothing, patient=True, terminal=desk.keys), name="call"
            )
            for octets in (b"a", b"^Z", "ü".encode(), b"q"):
                desk.keys.take(Kind.INPUT, octets)
    assert done.result() == 7
    shown = b"".join(reply.octets for reply in heard.replies if isinstance(reply, Raw))
    assert shown == b"Size(rows=25, columns=80)" + b"a^Z\xc3\xbcq"
    assert (Kind.SUSPEND, b"") in desk.told


async def test_keys_that_a_lost_daemon_has_not_read_are_there_for_the_next_one() -> None:
    desk, heard = Desk(), listening()
    async with linked() as pair:
        pair.lower.run = Echo().run  # type: ignore[method-assign]

        async def call() -> None:
            with pytest.raises(PeerLost):
                await pair.down.call(asked(), heard, nothing, patient=True, terminal=desk.keys)

        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            group.create_task(call())
            desk.keys.take(Kind.INPUT, b"a")
            while not heard.replies:  # noqa: ASYNC110 - until it was shown
                await asyncio.sleep(0.001)
            pair.down.wire.abort()
    desk.keys.take(Kind.INPUT, b"b")
    assert await desk.keys.key() == Typed(b"b")
