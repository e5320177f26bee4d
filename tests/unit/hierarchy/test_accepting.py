"""Who arrives is accepted while there is room: real sockets, and a real shortage of file descriptors."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from xcatd.hierarchy import accepting
from xcatd.hierarchy.accepting import Accepting


class House:
    """A listening socket, and those who have been let in."""

    def __init__(self, rooms: int) -> None:
        self.door = Accepting(lambda: len(self.inside) >= rooms)
        self.inside: list[socket.socket] = []
        self.news = asyncio.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        self.door.open(self.listener, self.take)

    def take(self, connection: socket.socket, address: object) -> None:
        self.inside.append(connection)
        self.news.set()

    async def until(self, count: int) -> None:
        while len(self.inside) < count:
            self.news.clear()
            await self.news.wait()

    def leave(self) -> None:
        self.inside.pop().close()
        self.door.left()


@pytest.fixture
def callers() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@contextmanager
def housing(rooms: int) -> Iterator[House]:
    house = House(rooms)
    try:
        yield house
    finally:
        house.door.shut()
        for each in (house.listener, *house.inside):
            each.close()


def arrive(house: House, callers: ExitStack) -> None:
    callers.enter_context(socket.create_connection(house.listener.getsockname()))


async def test_who_finds_no_room_waits_until_somebody_has_left(callers: ExitStack) -> None:
    with housing(2) as house:
        for _ in range(3):
            arrive(house, callers)
        await house.until(2)
        await asyncio.sleep(0)
        assert len(house.inside) == 2
        house.leave()
        await house.until(2)


class Heard(logging.Handler):
    """The first line of a log."""

    def __init__(self) -> None:
        super().__init__()
        self.line = asyncio.get_running_loop().create_future()

    def emit(self, record: logging.LogRecord) -> None:
        if not self.line.done():
            self.line.set_result(record.getMessage())


@contextmanager
def no_descriptors_left() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_shortage_is_said_and_passes(callers: ExitStack) -> None:
    heard = Heard()
    accepting.log.addHandler(heard)
    try:
        with housing(9) as house:
            arrive(house, callers)
            with no_descriptors_left():
                assert await heard.line == "cannot accept a connection: Too many open files"
            assert not house.inside
            await house.until(1)
    finally:
        accepting.log.removeHandler(heard)


async def test_a_socket_that_is_closed_or_a_door_that_is_shut_takes_nobody(callers: ExitStack) -> None:
    with housing(9) as house, socket.create_server(("127.0.0.1", 0)) as other:
        other.setblocking(False)
        house.door.close(house.listener)
        arrive(house, callers)
        house.door.open(other, house.take)
        callers.enter_context(socket.create_connection(other.getsockname()))
        await house.until(1)
        house.door.shut()
        house.door.open(house.listener, house.take)
        await asyncio.sleep(0)
        assert len(house.inside) == 1
        with pytest.raises(BlockingIOError):
            other.accept()
