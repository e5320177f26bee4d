"""Datagrams of IPMI 2.0 (RMCP+): authenticated and encrypted in a session, bare before there is one (table 13-8)."""

from __future__ import annotations

import hmac
import os
import struct
from enum import IntEnum
from typing import TYPE_CHECKING

from xcatd.hardware.ipmi import rmcp
from xcatd.hardware.ipmi.suites import Suite
from xcatd.hardware.ipmi.window import ReplayWindow

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext

BLOCK = 16
FORMAT = 0x06
"""The authentication type that marks the RMCP+ format."""
NEXT_HEADER = 0x07
_HEADER = struct.Struct("<4sBBIIH")
_PADDING = bytes(range(1, BLOCK))
_INTEGRITY_PADDING = tuple(b"\xff" * n + bytes((n, NEXT_HEADER)) for n in (0, 1, 2, 3))


class Payload(IntEnum):
    """Payload types (table 13-16)."""

    IPMI = 0x00
    SOL = 0x01
    OPEN_REQUEST = 0x10
    OPEN_RESPONSE = 0x11
    RAKP1 = 0x12
    RAKP2 = 0x13
    RAKP3 = 0x14
    RAKP4 = 0x15


IN_SESSION = 0xC0 | Payload.IPMI
"""Encrypted, authenticated, an IPMI message."""
SERIAL = 0xC0 | Payload.SOL
"""The same, octets of a serial port."""


def wrap(payload_type: Payload, payload: bytes) -> bytes:
    """A datagram outside any session."""
    return _HEADER.pack(rmcp.HEADER, FORMAT, payload_type, 0, 0, len(payload)) + payload


def unwrap(datagram: bytes, payload_type: Payload) -> bytes | None:
    """The payload of a datagram outside any session; None when it is something else."""
    if len(datagram) < _HEADER.size or not rmcp.is_rmcp(datagram):
        return None
    _, form, kind, session, _, length = _HEADER.unpack_from(datagram)
    payload = datagram[_HEADER.size : _HEADER.size + length]
    if form != FORMAT or kind != payload_type or session != 0 or len(payload) != length:
        return None
    return payload


class Envelope20:
    """One RMCP+ session's keys and counters. `k1` authenticates, `k2` encrypts (section 13.32). Payloads of all kinds are counted
    together; one of another kind than is asked for is left for who asks for that."""

    __slots__ = ("_aes", "_k1", "_sequence", "_suite", "_window", "console_id", "session_id")

    def __init__(self, suite: Suite, console_id: int, managed_id: int, k1: bytes, k2: bytes) -> None:
        self._suite = suite
        self.console_id = console_id
        self.session_id = managed_id
        self._k1 = k1
        self._aes = _Aes(k2[:BLOCK])
        self._sequence = 0
        self._window = ReplayWindow()

    def seal(self, message: bytes, kind: int = IN_SESSION) -> bytes:
        self._sequence += 1
        payload = self._aes.encrypt(message)
        head = _HEADER.pack(rmcp.HEADER, FORMAT, kind, self.session_id, self._sequence, len(payload))
        datagram = head + payload + _INTEGRITY_PADDING[-(len(payload) + 2) % 4]
        return datagram + self._code(datagram)

    def open(self, datagram: bytes, kind: int = IN_SESSION) -> bytes | None:
        code_length = self._suite.code_length
        if len(datagram) < _HEADER.size + 2 * BLOCK + code_length or not rmcp.is_rmcp(datagram):
            return None
        _, form, found, session, sequence, length = _HEADER.unpack_from(datagram)
        if form != FORMAT or found != kind or session != self.console_id:
            return None
        if not hmac.compare_digest(self._code(datagram[:-code_length]), datagram[-code_length:]):
            return None
        payload = datagram[_HEADER.size : _HEADER.size + length]
        if len(payload) != length or length % BLOCK or length < 2 * BLOCK or not self._window.accept(sequence):
            return None
        return self._aes.decrypt(payload)

    def _code(self, datagram: bytes) -> bytes:
        """The AuthCode (section 13.28.4): over all that follows the RMCP header."""
        return hmac.digest(self._k1, datagram[4:], self._suite.digest)[: self._suite.code_length]


class _Aes:
    """AES-CBC-128 as section 13.29 uses it: a random vector in front, padding 1, 2, 3 ... and its length behind."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        # Imported when the first BMC is spoken to: a daemon without IPMI does not pay for it.
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        algorithm = algorithms.AES(key)

        def cipher(vector: bytes) -> Cipher[modes.CBC]:
            return Cipher(algorithm, modes.CBC(vector))

        self._cipher = cipher

    def encrypt(self, message: bytes) -> bytes:
        vector = os.urandom(BLOCK)
        length = -(len(message) + 1) % BLOCK
        context: CipherContext = self._cipher(vector).encryptor()
        return vector + context.update(b"%b%b%c" % (message, _PADDING[:length], length)) + context.finalize()

    def decrypt(self, payload: bytes) -> bytes | None:
        """None when the padding's length does not fit; its octets are not checked, some BMCs pad with zeros."""
        context: CipherContext = self._cipher(payload[:BLOCK]).decryptor()
        message = context.update(payload[BLOCK:]) + context.finalize()
        length = message[-1]
        return message[: -1 - length] if length < len(message) else None
