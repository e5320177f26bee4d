"""What is typed into a serial port: one packet at a time, sent again until the BMC has taken it (IPMI 2.0, section 15.11)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from xcatd.hardware.ipmi.solpacket import Packet, Signal, following

TRIES = 7
"""Datagrams with one packet, before the BMC is believed to be gone."""
LONGEST_WAIT = 8
"""Times the shortest one: how far the time until a packet is sent again grows by doubling."""
REST = 0.25
"""Seconds before a node that takes no characters now is tried again."""


class Silent(Exception):
    """No acknowledgement, however often a packet was sent. Stays within this package."""


class Typed:
    """`most`: characters that a packet may have. `send` sends a packet, `shortest`: seconds until it is sent again.

    `sequence`: the last number that was used. BMCs take one that they know from the session before for a packet that comes twice.
    """

    __slots__ = ("_expected", "_is_over", "_turn", "most", "send", "sequence", "shortest")

    def __init__(self, send: Callable[[Packet], None], shortest: float, sequence: int) -> None:
        self.send = send
        self.shortest = shortest
        self.most = 64
        self.sequence = sequence
        self._is_over = False
        self._turn: asyncio.Lock | None = None
        self._expected: tuple[int, asyncio.Future[Packet | None]] | None = None

    async def type(self, octets: bytes) -> bool:
        """Returns when the port has taken all of them; False: it was ended before. Silent: the BMC does not answer."""
        async with self._its_turn():
            while octets:
                answer = await self._deliver(octets[: self.most], 0)
                if answer is None:
                    return False
                octets = octets[min(answer.taken, self.most) :]
                if octets and (not answer.taken or answer.signals & (Signal.NACK | Signal.UNAVAILABLE)):
                    await asyncio.sleep(REST)
        return True

    async def signal(self, signals: int) -> bool:
        """The same for signals without characters."""
        async with self._its_turn():
            return await self._deliver(b"", signals) is not None

    def acknowledged(self, packet: Packet) -> None:
        """The BMC has answered a packet. What it answers twice, or too late, counts once."""
        if self._expected is not None and self._expected[0] == packet.acknowledges and not self._expected[1].done():
            self._expected[1].set_result(packet)

    def end(self) -> None:
        """Nothing will be taken any more."""
        self._is_over = True
        if self._expected is not None and not self._expected[1].done():
            self._expected[1].set_result(None)

    def _its_turn(self) -> asyncio.Lock:
        """Most consoles are never typed into."""
        if self._turn is None:
            self._turn = asyncio.Lock()
        return self._turn

    async def _deliver(self, characters: bytes, signals: int) -> Packet | None:
        if self._is_over:
            return None
        self.sequence = following(self.sequence)
        packet = Packet(self.sequence, signals=signals, characters=characters)
        answer: asyncio.Future[Packet | None] = asyncio.get_running_loop().create_future()
        self._expected = self.sequence, answer
        try:
            wait = self.shortest
            for _ in range(TRIES):
                self.send(packet)
                await asyncio.wait((answer,), timeout=wait * random.uniform(0.8, 1.2))  # noqa: S311 - jitter is no secret
                if answer.done():
                    return answer.result()
                wait = min(2 * wait, LONGEST_WAIT * self.shortest)
        finally:
            self._expected = None
        raise Silent
