"""A short conversation with an SNMP agent: what is asked and set, within a deadline, and the sentences when it goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from xcatd.errors import BadCredentials, NodeError, TimedOut, Unreachable
from xcatd.hardware.pdu.ber import Value
from xcatd.hardware.pdu.channel import Channel
from xcatd.hardware.pdu.endpoint import Access, Pdu, Version
from xcatd.hardware.pdu.message import (
    V1,
    V2C,
    Answer,
    Binding,
    Kind,
    Question,
    Status,
    read_with_community,
    with_community,
)
from xcatd.hardware.pdu.usm import LATE, REPORTS, Engine, Keys, Received, discovery, localized, message, read

T = TypeVar("T")

AT_ONCE = 16
"""Values that are asked for with one message: old agents have small ones."""
_LOCKED = (Status.NO_SUCH_NAME, Status.READ_ONLY, Status.NO_ACCESS, Status.AUTHORIZATION, Status.NOT_WRITABLE)
"""How agents say that somebody may not write; in version 1 as if there were no such object (RFC 3584, 4.4)."""


class Speaker(Protocol):
    """Speaks one version of SNMP."""

    async def ask(self, kind: Kind, bindings: Sequence[Binding]) -> Answer: ...


class Agent:
    """The agent of one PDU, for a few questions one after the other."""

    def __init__(self, speaker: Speaker, place: str) -> None:
        self._speaker = speaker
        self._place = place

    async def read(self, oids: Sequence[str]) -> Sequence[Value]:
        """The values of objects, in their order; None for those that there are not."""
        values: list[Value] = []
        for start in range(0, len(oids), AT_ONCE):
            values += await self._read(oids[start : start + AT_ONCE])
        return values

    async def _read(self, oids: Sequence[str]) -> Sequence[Value]:
        answer = await self._speaker.ask(Kind.GET, [Binding(oid) for oid in oids])
        if answer.status == Status.NO_SUCH_NAME:  # version 1 refuses the whole message for one missing object
            return [None] if len(oids) == 1 else [(await self._read([oid]))[0] for oid in oids]
        self._check(answer, len(oids))
        return [each.value for each in answer.bindings]

    async def first_below(self, oid: str) -> Value:
        """The value of the first object below this one; None when there is none."""
        answer = await self._speaker.ask(Kind.GET_NEXT, [Binding(oid)])
        if answer.status == Status.NO_SUCH_NAME:
            return None
        self._check(answer, 1)
        return answer.bindings[0].value if answer.bindings[0].oid.startswith(f"{oid}.") else None

    async def write(self, oid: str, number: int) -> None:
        """Set an object to a number."""
        answer = await self._speaker.ask(Kind.SET, [Binding(oid, number)])
        if answer.status in _LOCKED:
            raise BadCredentials(
                f"the PDU at {self._place} lets nobody write as we come: give the community or user of table pdu that right, "
                "in the PDU's own settings"
            )
        self._check(answer, 1)

    def _check(self, answer: Answer, count: int) -> None:
        if answer.status != Status.NONE:
            known = answer.status in Status.__members__.values()
            word = Status(answer.status).name.lower().replace("_", " ") if known else f"error {answer.status}"
            raise NodeError(f"the PDU at {self._place} refuses: {word}; check pdu.pdutype, and its firmware")
        if len(answer.bindings) != count:
            raise NodeError(f"the PDU at {self._place} answers something else than was asked: check its firmware")


async def converse(endpoint: Pdu, talk: Callable[[Agent], Awaitable[T]], timeout: float) -> T:
    """What `talk` gives, which speaks with the PDU; all must be over within `timeout` seconds.

    Raises what `talk` raises, and Unreachable, TimedOut, BadCredentials or NodeError for what the agent does.
    """
    place = endpoint.place
    channel = Channel(endpoint.host, endpoint.port)
    try:
        async with asyncio.timeout(timeout), channel:
            return await talk(Agent(await _speaker(channel, endpoint), place))
    except TimeoutError:
        if channel.is_garbled:
            raise NodeError(
                f"{place} answers what we do not understand: check pdu.snmpversion, and that it is a PDU"
            ) from None
        raise TimedOut(_silent(endpoint, timeout)) from None
    except ConnectionRefusedError as error:
        raise Unreachable(f"{place} refuses: nothing there speaks SNMP; check hosts.ip of {endpoint.node}") from error
    except OSError as error:
        raise Unreachable(f"{place} cannot be reached: {error.strerror or error}") from error


def _silent(endpoint: Pdu, timeout: float) -> str:
    """An agent does not answer a wrong community, or what it decrypts to nonsense, so that it cannot be told from an absent one
    (RFC 1157, 3.2.5)."""
    column = "privkey" if endpoint.access.version is Version.V3 else "community"
    return f"no answer from {endpoint.place} within {timeout:.3g} s: check pdu.{column}, pdu.snmpversion, and that the PDU is up"


async def _speaker(channel: Channel, endpoint: Pdu) -> Speaker:
    if endpoint.access.version is Version.V3:
        return await _third(channel, endpoint)
    return _Community(channel, endpoint.access)


class _Community:
    """Versions 1 and 2c."""

    def __init__(self, channel: Channel, access: Access) -> None:
        self._channel = channel
        self._version = V1 if access.version is Version.V1 else V2C
        self._community = access.community

    async def ask(self, kind: Kind, bindings: Sequence[Binding]) -> Answer:
        question = Question(kind, self._channel.number(), bindings)
        packet = with_community(self._version, self._community.reveal().encode(), question)

        def heard(letter: bytes) -> Answer | None:
            answer = read_with_community(letter, self._version)
            fits = answer is not None and answer.kind == Kind.RESPONSE and answer.number == question.number
            return answer if fits else None

        return await self._channel.ask(packet, heard)


async def _third(channel: Channel, endpoint: Pdu) -> Speaker:
    """Version 3: the agent tells its engine to anybody, and the keys are made for it (RFC 3414, section 4)."""
    number, access = channel.number(), endpoint.access

    def heard(letter: bytes) -> Received | None:
        found = read(letter, Keys(b""))
        return found if found.answer.kind == Kind.REPORT else None

    engine = (await channel.ask(discovery(number), heard)).engine
    signing = localized(access.auth, access.auth_key.reveal().encode(), engine.name) if access.auth else b""
    hiding = localized(access.auth, access.priv_key.reveal().encode(), engine.name) if access.priv else b""
    return _Third(
        channel, endpoint.place, engine, Keys(access.user.encode(), access.auth, access.priv, signing, hiding)
    )


class _Third:
    """Version 3 with one engine. An answer must be signed when the question is; only a report of trouble need not be."""

    def __init__(self, channel: Channel, place: str, engine: Engine, keys: Keys) -> None:
        self._channel = channel
        self._place = place
        self._engine = engine
        self._keys = keys

    async def ask(self, kind: Kind, bindings: Sequence[Binding]) -> Answer:
        found = await self._ask(kind, bindings)
        if _reason(found) == LATE and found.is_signed:
            self._engine = found.engine
            found = await self._ask(kind, bindings)
        if (reason := _reason(found)) is not None:
            raise BadCredentials(
                f"the PDU at {self._place} refuses the SNMP user of table pdu: {REPORTS.get(reason, reason)}; correct snmpuser, "
                "seclevel, authtype, authkey, privtype or privkey there"
            )
        return found.answer

    async def _ask(self, kind: Kind, bindings: Sequence[Binding]) -> Received:
        question = Question(kind, self._channel.number(), bindings)

        def heard(letter: bytes) -> Received | None:
            found = read(letter, self._keys)
            if found.answer.kind == Kind.REPORT:
                return found
            is_safe = found.is_signed or not self._keys.auth
            fits = found.answer.kind == Kind.RESPONSE and found.answer.number == question.number
            return found if is_safe and fits else None

        return await self._channel.ask(message(question, self._engine, self._keys), heard)


def _reason(found: Received) -> str | None:
    """The object that a report is about; None: it is no report."""
    if found.answer.kind != Kind.REPORT:
        return None
    return found.answer.bindings[0].oid if found.answer.bindings else "a report without a reason"
