"""Whether the BMC still has our serial port: it is asked now and then, which also keeps the session alive.

There are thousands: so this has no task, but one timer.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from xcatd.hardware.ipmi.commands import GET_DEVICE_ID, GET_PAYLOAD_INSTANCE, Command
from xcatd.hardware.ipmi.envelope20 import Envelope20, Payload
from xcatd.hardware.ipmi.message import decode_answer, encode_request
from xcatd.hardware.ipmi.session import SEQUENCES

PERIOD = 11.0
"""Seconds between questions. A BMC drops a session after 60 without one (IPMI 2.0, section 6.12.15)."""
WAITS = (1.0, 2.0, 4.0, 6.0)
"""Seconds for an answer, before the question is sent again; after the last one the BMC is gone. With the period: 24."""
INSTANCE = bytes((Payload.SOL, 1))


def owner_of(data: bytes) -> int:
    """Which session has the port, by Get Payload Instance Info (IPMI 2.0, section 24.5); 0: none, or it is not told."""
    return int.from_bytes(data[:4], "little") if len(data) >= 4 else 0


class Pulse:
    """`owner`: the session that has the port, as the BMC calls ours; 0: it does not tell, and anything that it answers will do.

    `lost` is called when somebody else has the port, `silent` when the BMC does not answer; both end this.
    """

    __slots__ = ("_envelope", "_is_asking", "_lost", "_owner", "_send", "_sequence", "_silent", "_timer", "_tries")

    def __init__(
        self, envelope: Envelope20, send: Callable[[bytes], None], lost: Callable[[], None], silent: Callable[[], None]
    ) -> None:
        self._envelope = envelope
        self._send = send
        self._lost = lost
        self._silent = silent
        self._owner = 0
        self._sequence = 0
        self._tries = 0
        self._is_asking = False
        self._timer: asyncio.TimerHandle | None = None

    def start(self, owner: int) -> None:
        """Ask from now on."""
        self._owner = owner
        self._later(PERIOD * random.uniform(0.8, 1))  # noqa: S311 - jitter is no secret

    def stop(self) -> None:
        """Ask no more."""
        self._is_asking = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def beat(self) -> None:
        """The BMC has said something: it lives."""
        self._tries = 0

    def received(self, datagram: bytes) -> None:
        """Read the answer, if this is it."""
        if not self._is_asking:
            return
        message = self._envelope.open(datagram)
        answer = decode_answer(message) if message is not None else None
        if answer is None or not answer.is_to(self._command, self._sequence):
            return
        self.stop()
        if self._command is GET_PAYLOAD_INSTANCE and not answer.code and owner_of(answer.data) != self._owner:
            self._lost()
            return
        self._tries = 0
        self._later(PERIOD)

    @property
    def _command(self) -> Command:
        return GET_PAYLOAD_INSTANCE if self._owner else GET_DEVICE_ID

    def _later(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._ask)

    def _ask(self) -> None:
        if self._tries == len(WAITS):
            self.stop()
            self._silent()
            return
        if not self._is_asking:
            self._is_asking = True
            self._sequence = (self._sequence + 1) % SEQUENCES
        data = INSTANCE if self._owner else b""
        wait = WAITS[self._tries]
        self._tries += 1
        self._later(wait)
        self._send(self._envelope.seal(encode_request(self._command, self._sequence, data)))
