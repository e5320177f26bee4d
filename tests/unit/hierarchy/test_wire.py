"""A connection with back-pressure, over a real socket pair."""

from __future__ import annotations

import asyncio
import socket

from xcatd.hierarchy import Wire


async def wired() -> tuple[Wire, socket.socket]:
    ours, other = socket.socketpair()
    wire = Wire()
    await asyncio.get_running_loop().connect_accepted_socket(lambda: wire, ours)
    other.setblocking(False)
    return wire, other


async def read(other: socket.socket, size: int) -> int:
    loop, got = asyncio.get_running_loop(), 0
    while got < size and (data := await loop.sock_recv(other, 1 << 20)):
        got += len(data)
    return got


async def test_a_writer_waits_while_the_other_side_does_not_read() -> None:
    wire, other = await wired()
    assert wire.flowing
    await wire.drain()
    wire.write(b"x" * (8 << 20))
    assert not wire.flowing
    async with asyncio.TaskGroup() as group:
        draining = group.create_task(wire.drain())
        await asyncio.sleep(0)
        assert not draining.done()
        assert await read(other, 8 << 20) == 8 << 20
        await draining
    assert wire.flowing
    wire.close()
    other.close()


async def test_a_writer_does_not_wait_for_somebody_who_is_gone() -> None:
    wire, other = await wired()
    wire.write(b"x" * (8 << 20))
    async with asyncio.TaskGroup() as group:
        draining = group.create_task(wire.drain())
        await asyncio.sleep(0)
        wire.abort()
        await draining
    assert wire.lost
    wire.write(b"into the void")
    wire.pause_reading()
    wire.resume_reading()
    wire.close()
    other.close()


async def test_what_was_written_goes_out_before_it_closes() -> None:
    wire, other = await wired()
    wire.write(b"last words")
    wire.close()
    assert await read(other, 100) == len(b"last words")
    other.close()
