"""One socket for everybody: who hears what."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator

import pytest

from tests.helpers.cluster import free_port
from tests.simulators.responder import responder
from xcatd.hardware import Limits
from xcatd.hardware.ipmi.capabilities import ask_capabilities
from xcatd.hardware.ipmi.transport import Address, Transport


class Listener:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes | OSError] = asyncio.Queue()

    def received(self, datagram: bytes) -> None:
        self.heard.put_nowait(datagram)

    def failed(self, error: OSError) -> None:
        self.heard.put_nowait(error)


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    transport = Transport(Limits())
    yield transport
    transport.close()


def closed_place() -> Address:
    """A port of loopback that nobody has."""
    return "127.0.0.1", free_port()


async def test_an_answer_reaches_everybody_who_talks_with_its_sender_and_nobody_else(transport: Transport) -> None:
    async with responder() as bmc, responder() as other, asyncio.timeout(20):
        first, second, elsewhere = Listener(), Listener(), Listener()
        for place, listener in ((bmc.place, first), (bmc.place, second), (other.place, elsewhere)):
            transport.attach(place, listener)
        transport.send(bmc.place, ask_capabilities())
        assert await first.heard.get() == await second.heard.get() == bmc.sent[0]
        assert elsewhere.heard.empty()


async def test_strangers_and_those_who_have_left_are_not_heard(transport: Transport) -> None:
    async with responder() as bmc, responder() as stranger, asyncio.timeout(20):
        left, stays = Listener(), Listener()
        transport.attach(bmc.place, left)
        transport.attach(bmc.place, stays)
        transport.detach(bmc.place, left)
        transport.detach(bmc.place, left)
        transport.send(stranger.place, ask_capabilities())
        await stranger.until(lambda: len(stranger.received) == 1)
        transport.send(bmc.place, ask_capabilities())
        assert await stays.heard.get() == bmc.sent[0]
        assert left.heard.empty()


async def test_a_closed_port_is_noticed_without_sending_again(transport: Transport) -> None:
    closed, listener = closed_place(), Listener()
    transport.attach(closed, listener)
    async with asyncio.timeout(20):
        transport.send(closed, ask_capabilities())
        error = await listener.heard.get()
    assert isinstance(error, OSError)
    assert error.errno == errno.ECONNREFUSED


async def test_a_datagram_after_one_to_a_closed_port_is_not_lost(transport: Transport) -> None:
    closed, gone, there = closed_place(), Listener(), Listener()
    async with responder() as bmc, asyncio.timeout(20):
        transport.attach(closed, gone)
        transport.attach(bmc.place, there)
        transport.send(closed, ask_capabilities())
        transport.send(bmc.place, ask_capabilities())
        assert await there.heard.get() == bmc.sent[0]
        assert isinstance(await gone.heard.get(), OSError)


async def test_what_the_kernel_refuses_to_send_is_told(transport: Transport) -> None:
    listener = Listener()
    broadcast = ("255.255.255.255", 623)
    transport.attach(broadcast, listener)
    transport.send(broadcast, ask_capabilities())
    assert isinstance(listener.heard.get_nowait(), OSError)


async def test_a_burst_is_read_to_its_end(transport: Transport) -> None:
    async with responder() as bmc, asyncio.timeout(20):
        listener = Listener()
        transport.attach(bmc.place, listener)
        bmc.copies = 500
        transport.send(bmc.place, ask_capabilities())
        for _ in range(500):
            assert await listener.heard.get() == bmc.sent[0]
