"""What a caller gets of replies that follow each other quickly, or that it does not read: both languages."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.helpers.cluster import PATIENCE
from tests.unit.server.wires import Ends, ends, turn
from xcatd.model import Block, Channel, Done, Ended, Failure, Line, NodeBlock, Progress, Verdict
from xcatd.protocol.text import Printer
from xcatd.protocol.xml import ResponseReader, ResponseWriter, Tree
from xcatd.server.frame_talk import Outbox
from xcatd.server.xml_talk import MANY, XmlOutbox


@dataclass(frozen=True)
class Said:
    """One frame that a caller got."""

    kind: str
    stream: int
    payload: bytes


def frames(data: bytes) -> list[Said]:
    found = []
    while data:
        size, kind, stream = struct.unpack(">IcI", data[:9])
        found.append(Said(kind.decode(), stream, data[9 : 9 + size]))
        data = data[9 + size :]
    return found


def responses(data: bytes) -> list[Tree]:
    return ResponseReader().feed(data)


def frame_outbox(there: Ends) -> Outbox:
    return Outbox(there.connection, 5, Printer())


def xml_outbox(there: Ends) -> XmlOutbox:
    return XmlOutbox(there.connection, ResponseWriter("mn1"))


async def test_lines_of_one_turn_go_out_in_one_frame() -> None:
    async with ends() as there:
        outbox = frame_outbox(there)
        for node in ("n1", "n2", "n3"):
            await outbox.send(Line("on", node))
        assert there.seen() == b""
        await turn()
        assert frames(there.seen()) == [Said("O", 5, b"n1: on\nn2: on\nn3: on\n")]
        await outbox.send(Line("off", "n4"))
        await turn()
        assert frames(there.seen()) == [Said("O", 5, b"n4: off\n")]


async def test_the_order_of_the_two_streams_is_kept() -> None:
    async with ends() as there:
        outbox = frame_outbox(there)
        for reply in (
            Line("on", "n1"),
            Failure("no", "n2"),
            Line("late", "n3", channel=Channel.WARNING),
            Line("on", "n4"),
        ):
            await outbox.send(reply)
        await turn()
        assert frames(there.seen()) == [
            Said("O", 5, b"n1: on\n"),
            Said("E", 5, b"n2: Error: no\nn3: Warning: late\n"),
            Said("O", 5, b"n4: on\n"),
        ]


async def test_a_reply_without_words_is_no_frame() -> None:
    async with ends() as there:
        outbox = frame_outbox(there)
        await outbox.send(Ended("n1", Verdict.OK))
        await turn()
        assert there.seen() == b""


@pytest.mark.parametrize(
    ("status", "shown"), [(0, b"0"), (1, b"1"), (255, b"255"), (256, b"1"), (257, b"1"), (512, b"1"), (-1, b"255")]
)
async def test_the_end_says_the_rest_and_a_status_that_is_never_0_by_accident(status: int, shown: bytes) -> None:
    async with ends() as there:
        outbox = frame_outbox(there)
        await outbox.send(Line("on", "n1"))
        outbox.end(status)
        assert frames(there.seen()) == [Said("O", 5, b"n1: on\n"), Said("X", 5, shown)]
        await turn()
        assert there.seen() == b""


async def test_much_output_goes_out_at_once_and_in_frames_of_bounded_size() -> None:
    async with ends() as there:
        outbox = frame_outbox(there)
        for _ in range(3):
            await outbox.send(Line("x" * 30_000))
        found = frames(there.seen())
        assert b"".join(each.payload for each in found) == (b"x" * 30_000 + b"\n") * 3
        assert max(len(each.payload) for each in found) < 1 << 16


@pytest.mark.parametrize("language", [frame_outbox, xml_outbox])
async def test_a_command_waits_for_a_caller_who_does_not_read(language: Callable[[Ends], Outbox | XmlOutbox]) -> None:
    async with ends() as there, asyncio.TaskGroup() as group:
        outbox = language(there)
        while outbox.flowing:
            await outbox.send(Line("x" * 70_000))
        waiting = group.create_task(outbox.send(Line("the last")))
        await turn()
        assert not waiting.done()
        got = b""
        async with asyncio.timeout(PATIENCE):
            while b"the last" not in got:
                got += there.seen()
                await turn()
        assert waiting.done()
        assert outbox.flowing


@pytest.mark.parametrize("language", [frame_outbox, xml_outbox])
async def test_what_is_said_to_a_caller_who_is_gone_is_dropped(language: Callable[[Ends], Outbox | XmlOutbox]) -> None:
    async with ends() as there:
        outbox = language(there)
        there.connection.abort()
        await turn()
        assert there.connection.lost
        for _ in range(3):
            await outbox.send(Line("x" * 70_000))
        assert there.seen() == b""


async def test_lines_of_one_turn_share_a_response() -> None:
    async with ends() as there:
        outbox = xml_outbox(there)
        for text in ("one", "two"):
            await outbox.send(Line(text))
        assert there.seen() == b""
        await turn()
        assert responses(there.seen()) == [{"data": ["one", "two"]}]
        outbox.flush()
        assert there.seen() == b""


async def test_what_an_old_client_would_print_in_another_order_has_its_own_response() -> None:
    async with ends() as there:
        outbox = xml_outbox(there)
        for reply in (Line("one"), Failure("no"), Line("two"), Ended("n1", Verdict.OK), Done()):
            await outbox.send(reply)
        await turn()
        assert responses(there.seen()) == [
            {"data": ["one"]},
            {"error": ["no"], "errorcode": ["1"]},
            {"data": ["two"]},
            {"serverdone": [""]},
        ]


async def test_many_lines_do_not_wait_for_the_turn_to_end() -> None:
    async with ends() as there:
        outbox = xml_outbox(there)
        for number in range(MANY):
            await outbox.send(Line(str(number)))
        assert [len(each["data"]) for each in responses(there.seen())] == [MANY]


async def test_a_long_text_does_not_wait_either() -> None:
    async with ends() as there:
        outbox = xml_outbox(there)
        await outbox.send(Line("x" * (1 << 16)))
        assert [len(str(each["data"][0])) for each in responses(there.seen())] == [1 << 16]


async def test_a_block_is_one_piece_of_output() -> None:
    async with ends() as there:
        outbox = frame_outbox(there)
        await outbox.send(Line("first"))
        await outbox.send(Block(("one", "two")))
        await outbox.send(NodeBlock((("n1", None, "on"), ("n2", "power", "off"))))
        await turn()
        assert frames(there.seen()) == [Said("O", 5, b"first\none\ntwo\nn1: on\nn2: power: off\n")]


async def test_a_full_block_does_not_wait() -> None:
    async with ends() as there:
        await frame_outbox(there).send(Block(("x" * 9999,) * 8))
        assert len(there.seen()) > 80_000
        await xml_outbox(there).send(Block(("x" * 9999,) * 8))
        assert [len(each["data"]) for each in responses(there.seen())] == [8]


async def test_progress_is_wiped_off_before_the_next_word_and_at_the_end() -> None:
    async with ends() as there:
        outbox = frame_outbox(there)
        for reply in (Progress(1, 2), Line("done"), Progress(2, 2)):
            await outbox.send(reply)
        outbox.end(0)
        assert frames(there.seen()) == [
            Said("E", 5, b"\r1 of 2 (50%)\r            \r"),
            Said("O", 5, b"done\n"),
            Said("E", 5, b"\r2 of 2 (100%)\r             \r"),
            Said("X", 5, b"0"),
        ]
