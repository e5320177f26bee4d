"""Logging in to a BMC by IPMI 2.0: cipher suite 17, or else 3; as administrator, or else as operator, or user.

A BMC that knows neither suite's algorithms says so at once. Old ones say nothing: so from the third datagram on the
suites take turns, and with the second goes the question whether the BMC speaks IPMI 2.0 at all. None of this costs a
BMC that answers a single datagram.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from xcatd.errors import BadCredentials, Busy, NodeError, Unsupported
from xcatd.hardware.ipmi import rakp
from xcatd.hardware.ipmi.capabilities import Capabilities, ask_capabilities, read_capabilities
from xcatd.hardware.ipmi.commands import Privilege
from xcatd.hardware.ipmi.conversation import Conversation, Silence
from xcatd.hardware.ipmi.envelope20 import Envelope20, Payload, unwrap, wrap
from xcatd.hardware.ipmi.habit import Habit
from xcatd.hardware.ipmi.rakp import Account, Attempt, Rakp, RakpRefused, WrongKey, WrongPassword
from xcatd.hardware.ipmi.refusals import status_name
from xcatd.hardware.ipmi.suites import SUITES, Suite

STEP_TRIES = 3
"""Datagrams for one step of the exchange, before all of it begins anew."""
MUDDLES = 2
"""How often the exchange may go wrong after a repeated datagram, before its error is believed."""
ROLES = (Privilege.ADMINISTRATOR, Privilege.OPERATOR, Privilege.USER)

_NO_SUITE = frozenset({0x04, 0x05, 0x06, 0x07, 0x10, 0x11})
_NO_ROLE = frozenset({0x09, 0x0A})
_NO_ROOM = frozenset({0x01, 0x0B})
_NO_USER = frozenset({0x0C, 0x0D})
_BAD_PROOF = frozenset({0x0F})


class OnlyLan15(Exception):
    """The BMC does not speak IPMI 2.0. Stays within this package."""

    def __init__(self, capabilities: Capabilities) -> None:
        super().__init__("IPMI 1.5 only")
        self.capabilities = capabilities


class Login20:
    """Opens a session with one BMC. `place` is how messages call it, `user` whom they blame."""

    def __init__(self, conversation: Conversation, account: Account, place: str, user: str) -> None:
        self._conversation = conversation
        self._account = account
        self._place = place
        self._user = user

    async def open(self, habit: Habit) -> tuple[Envelope20, Habit]:
        """Log in, beginning with what worked the last time; returns the session's envelope and what worked now.

        Raises OnlyLan15, OSError (it cannot be delivered), BadCredentials, Busy, Unsupported or NodeError.
        """
        suites, roles = _first(habit.suite, SUITES), _first(habit.role, ROLES)
        muddles = 0
        while True:
            repeats = self._conversation.repeats
            exchange = Rakp(Attempt.fresh(self._account, roles[0]))
            try:
                await self._exchange(exchange, suites)
                return exchange.envelope(), Habit(suite=exchange.suite, role=roles[0])
            except Silence:
                continue  # the BMC has lost the thread: begin anew, until the caller's deadline
            except (RakpRefused, WrongPassword, WrongKey) as trouble:
                if self._conversation.repeats > repeats and muddles < MUDDLES:
                    muddles += 1  # a repeated question may have been answered twice, differently
                elif isinstance(trouble, RakpRefused) and trouble.status in _NO_SUITE and len(suites) > 1:
                    suites = [suite for suite in suites if suite is not exchange.suite]
                elif isinstance(trouble, RakpRefused) and trouble.status in _NO_ROLE and len(roles) > 1:
                    roles = roles[1:]
                else:
                    raise self._failure(trouble) from None

    async def _exchange(self, exchange: Rakp, suites: Sequence[Suite]) -> None:
        exchange.read_open_response(await self._propose(exchange, suites))
        answer = await self._step(exchange, (Payload.RAKP1, Payload.RAKP2), exchange.rakp1(), rakp.TAG_RAKP1)
        try:
            exchange.read_rakp2(answer)
        except WrongPassword:
            self._conversation.tell(wrap(Payload.RAKP3, exchange.rakp3_refusal()))
            raise
        answer = await self._step(exchange, (Payload.RAKP3, Payload.RAKP4), exchange.rakp3(), rakp.TAG_RAKP3)
        exchange.read_rakp4(answer)

    async def _propose(self, exchange: Rakp, suites: Sequence[Suite]) -> bytes:
        """Ask for a session until the BMC answers, or says that it does not speak IPMI 2.0."""
        tags = [suite.number for suite in suites]
        count = 0

        def build() -> bytes:
            nonlocal count
            count += 1
            if count > 1:
                self._conversation.tell(ask_capabilities())
            suite = suites[0] if count <= 2 else suites[count % len(suites)]
            return wrap(Payload.OPEN_REQUEST, exchange.open_request(suite))

        def accept(datagram: bytes) -> bytes | Capabilities | None:
            payload = unwrap(datagram, Payload.OPEN_RESPONSE)
            if payload is not None:
                return payload if exchange.is_answer(payload, tags) else None
            capabilities = read_capabilities(datagram)
            return capabilities if capabilities is not None and not capabilities.rmcp_plus else None

        answer: bytes | Capabilities = await self._conversation.ask(build, accept)
        if isinstance(answer, Capabilities):
            raise OnlyLan15(answer)
        return answer

    async def _step(self, exchange: Rakp, kinds: tuple[Payload, Payload], question: bytes, tag: int) -> bytes:
        datagram = wrap(kinds[0], question)

        def accept(received: bytes) -> bytes | None:
            payload = unwrap(received, kinds[1])
            return payload if payload is not None and exchange.is_answer(payload, (tag,)) else None

        return await self._conversation.ask(lambda: datagram, accept, STEP_TRIES)

    def _failure(self, trouble: RakpRefused | WrongPassword | WrongKey) -> NodeError:
        """The sentence for what ended the log-in."""
        place, user = self._place, self._user
        if isinstance(trouble, WrongKey):
            return BadCredentials(
                f"the BMC at {place} has another K_g key than ours: give the node the right one, or clear it there"
            )
        if isinstance(trouble, WrongPassword) or trouble.status in _BAD_PROOF:
            return BadCredentials(
                f'wrong password for the user "{user}" of the BMC at {place}: check it in the ipmi or passwd table'
            )
        if trouble.status in _NO_USER:
            return BadCredentials(f'the BMC at {place} knows no user "{user}": check the ipmi or passwd table')
        if trouble.status in _NO_ROLE:
            return BadCredentials(f'the BMC at {place} lets the user "{user}" do nothing: give it a privilege there')
        if trouble.status in _NO_ROOM:
            return Busy(f"the BMC at {place} has no session left: try later, or close sessions of other programs")
        if trouble.status in _NO_SUITE:
            return Unsupported(f"the BMC at {place} accepts neither cipher suite 17 nor 3: enable one of them on it")
        return NodeError(
            f"the BMC at {place} refuses a session: {status_name(trouble.status)}; reset the BMC if it stays"
        )


Choice = TypeVar("Choice", Suite, Privilege)


def _first(favourite: Choice, others: Sequence[Choice]) -> list[Choice]:
    """All of them, the favourite in front."""
    return [favourite] + [other for other in others if other != favourite]
