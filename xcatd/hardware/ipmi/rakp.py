"""The authenticated key exchange that opens an RMCP+ session, without I/O (IPMI 2.0, sections 13.17 to 13.24, 13.31).

Both sides show that they know the user's password without sending it: RAKP 2 is the BMC's proof, RAKP 3 ours; and the
session's keys come from what was exchanged. A message tag tells which answer belongs to which question.
"""

from __future__ import annotations

import hmac
import os
import struct
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from xcatd.hardware.ipmi.commands import Privilege
from xcatd.hardware.ipmi.envelope20 import Envelope20
from xcatd.hardware.ipmi.refusals import ILLEGAL_PARAMETER, INVALID_CHECK_VALUE, NO_SUITE_MATCH
from xcatd.hardware.ipmi.suites import BY_NUMBER, SUITES, Suite

LONGEST_NAME = 16
LONGEST_PASSWORD = 20
"""Octets, as the specification limits them (sections 22.28 and 22.30). K_g is as long as a password."""
NAME_ONLY_LOOKUP = 0x10
"""The BMC looks the user up by name, not by name and privilege together (table 13-11)."""

_ALGORITHM = "B2xBB3x"
"""Kind, length (8) and number of one proposed or chosen algorithm."""
_OPEN_REQUEST = struct.Struct("<BB2xI" + 3 * _ALGORITHM)
_OPEN_RESPONSE = struct.Struct("<BBxxII" + 3 * _ALGORITHM)
_RAKP1 = struct.Struct("<B3xI16sB2xB")
_RAKP2 = struct.Struct("<BB2xI16s16s")
_RAKP3 = struct.Struct("<BB2xI")
_RAKP4 = struct.Struct("<BB2xI")
TAG_RAKP1, TAG_RAKP3 = 1, 2
_CONST_1 = b"\x01" * 20
_CONST_2 = b"\x02" * 20


class RakpRefused(Exception):
    """The BMC answered with a status other than 0."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status 0x{status:02x}")
        self.status = status


class WrongPassword(Exception):
    """The BMC's proof in RAKP 2 was not made with our password."""


class WrongKey(Exception):
    """The BMC's proof in RAKP 4 was not made with our K_g: the session key is another one."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who logs in: octets, as they go into the HMACs. `kg` is empty when the BMC has no key of its own."""

    user: bytes
    password: bytes
    kg: bytes = b""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the console chooses anew for each attempt: no answer to an earlier one fits it."""

    account: Account
    role: Privilege
    console_id: int
    console_random: bytes

    @classmethod
    def fresh(cls, account: Account, role: Privilege) -> Attempt:
        return cls(account, role, int.from_bytes(os.urandom(4), "little") or 1, os.urandom(16))


class Rakp:
    """One attempt to open a session: writes the four questions, reads the four answers, yields the envelope.

    `is_answer` recognises a payload; the `read_` methods take one that was recognised, and raise RakpRefused,
    WrongPassword or WrongKey when it ends the attempt.
    """

    def __init__(self, attempt: Attempt) -> None:
        self._console_id = attempt.console_id
        self._console_random = attempt.console_random
        self._account = attempt.account
        self._role = NAME_ONLY_LOOKUP | attempt.role
        user = attempt.account.user
        self._claim = bytes((self._role, len(user))) + user
        self._suite = SUITES[0]
        self._managed_id = 0
        self._managed_random = b""
        self._guid = b""
        self._session_key = b""

    def open_request(self, suite: Suite) -> bytes:
        """The proposal. Its tag is the suite's number: so the answer says which of several proposals it is to."""
        algorithms = (0, 8, suite.authentication, 1, 8, suite.integrity, 2, 8, suite.confidentiality)
        return _OPEN_REQUEST.pack(suite.number, 0, self._console_id, *algorithms)

    def is_answer(self, payload: bytes, tags: Collection[int]) -> bool:
        """Whether it answers a question with one of these tags of this session.

        A refusal may end after its status, or name no session: some BMCs leave the number out, or zero.
        """
        if len(payload) < 2 or payload[0] not in tags:
            return False
        console_id = int.from_bytes(payload[4:8], "little")
        return console_id == self._console_id or (payload[1] != 0 and console_id == 0)

    def read_open_response(self, payload: bytes) -> None:
        """RakpRefused also when the BMC chose other algorithms than those proposed."""
        suite = self._suite = BY_NUMBER[payload[0]]
        fields = _unpack(_OPEN_RESPONSE, payload)
        if fields[-7::3] != (suite.authentication, suite.integrity, suite.confidentiality):
            raise RakpRefused(NO_SUITE_MATCH)
        self._managed_id = fields[3]

    def rakp1(self) -> bytes:
        """The console's random number, the role and the user's name."""
        fields = (TAG_RAKP1, self._managed_id, self._console_random, self._role, len(self._account.user))
        return _RAKP1.pack(*fields) + self._account.user

    def read_rakp2(self, payload: bytes) -> None:
        """Check the BMC's proof, and derive the session key from what both sides have said (section 13.31)."""
        _, _, _, managed_random, guid = _unpack(_RAKP2, payload)
        ids = struct.pack("<II", self._console_id, self._managed_id)
        proof = self._hmac(self._account.password, ids + self._console_random + managed_random + guid + self._claim)
        if not _is_proved(proof, payload[_RAKP2.size :]):
            raise WrongPassword
        self._managed_random, self._guid = managed_random, guid
        key = self._account.kg or self._account.password
        self._session_key = self._hmac(key, self._console_random + managed_random + self._claim)

    def rakp3(self) -> bytes:
        """The console's proof."""
        claim = self._managed_random + struct.pack("<I", self._console_id) + self._claim
        return _RAKP3.pack(TAG_RAKP3, 0, self._managed_id) + self._hmac(self._account.password, claim)

    def rakp3_refusal(self) -> bytes:
        """Tells the BMC that its proof was wrong, so that it forgets the attempt (section 13.22)."""
        return _RAKP3.pack(TAG_RAKP3, INVALID_CHECK_VALUE, self._managed_id)

    def read_rakp4(self, payload: bytes) -> None:
        """Check that the BMC came to the same session key."""
        _unpack(_RAKP4, payload)
        claim = self._console_random + struct.pack("<I", self._managed_id) + self._guid
        proof = self._hmac(self._session_key, claim)[: self._suite.code_length]
        if not _is_proved(proof, payload[_RAKP4.size :]):
            raise WrongKey

    def envelope(self) -> Envelope20:
        """The session's, once RAKP 4 has been read."""
        k1 = self._hmac(self._session_key, _CONST_1)
        k2 = self._hmac(self._session_key, _CONST_2)
        return Envelope20(self._suite, self._console_id, self._managed_id, k1, k2)

    @property
    def suite(self) -> Suite:
        """The one that the BMC has answered to."""
        return self._suite

    def _hmac(self, key: bytes, claim: bytes) -> bytes:
        return hmac.digest(key, claim, self._suite.digest)


def _unpack(layout: struct.Struct, payload: bytes) -> tuple[Any, ...]:
    """The fields of an answer that says yes."""
    if payload[1] != 0:
        raise RakpRefused(payload[1])
    if len(payload) < layout.size:
        raise RakpRefused(ILLEGAL_PARAMETER)
    return layout.unpack_from(payload)


def _is_proved(proof: bytes, given: bytes) -> bool:
    """Octets behind the proof are let pass: some BMCs fill up."""
    return hmac.compare_digest(proof, given[: len(proof)])
