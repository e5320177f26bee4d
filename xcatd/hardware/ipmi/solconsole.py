"""Serial over LAN: the console of a node through its BMC, in a session of its own (IPMI 2.0, sections 15 and 24)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from xcatd.errors import Busy, NodeError, Unsupported
from xcatd.hardware.console import LEAVE_WITHIN, OPEN_WITHIN, Console, Terminal
from xcatd.hardware.endpoint import Endpoint
from xcatd.hardware.ipmi.commands import (
    ACTIVATE_PAYLOAD,
    DEACTIVATE_PAYLOAD,
    GET_CHASSIS_STATUS,
    GET_PAYLOAD_INSTANCE,
    GET_PAYLOAD_STATUS,
    GET_SESSION_INFO,
    Command,
)
from xcatd.hardware.ipmi.controller import Controller
from xcatd.hardware.ipmi.conversation import Silence
from xcatd.hardware.ipmi.envelope20 import Envelope20, Payload
from xcatd.hardware.ipmi.refusals import INVALID_COMMAND, Refused
from xcatd.hardware.ipmi.session import Session
from xcatd.hardware.ipmi.solpacket import SEQUENCES
from xcatd.hardware.ipmi.solpulse import INSTANCE, owner_of
from xcatd.hardware.ipmi.solterminal import SolTerminal
from xcatd.hardware.ipmi.transport import Transport

_WANTED = bytes((*INSTANCE, 0xC0, 0, 0, 0))
"""The first instance, encrypted and authenticated (table 24-2)."""
IN_USE, DISABLED, LIMIT, UNENCRYPTED = 0x80, 0x81, 0x82, 0x83
"""Completion codes of Activate Payload."""
STEALS = 4
PAUSE = 0.5
"""How often a port is asked for that somebody else has lost, and seconds in between: BMCs need their time to let go."""
_INSTANCES = 16
_BY_ID = 0xFF
"""Of Get Session Info: the session with the number that follows (table 22-25)."""


class SolConsole(Console):
    """A BMC has one serial port. `sequences` is kept for all: place -> the number of the last packet that was typed there."""

    def __init__(self, endpoint: Endpoint, transport: Transport, sequences: dict[str, int]) -> None:
        self._endpoint = endpoint
        self._transport = transport
        self._sequences = sequences

    def open(self, *, steal: bool = False) -> AbstractAsyncContextManager[Terminal]:
        return self._opened(steal)

    @asynccontextmanager
    async def _opened(self, steal: bool) -> AsyncIterator[Terminal]:
        controller = Controller(self._endpoint, self._transport)
        try:
            port = _Port(controller, self._transport, self._sequences)
            try:
                await controller.within(OPEN_WITHIN, port.open(steal))
                assert port.terminal is not None
                yield port.terminal
            finally:
                await port.leave()
        finally:
            controller.close()


class _Port:
    """One serial port and one session for it, which is never renewed: with it the port would be lost."""

    def __init__(self, controller: Controller, transport: Transport, sequences: dict[str, int]) -> None:
        self._controller = controller
        self._transport = transport
        self._sequences = sequences
        self._session: Session | None = None
        self._has_asked = False
        self.terminal: SolTerminal | None = None

    async def open(self, steal: bool) -> None:
        """Refused, and what a request raises."""
        await self._controller.request(GET_CHASSIS_STATUS)
        self._session = session = self._controller.session
        if session is None or not isinstance(session.envelope, Envelope20):
            raise Unsupported(
                f"the BMC at {self._place} speaks IPMI 1.5 only, which has no serial console: update its firmware"
            )
        sequence = self._sequences.get(self._place) or random.randrange(SEQUENCES)  # noqa: S311 - it is no secret
        self.terminal = SolTerminal(self._transport, session.conversation, session.envelope, self._place, sequence)
        answer = await self._activate(session.envelope, steal)
        owner = owner_of(await self._maybe(GET_PAYLOAD_INSTANCE, INSTANCE))
        self.terminal.start(owner, int.from_bytes(answer[4:6], "little"))

    async def leave(self) -> None:
        """Give the port back, if the BMC is still there."""
        if self.terminal is None:
            return
        self.terminal.end()
        self._sequences[self._place] = self.terminal.sequence
        if self._has_asked and not self.terminal.is_lost:
            with suppress(Refused, Silence, NodeError, TimeoutError):
                async with asyncio.timeout(LEAVE_WITHIN):
                    await self._ask(DEACTIVATE_PAYLOAD, _instance(1))

    async def _activate(self, envelope: Envelope20, steal: bool) -> bytes:
        for attempt in range(STEALS + 1):
            try:
                self._has_asked = True
                return await self._ask(ACTIVATE_PAYLOAD, _WANTED)
            except Refused as refused:
                owner = owner_of(await self._maybe(GET_PAYLOAD_INSTANCE, INSTANCE)) if refused.code == IN_USE else 0
                if owner in (envelope.session_id, envelope.console_id):
                    return b""  # our own question, which came twice
                if not steal or refused.code not in (IN_USE, LIMIT) or attempt == STEALS:
                    self._has_asked = False
                    raise await self._refusal(refused, owner) from None
            await self._put_out(attempt)
        raise AssertionError("the last attempt returns or raises")

    async def _put_out(self, attempt: int) -> None:
        """End every session's use of the port; the first instance also when the BMC does not tell which there are."""
        told = await self._maybe(GET_PAYLOAD_STATUS, bytes((Payload.SOL,)))
        bits = int.from_bytes(told[1:3], "little")
        for number in range(1, _INSTANCES + 1):
            if bits >> (number - 1) & 1 or number == 1:
                await self._maybe(DEACTIVATE_PAYLOAD, _instance(number))
        if attempt:
            await asyncio.sleep(PAUSE)

    async def _refusal(self, refused: Refused, owner: int) -> Exception:
        """The error for what Activate Payload was answered; `owner`: the session that has the port, 0: not known."""
        place, node = self._place, self._controller.node
        if refused.code == IN_USE:
            return Busy(
                f"the serial console of the BMC at {place} is in use by {await self._who(owner)}: end it there, or take it over"
            )
        if refused.code == LIMIT:
            return Busy(
                f"the BMC at {place} gives its serial console to no more sessions: end one there, or take it over"
            )
        if refused.code == DISABLED:
            return Unsupported(f"SOL is disabled on the BMC at {place}: enable it with rspconfig {node} sol=on")
        if refused.code == UNENCRYPTED:
            return Unsupported(
                f"the BMC at {place} gives its serial console only without encryption: enable that on it"
            )
        if refused.code == INVALID_COMMAND:
            return Unsupported(f"the BMC at {place} has no serial console: use another nodehm.cons for {node}")
        return refused

    async def _who(self, owner: int) -> str:
        """Who has the session with this number, as far as the BMC tells (table 22-25)."""
        told = await self._maybe(GET_SESSION_INFO, bytes((_BY_ID,)) + owner.to_bytes(4, "little")) if owner else b""
        if len(told) < 10:
            return "another session"
        return f"a session of its user {told[3] & 0x3F} from {'.'.join(map(str, told[6:10]))}"

    async def _maybe(self, command: Command, data: bytes) -> bytes:
        """What the BMC answers; nothing when it refuses."""
        try:
            return await self._ask(command, data)
        except Refused:
            return b""

    async def _ask(self, command: Command, data: bytes) -> bytes:
        assert self._session is not None
        try:
            return await self._session.request(command, data)
        except OSError as error:
            raise self._controller.undeliverable(error) from None

    @property
    def _place(self) -> str:
        return self._controller.place


def _instance(number: int) -> bytes:
    """The data of Deactivate Payload (table 24-3)."""
    return bytes((Payload.SOL, number, 0, 0, 0, 0))
