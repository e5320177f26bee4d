"""An open session with one BMC, whatever its version: commands in, answers out, goodbye."""

from __future__ import annotations

import struct

from xcatd.hardware.ipmi.commands import CLOSE_SESSION, SET_SESSION_PRIVILEGE, Command, Privilege
from xcatd.hardware.ipmi.conversation import Conversation
from xcatd.hardware.ipmi.envelope import Envelope
from xcatd.hardware.ipmi.message import Answer, decode_answer, encode_request
from xcatd.hardware.ipmi.refusals import NO_PRIVILEGE, Refused

SEQUENCES = 64
"""Numbers of requests, so that a late answer is not taken for a new one."""


class Session:
    """Commands go one after the other. The privilege is raised when a command needs it, and no higher.

    A new session has the privilege of a user, whatever role was agreed on (IPMI 2.0, section 22.18).
    """

    __slots__ = ("_privilege", "_sequence", "conversation", "envelope")

    def __init__(self, conversation: Conversation, envelope: Envelope) -> None:
        self.conversation = conversation
        self.envelope = envelope
        self._privilege = Privilege.USER
        self._sequence = 0

    async def request(self, command: Command, data: bytes = b"", tries: int | None = None) -> bytes:
        """The data of the answer. Refused: a completion code other than 0. Silence: `tries` datagrams, no answer.

        Some BMCs want a higher privilege than the standard says: then all that the user has is used.
        """
        await self._rise(command.privilege, tries)
        try:
            return await self._exchange(command, data, tries)
        except Refused as refused:
            if refused.code != NO_PRIVILEGE or self._privilege >= Privilege.ADMINISTRATOR:
                raise
        await self._rise(Privilege.ADMINISTRATOR, tries)
        return await self._exchange(command, data, tries)

    def close(self) -> None:
        """Say goodbye, without waiting for the answer."""
        goodbye = encode_request(CLOSE_SESSION, self._next(), struct.pack("<I", self.envelope.session_id))
        self.conversation.tell(self.envelope.seal(goodbye))

    async def _rise(self, privilege: Privilege, tries: int | None) -> None:
        """Refused: the user has no such privilege."""
        if privilege > self._privilege:
            await self._exchange(SET_SESSION_PRIVILEGE, bytes((privilege,)), tries)
            self._privilege = privilege

    async def _exchange(self, command: Command, data: bytes, tries: int | None) -> bytes:
        sequence = self._next()
        request = encode_request(command, sequence, data)
        envelope = self.envelope

        def build() -> bytes:
            return envelope.seal(request)

        def accept(datagram: bytes) -> Answer | None:
            message = envelope.open(datagram)
            answer = decode_answer(message) if message is not None else None
            return answer if answer is not None and answer.is_to(command, sequence) else None

        answer = await self.conversation.ask(build, accept, tries)
        if answer.code:
            raise Refused(command, answer.code, answer.data)
        return answer.data

    def _next(self) -> int:
        self._sequence = (self._sequence + 1) % SEQUENCES
        return self._sequence
