"""Logging in to a BMC by IPMI 1.5, for controllers that know no better (IPMI 2.0, sections 6.11.9, 22.16 and 22.17).

The BMC sets a challenge, the console returns it under an authentication code made with the password.
"""

from __future__ import annotations

import os
import struct

from xcatd.errors import BadCredentials, Busy, NodeError, Unsupported
from xcatd.hardware.ipmi import envelope15
from xcatd.hardware.ipmi.capabilities import Capabilities
from xcatd.hardware.ipmi.commands import ACTIVATE_SESSION, GET_SESSION_CHALLENGE, Privilege
from xcatd.hardware.ipmi.conversation import Conversation, Silence
from xcatd.hardware.ipmi.envelope15 import LONGEST_PASSWORD, AuthType, Envelope15
from xcatd.hardware.ipmi.message import Answer, decode_answer, encode_request
from xcatd.hardware.ipmi.rakp import LONGEST_NAME, Account
from xcatd.hardware.ipmi.refusals import Refused, completion_name

ACTIVATION_TRIES = 2
"""Datagrams to which a BMC that dislikes the password stays silent, before it is taken at its word."""
ROLES = (Privilege.ADMINISTRATOR, Privilege.OPERATOR, Privilege.USER)
_SEQUENCE = 1
_CHALLENGE = struct.Struct("<I16s")
_ACTIVATED = struct.Struct("<BIIB")

_NO_USER = frozenset({0x81, 0x82})
_NO_ROOM = frozenset({0x81, 0x82, 0x83})
_TOO_HIGH = 0x86


class Login15:
    """Opens a session with one BMC. `place` is how messages call it, `user` whom they blame."""

    def __init__(self, conversation: Conversation, account: Account, place: str, user: str) -> None:
        self._conversation = conversation
        self._account = account
        self._place = place
        self._user = user

    async def open(self, capabilities: Capabilities) -> Envelope15:
        """Log in to a BMC that has said this about itself.

        Raises OSError (it cannot be delivered), BadCredentials, Busy, Unsupported or NodeError.
        """
        if len(self._account.password) > LONGEST_PASSWORD:
            raise BadCredentials(
                f'the BMC at {self._place} speaks IPMI 1.5 only, and the password of "{self._user}" is longer than '
                f"the {LONGEST_PASSWORD} octets it allows: give the user a shorter one"
            )
        if not capabilities.auth_types:
            raise Unsupported(f"the BMC at {self._place} offers none of MD5, password or no authentication: enable MD5")
        auth_type = capabilities.auth_types[0]
        roles = list(ROLES)
        while True:
            try:
                return await self._activate(auth_type, roles.pop(0))
            except Refused as refused:
                if refused.code != _TOO_HIGH or not roles:
                    raise self._failure(refused) from None

    async def _activate(self, auth_type: AuthType, role: Privilege) -> Envelope15:
        temporary_id, challenge = await self._challenge(auth_type)
        password = self._account.password
        first = int.from_bytes(os.urandom(3), "little") + 1
        data = bytes((auth_type, role)) + challenge + struct.pack("<I", first)
        request = encode_request(ACTIVATE_SESSION, _SEQUENCE, data)
        envelope = Envelope15(auth_type, password, temporary_id, 0)

        def accept(datagram: bytes) -> Answer | None:
            message = envelope.open(datagram)
            answer = decode_answer(message) if message is not None else None
            return answer if answer is not None and answer.is_to(ACTIVATE_SESSION, _SEQUENCE) else None

        try:
            answer = await self._conversation.ask(lambda: envelope.seal(request), accept, ACTIVATION_TRIES)
        except Silence:
            raise BadCredentials(
                f'the BMC at {self._place} does not answer when "{self._user}" logs in, as IPMI 1.5 does for a wrong '
                "password: check it in the ipmi or passwd table"
            ) from None
        if answer.code or len(answer.data) < _ACTIVATED.size:
            raise Refused(ACTIVATE_SESSION, answer.code)
        kind, session_id, sequence, _ = _ACTIVATED.unpack_from(answer.data)
        remaining = auth_type if kind & 0x0F == auth_type else AuthType.NONE
        return Envelope15(remaining, password, session_id, sequence)

    async def _challenge(self, auth_type: AuthType) -> tuple[int, bytes]:
        """A session number for the activation, and 16 octets to return."""
        data = bytes((auth_type,)) + self._account.user.ljust(LONGEST_NAME, b"\0")
        datagram = envelope15.wrap(encode_request(GET_SESSION_CHALLENGE, _SEQUENCE, data))

        def accept(received: bytes) -> Answer | None:
            message = envelope15.unwrap(received)
            answer = decode_answer(message) if message is not None else None
            return answer if answer is not None and answer.is_to(GET_SESSION_CHALLENGE, _SEQUENCE) else None

        answer = await self._conversation.ask(lambda: datagram, accept)
        if answer.code or len(answer.data) < _CHALLENGE.size:
            raise Refused(GET_SESSION_CHALLENGE, answer.code)
        temporary_id, challenge = _CHALLENGE.unpack_from(answer.data)
        return temporary_id, challenge

    def _failure(self, refused: Refused) -> NodeError:
        place, user, code = self._place, self._user, refused.code
        if refused.command is GET_SESSION_CHALLENGE and code in _NO_USER:
            return BadCredentials(f'the BMC at {place} knows no user "{user}": check the ipmi or passwd table')
        if refused.command is ACTIVATE_SESSION and code in _NO_ROOM:
            return Busy(f"the BMC at {place} has no session left: try later, or close sessions of other programs")
        if code == _TOO_HIGH:
            return BadCredentials(f'the BMC at {place} lets the user "{user}" do nothing: give it a privilege there')
        return NodeError(f"the BMC at {place} refuses a session: {completion_name(code)}; reset the BMC if it stays")
