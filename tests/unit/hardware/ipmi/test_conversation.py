"""Questions are repeated when there is no answer, not when nobody had the time to read it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Sequence

from tests.simulators.bmcs import Bmc
from xcatd.hardware import Limits
from xcatd.hardware.ipmi.capabilities import ask_capabilities, read_capabilities
from xcatd.hardware.ipmi.conversation import Conversation
from xcatd.hardware.ipmi.transport import BATCH, Transport


async def test_a_loop_that_was_busy_when_the_answer_came_does_not_ask_again(rack: Sequence[Bmc]) -> None:
    transport = Transport(Limits(repeat_after=0.02))
    conversation = Conversation(transport, (rack[0].host, rack[0].port))
    try:
        async with asyncio.TaskGroup() as tasks:
            asked = tasks.create_task(conversation.ask(ask_capabilities, read_capabilities))
            await asyncio.sleep(0)
            time.sleep(0.3)  # noqa: ASYNC251 - all of the loop stands still, as in a long computation
        assert asked.result().rmcp_plus
        assert conversation.repeats == 0
    finally:
        conversation.end()
        transport.close()


async def test_nor_when_the_answer_stands_behind_many_others(rack: Sequence[Bmc]) -> None:
    transport = Transport(Limits(repeat_after=0.02))
    address = (rack[0].host, rack[0].port)
    conversation = Conversation(transport, address)
    try:
        transport.send(address, b"")  # so that the socket has an address
        own = transport._socket(address).getsockname()[1]
        async with asyncio.TaskGroup() as tasks:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                for _ in range(3 * BATCH):
                    stranger.sendto(b"noise", ("127.0.0.1", own))
            asked = tasks.create_task(conversation.ask(ask_capabilities, read_capabilities))
            await asyncio.sleep(0)
            time.sleep(0.3)  # noqa: ASYNC251 - as above
        assert asked.result().rmcp_plus
        assert conversation.repeats == 0
    finally:
        conversation.end()
        transport.close()
