"""One BMC and one account on it, as long as the daemon remembers them: log in when needed, again when forgotten."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Coroutine
from typing import Any, TypeVar

from xcatd.errors import NodeError, TimedOut, Unreachable
from xcatd.hardware.endpoint import Endpoint
from xcatd.hardware.ipmi.account import account_of
from xcatd.hardware.ipmi.capabilities import ask_capabilities, read_capabilities
from xcatd.hardware.ipmi.commands import GET_CHASSIS_STATUS, GET_DEVICE_ID, Command
from xcatd.hardware.ipmi.conversation import Conversation, Silence
from xcatd.hardware.ipmi.envelope import Envelope
from xcatd.hardware.ipmi.habit import Habit
from xcatd.hardware.ipmi.login15 import Login15
from xcatd.hardware.ipmi.login20 import Login20, OnlyLan15
from xcatd.hardware.ipmi.quirks import SHORTEST_DEVICE_ID, Model, read_model
from xcatd.hardware.ipmi.rakp import Account
from xcatd.hardware.ipmi.refusals import Refused, refusal
from xcatd.hardware.ipmi.resolve import resolve
from xcatd.hardware.ipmi.session import Session
from xcatd.hardware.ipmi.transport import Transport
from xcatd.hardware.patience import DEFAULT_TIMEOUT

KEPT_TRIES = 1
"""Datagrams to a session kept from an earlier request, before the BMC is believed to have forgotten it. A log-in costs five
datagrams; when thousands of BMCs have rebooted, each further try costs all of them a second."""
FRESH_TRIES = 3
"""The same for a session that has just been opened."""

LOG_IN_WITHIN = DEFAULT_TIMEOUT
"""Seconds for opening a session, whatever the time for what is to be done in it."""

T = TypeVar("T")


class Controller:
    """Requests go one after the other, in one session. `used` is the loop's time of the last one."""

    def __init__(self, endpoint: Endpoint, transport: Transport) -> None:
        self._endpoint = endpoint
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._turn = asyncio.Lock()
        self._habit = Habit()
        self._conversation: Conversation | None = None
        self._session: Session | None = None
        self._model: Model | None = None
        self._heard_before = 0
        self.used = self._loop.time()

    @property
    def place(self) -> str:
        """Where it is, as messages show it."""
        return self._endpoint.place

    @property
    def node(self) -> str:
        """Whose BMC it is."""
        return self._endpoint.node

    @property
    def is_busy(self) -> bool:
        """Whether a request is on its way."""
        return self._turn.locked()

    @property
    def is_open(self) -> bool:
        """Whether a session is kept."""
        return self._session is not None

    @property
    def session(self) -> Session | None:
        """The session that is kept, for a payload in it."""
        return self._session

    async def within(self, timeout: float, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, which makes requests here; its troubles, or `timeout` seconds over, as errors."""
        heard = self._heard
        try:
            async with asyncio.timeout(timeout):
                return await work
        except TimeoutError:
            raise self._silence(timeout, self._heard > heard) from None
        except Refused as refused:
            raise refusal(refused, self.place, self._endpoint.user) from None

    async def request(self, command: Command, data: bytes = b"", *, repeatable: bool = True) -> bytes:
        """The data of the BMC's answer. `repeatable`: that it is done twice does no harm.

        What is not repeatable is sent in one session only, after a harmless request has shown that the BMC knows it.
        Raises Refused (a completion code), Unreachable, BadCredentials and what else the log-in raises.
        """
        async with self._turn:
            try:
                if not repeatable:
                    await self._send(GET_CHASSIS_STATUS, b"", renew=True)
                return await self._send(command, data, renew=repeatable)
            except OSError as error:
                raise self.undeliverable(error) from None
            finally:
                self.used = self._loop.time()

    async def ask(self, command: Command, data: bytes = b"", *, least: int) -> bytes:
        """As `request`, for an answer that has `least` octets of data. NodeError: it has fewer."""
        answer = await self.request(command, data)
        if len(answer) < least:
            raise self.nonsense(command, f"{len(answer)} octets where at least {least} are due")
        return answer

    async def model(self) -> Model:
        """Which BMC it is, of which make. Asked once in the life of a session, and only when somebody needs to know."""
        if self._model is None:
            self._model = read_model(await self.ask(GET_DEVICE_ID, least=SHORTEST_DEVICE_ID))
        return self._model

    def nonsense(self, command: Command, what: str) -> NodeError:
        """The error for an answer that cannot be read; `what` it holds instead of what is due."""
        return NodeError(
            f'the BMC at {self.place} answers "{command.name}" with {what}: reset it, or update its firmware'
        )

    def close(self) -> None:
        """End the session, if there is one, without waiting for the BMC."""
        if self._session is not None:
            self._session.close()
            self._session = None
        if self._conversation is not None:
            self._conversation.end()
            self._heard_before += self._conversation.heard
            self._conversation = None

    async def _send(self, command: Command, data: bytes, *, renew: bool) -> bytes:
        """Ask in the session that is kept, or in a new one; in a new one also when the BMC is silent (`renew`)."""
        for tries in (KEPT_TRIES, FRESH_TRIES) if self._session is not None else (FRESH_TRIES,):
            try:
                return await self._ask(command, data, tries if renew else None)
            except Silence:
                continue
        return await self._ask(command, data, None)

    async def _ask(self, command: Command, data: bytes, tries: int | None) -> bytes:
        is_answered = False
        try:
            session = self._session or await self._opened()
            answer = await session.request(command, data, tries)
            is_answered = True
            return answer
        except Refused:
            is_answered = True
            raise
        finally:
            if not is_answered:  # silence, trouble or a caller who has gone: the session's state is not known
                self.close()

    async def _opened(self) -> Session:
        """A new session, within the time that the shortest operation has: who reads a long list waits no longer for a dead BMC."""
        heard = self._heard
        try:
            async with asyncio.timeout(LOG_IN_WITHIN):
                return await self._log_in()
        except TimeoutError:
            raise self._silence(LOG_IN_WITHIN, self._heard > heard) from None

    async def _log_in(self) -> Session:
        account = account_of(self._endpoint)
        conversation = Conversation(self._transport, await resolve(self._endpoint.host, self._endpoint.port))
        self._conversation = conversation
        self._model = None  # behind the same address there may be another board now
        self._session = Session(conversation, await self._open(conversation, account))
        return self._session

    async def _open(self, conversation: Conversation, account: Account) -> Envelope:
        """By IPMI 2.0, unless the BMC says that it speaks only 1.5, now or the last time."""
        place, user = self.place, self._endpoint.user
        capabilities = None
        if not self._habit.rmcp_plus:
            capabilities = await conversation.ask(ask_capabilities, read_capabilities)
        if capabilities is None or capabilities.rmcp_plus:
            try:
                envelope, self._habit = await Login20(conversation, account, place, user).open(self._habit)
                return envelope
            except OnlyLan15 as found:
                capabilities = found.capabilities
        self._habit = Habit(rmcp_plus=False)
        return await Login15(conversation, account, place, user).open(capabilities)

    @property
    def _heard(self) -> int:
        """How many answers the BMC has given."""
        return self._heard_before + (self._conversation.heard if self._conversation else 0)

    def _silence(self, timeout: float, was_heard: bool) -> NodeError:
        place, seconds = self.place, f"{timeout:.3g} s"
        if was_heard:
            return TimedOut(
                f"{place} has stopped answering within {seconds}: try again, and reset the BMC if it stays so"
            )
        return Unreachable(
            f"no answer from {place} within {seconds}: check that the BMC has power and a network, and ipmi.bmc"
        )

    def undeliverable(self, error: OSError) -> Unreachable:
        """The error for what the network says of our datagrams."""
        place = self.place
        if error.errno == errno.ECONNREFUSED:
            return Unreachable(
                f"{place} refuses: nothing there speaks IPMI; check ipmi.bmc, and IPMI over LAN on the BMC"
            )
        return Unreachable(f"{place} cannot be reached: {error.strerror}; check the network and ipmi.bmc")
