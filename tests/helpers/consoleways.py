"""What every way to a console must do, whatever it goes over: subclass the contract and provide its fixtures."""

from __future__ import annotations

import asyncio
import socket
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import ClassVar

import pytest

from tests.helpers import farside
from xcatd.consoles.line import Line, Way
from xcatd.errors import Busy, NodeError, Unsupported

WITHIN = 60
"""Seconds for one test: a busy machine needs some of them."""
ALL_OCTETS = bytes(range(0x20, 0x100)) + "Grüße, 你好\r".encode()


class Far(ABC):
    """The far side, as a test has it in its hands. `way` leads there."""

    way: Way
    greets = True
    """Whether it begins anew each time, and says that it is ready."""
    poured = farside.POURED
    """What it says when it is told to pour."""
    typed = 1 << 20
    """How much can be typed in a time that a test has."""

    @abstractmethod
    async def vanish(self) -> None:
        """It is gone at once, and says nothing."""

    async def end(self, line: Line) -> None:
        """It ends in good order."""
        await line.write(farside.END)

    def broken(self, said: bytes) -> bool | None:
        """Whether a break has come, after which this was said; None: the way has none."""
        return None


class WayContract:
    """The fixtures: `far`; `nobody`, a way to where nobody listens, and `stranger`, one with credentials that are refused."""

    async def test_what_the_far_side_says_is_read(self, far: Far) -> None:
        async with asyncio.timeout(WITHIN), opened(far) as line:
            await line.write(farside.POUR)
            assert await until_length(line, len(far.poured)) == far.poured

    async def test_what_is_typed_comes_back_octet_for_octet(self, far: Far) -> None:
        async with asyncio.timeout(WITHIN), opened(far) as line:
            await line.write(ALL_OCTETS)
            assert ALL_OCTETS in await until(line, ALL_OCTETS)

    async def test_much_is_typed_and_comes_back_while_it_is(self, far: Far) -> None:
        text = farside.POURED[: far.typed]
        async with asyncio.timeout(WITHIN), opened(far) as line, asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(until_length(line, len(text)))
            await line.write(text)
            assert await reading == text

    async def test_it_is_opened_again_after_it_was_left(self, far: Far) -> None:
        for text in (b"one", b"two"):
            async with asyncio.timeout(WITHIN), opened(far) as line:
                await line.write(text)
                assert text in await until(line, text)

    async def test_a_break_arrives_or_is_refused_with_a_sentence(self, far: Far) -> None:
        async with asyncio.timeout(WITHIN), opened(far) as line:
            await line.write(b"x")
            await until(line, b"x")
            if far.broken(b"") is None:
                with pytest.raises(Unsupported, match="break"):
                    await line.send_break()
                return
            await line.send_break()
            await line.write(b"y")
            assert far.broken(await until(line, b"y"))

    async def test_the_far_side_ends_it(self, far: Far) -> None:
        async with asyncio.timeout(WITHIN), opened(far) as line:
            await line.write(b"x")
            await until(line, b"x")
            await far.end(line)
            while await line.read():
                pass

    async def test_the_far_side_vanishes(self, far: Far) -> None:
        async with asyncio.timeout(WITHIN), opened(far) as line:
            await line.write(b"x")
            await until(line, b"x")
            await far.vanish()
            with pytest.raises(NodeError) as lost:
                while await line.read():
                    pass
        assert_sentence(lost.value)

    async def test_who_leaves_while_it_is_opened_leaves_nothing_behind(self, far: Far) -> None:
        async with asyncio.TaskGroup() as tasks:
            opening = tasks.create_task(_opened(far.way))
            await asyncio.sleep(0)
            opening.cancel()
        async with asyncio.timeout(WITHIN), opened(far) as line:
            await line.write(b"x")
            await until(line, b"x")

    async def test_nobody_there(self, nobody: Way | None) -> None:
        await refused(nobody)

    async def test_refused_credentials(self, stranger: Way | None) -> None:
        await refused(stranger)


class OnlyOneContract(WayContract):
    """Of ways that let one in at a time, whom another may put out. Both sentences are patterns."""

    in_use: ClassVar[str]
    """What the next one is told."""
    put_out: ClassVar[str]
    """What the first one is told when another has taken it."""

    async def test_somebody_else_has_it_and_is_put_out(self, far: Far) -> None:
        async with asyncio.timeout(WITHIN), opened(far) as first:
            with pytest.raises(Busy, match=self.in_use):
                async with far.way.open():
                    pass
            async with far.way.taking_over().open() as second:
                with pytest.raises(NodeError, match=self.put_out):
                    await first.read()
                await second.write(b"mine")
                await until(second, b"mine")


@asynccontextmanager
async def opened(far: Far) -> AsyncIterator[Line]:
    """The way, open, and the far side ready."""
    async with far.way.open() as line:
        if far.greets:
            await until(line, farside.READY)
        yield line


async def _opened(way: Way) -> None:
    async with way.open() as line:
        await line.read()


async def refused(way: Way | None) -> None:
    """It is not opened, and says in one sentence why. None: the way knows no such thing."""
    if way is None:
        return
    with pytest.raises(NodeError) as error:
        async with asyncio.timeout(WITHIN), way.open():
            pass
    assert_sentence(error.value)


def assert_sentence(error: NodeError) -> None:
    text = str(error)
    assert "\n" not in text
    assert len(text) < 400
    assert ":" in text


async def until(line: Line, wanted: bytes) -> bytes:
    """What it says up to these octets."""
    said = b""
    while wanted not in said:
        octets = await line.read()
        assert octets, f"it ended after {said!r}"
        said += octets
    return said


async def awake(line: Line) -> None:
    """Type until it comes back, for a far side that may not be there yet; nothing of that is left to be read."""
    said = b""
    while b"~" not in said:
        await line.write(b"~")
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                said = await line.read()
    await line.write(b"!")
    await until(line, b"!")


async def until_length(line: Line, length: int) -> bytes:
    """So many octets at least."""
    said = bytearray()
    while len(said) < length:
        octets = await line.read()
        assert octets, f"it ended after {len(said)} octets"
        said += octets
    return bytes(said)


def listens(port: int) -> bool:
    """Whether somebody takes connections at this port of the loopback."""
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0
