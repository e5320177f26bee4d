"""A log played at a terminal."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.unit.consoles.log.recording import becomes
from tests.unit.consoles.log.test_cursor import Log
from xcatd.consoles.log.lines import Noted, Said
from xcatd.consoles.log.player import Pace, Player
from xcatd.model import Key, Size, Typed

FAST = 1e9


class Sitting:
    """A terminal at which a test types."""

    def __init__(self) -> None:
        self.keys: asyncio.Queue[Key | None] = asyncio.Queue()
        self.screen = b""
        self.size = Size(25, 80)

    async def key(self) -> Key | None:
        return await self.keys.get()

    def suspend(self) -> None:
        raise AssertionError

    def type(self, text: bytes) -> None:
        self.keys.put_nowait(Typed(text))

    async def show(self, octets: bytes) -> None:
        self.screen += octets


@pytest.fixture
def log(tmp_path: Path) -> Log:
    log = Log(tmp_path)
    log.say(b"one ", 0)
    log.say(b"two ", 3_000)
    log.note("a break was sent", 4_000)
    log.say(b"three", 100_000)
    return log


ALL = b"one two \r\n[a break was sent]\r\nthree"


async def test_all_is_shown_with_what_happened(log: Log) -> None:
    sitting = Sitting()
    await Player(log.cursor, sitting, sitting.show, Pace(FAST)).play()
    assert sitting.screen == ALL


async def test_space_pauses_and_goes_on_and_q_ends(log: Log) -> None:
    sitting = Sitting()
    async with asyncio.TaskGroup() as group:
        group.create_task(Player(log.cursor, sitting, sitting.show, Pace(1e-3)).play())
        await becomes(lambda: sitting.screen == b"one ", "the first word")
        sitting.type(b" ")
        sitting.type(b"+" * 30)  # quick enough for the rest, if it were not paused
        await becomes(lambda: sitting.screen.endswith(b"[speed 65536]\r\n"), "the speed")
        assert b"two" not in sitting.screen
        sitting.type(b" ")
        await becomes(lambda: sitting.screen.endswith(b"three"), "the end")

    sitting = Sitting()
    async with asyncio.TaskGroup() as group:
        group.create_task(Player(log.cursor, sitting, sitting.show, Pace(1e-3)).play())
        sitting.keys.put_nowait(Size(30, 100))
        await becomes(lambda: sitting.screen == b"one ", "the first word")
        sitting.type(b"q")
    assert sitting.screen == b"one "


async def test_it_plays_on_when_nobody_types(log: Log) -> None:
    sitting = Sitting()
    sitting.keys.put_nowait(None)
    await Player(log.cursor, sitting, sitting.show, Pace(FAST)).play()
    assert sitting.screen == ALL


async def test_it_goes_on_with_what_is_said_next_until_somebody_ends_it(log: Log) -> None:
    sitting = Sitting()
    async with asyncio.TaskGroup() as group:
        group.create_task(Player(log.cursor, sitting, sitting.show, Pace(FAST), follows=True).play())
        await becomes(lambda: sitting.screen == ALL, "what is there")
        log.say(b" four", 200_000)
        await becomes(lambda: sitting.screen == ALL + b" four", "what is said next")
        sitting.type(b"\x03")


async def test_it_ends_with_what_came_before_a_time(log: Log) -> None:
    sitting = Sitting()
    await Player(log.cursor, sitting, sitting.show, Pace(FAST), until=3_001).play()
    assert sitting.screen == b"one two "


def test_pauses_are_as_they_were_but_not_longer_than_five_seconds() -> None:
    pace = Pace(1.0)
    moments = (Said(0, b""), Said(1500, b""), Noted(1600, ""), Said(90_000, b""), Said(80_000, b""))
    assert [pace.pause(moment) for moment in moments] == [0.0, 1.5, 0.1, 5.0, 0.0]


def test_a_rate_takes_eight_bits_a_byte_whatever_the_pauses_were() -> None:
    pace = Pace(1.0, bps=19200)
    assert [pace.pause(Said(ms, b"")) for ms in (0, 5000)] == [0.0, 0.0]
    pieces = pace.pieces(b"x" * 2400)
    assert sum(seconds for _, seconds in pieces) == pytest.approx(1.0)
    assert b"".join(piece for piece, _ in pieces) == b"x" * 2400
    assert len(pieces) == 10
