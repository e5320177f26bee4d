"""Messages of SNMP version 3, signed and encrypted (RFC 3412, section 6; RFC 3414; AES: RFC 3826). Without I/O."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from xcatd.errors import Malformed
from xcatd.hardware.pdu.ber import Reader, integer, octets, sequence
from xcatd.hardware.pdu.message import Answer, Kind, Question, read_answer

_VERSION, _MODEL, _LARGEST = 3, 3, 65_507
_SIGNED, _ENCRYPTED, _REPORTABLE = 1, 2, 4
"""Flags of a message."""
_NO_DIGEST = bytes(12)
_KEY_SOURCE = 1 << 20
"""A passphrase is repeated until it has so many bytes."""

REPORTS = {
    "1.3.6.1.6.3.15.1.1.1.0": "it does not take this security level",
    "1.3.6.1.6.3.15.1.1.2.0": "its clock and ours do not agree",
    "1.3.6.1.6.3.15.1.1.3.0": "it knows no such user",
    "1.3.6.1.6.3.15.1.1.4.0": "it has another engine id than it said",
    "1.3.6.1.6.3.15.1.1.5.0": "wrong authkey or authtype",
    "1.3.6.1.6.3.15.1.1.6.0": "wrong privkey or privtype",
}
"""What the counters mean of which an agent tells when it refuses a message (RFC 3414, section 3.2)."""
LATE = "1.3.6.1.6.3.15.1.1.2.0"
"""The one that is mended by taking the agent's clock."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An agent's own name, how often it has started, and the seconds since."""

    name: bytes = b""
    boots: int = 0
    time: int = 0


@dataclass(frozen=True, slots=True)
class Keys:
    """A user's keys for one engine. `auth` "md5" or "sha1", `priv` "des" or "aes"; "": without."""

    user: bytes
    auth: str = ""
    priv: str = ""
    signing: bytes = field(default=b"", repr=False)
    hiding: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Received:
    """`is_signed`: with our key."""

    engine: Engine
    answer: Answer
    is_signed: bool


def localized(kind: str, passphrase: bytes, engine: bytes) -> bytes:
    """The key that a passphrase gives for one engine (RFC 3414, appendix A.2). It costs a millisecond or two."""
    whole = passphrase * (_KEY_SOURCE // len(passphrase) + 1)
    key = hashlib.new(kind, whole[:_KEY_SOURCE], usedforsecurity=False).digest()
    return hashlib.new(kind, key + engine + key, usedforsecurity=False).digest()


def discovery(number: int) -> bytes:
    """Asks an agent for its engine."""
    return message(Question(Kind.GET, number), Engine(), Keys(b""))


def message(question: Question, engine: Engine, keys: Keys) -> bytes:
    """The whole message."""
    flags = _REPORTABLE | (_SIGNED if keys.auth else 0) | (_ENCRYPTED if keys.priv else 0)
    header = sequence(integer(question.number), integer(_LARGEST), octets(bytes((flags,))), integer(_MODEL))
    scoped = sequence(octets(engine.name), octets(b""), question.encoded())
    salt = b""
    if keys.priv:
        salt = _salt(keys.priv, engine)
        scoped = octets(_hidden(keys, engine, salt, scoped))
    digest = _NO_DIGEST if keys.auth else b""
    security = sequence(
        octets(engine.name),
        integer(engine.boots),
        integer(engine.time),
        octets(keys.user),
        octets(digest),
        octets(salt),
    )
    whole = sequence(integer(_VERSION), header, octets(security), scoped)
    if not keys.auth:
        return whole
    place = len(whole) - len(scoped) - len(octets(salt)) - len(_NO_DIGEST)  # the digest stands before the salt
    return whole[:place] + _digest(keys, whole) + whole[place + len(_NO_DIGEST) :]


def read(whole: bytes, keys: Keys) -> Received:
    """An agent's message. Malformed: it is none, or its signature is wrong."""
    reader = Reader(whole).within()
    if reader.integer() != _VERSION:
        raise Malformed("a message of another version")
    header = reader.within()
    header.integer(), header.integer()
    flags = header.octets()[:1]
    security, place = _security(reader)
    is_signed = bool(flags and flags[0] & _SIGNED and keys.auth)
    if is_signed and not hmac.compare_digest(security.digest, _digest(keys, _blank(whole, place))):
        raise Malformed("a message that is not signed with our key")
    if flags and flags[0] & _ENCRYPTED:
        if not keys.priv:
            raise Malformed("a message that is encrypted for somebody else")
        reader = Reader(_shown(keys, security.engine, security.salt, reader.octets()))
    scoped = reader.within()
    scoped.octets(), scoped.octets()
    return Received(security.engine, read_answer(scoped), is_signed)


@dataclass(frozen=True, slots=True)
class _Security:
    engine: Engine
    digest: bytes
    salt: bytes


def _security(reader: Reader) -> tuple[_Security, int]:
    """The part of a message that is about its protection, and where in the message the digest begins."""
    inner = reader.within(0x04).within()
    engine = Engine(inner.octets(), inner.integer(), inner.integer())
    if not (0 <= engine.boots < 1 << 31 and 0 <= engine.time < 1 << 31):
        raise Malformed("an engine with an impossible clock")
    inner.octets()
    _, digest, place = inner.any()
    return _Security(engine, digest, inner.octets()), place


def _blank(whole: bytes, place: int) -> bytes:
    return whole[:place] + _NO_DIGEST + whole[place + len(_NO_DIGEST) :]


def _digest(keys: Keys, whole: bytes) -> bytes:
    return hmac.digest(keys.signing, whole, keys.auth)[: len(_NO_DIGEST)]


def _salt(priv: str, engine: Engine) -> bytes:
    random = secrets.token_bytes(8)
    return engine.boots.to_bytes(4, "big") + random[:4] if priv == "des" else random


def _hidden(keys: Keys, engine: Engine, salt: bytes, text: bytes) -> bytes:
    if keys.priv == "aes":
        return _feedback(keys, engine, salt, text, is_hidden=False)
    padded = text + bytes(-len(text) % 8)
    encryptor = _des(keys, salt).encryptor()
    return encryptor.update(padded) + encryptor.finalize()


def _shown(keys: Keys, engine: Engine, salt: bytes, text: bytes) -> bytes:
    if len(salt) != 8:
        raise Malformed("an encrypted message without its salt")
    if keys.priv == "aes":
        return _feedback(keys, engine, salt, text, is_hidden=True)
    if len(text) % 8:
        raise Malformed("an encrypted message that is cut off")
    decryptor = _des(keys, salt).decryptor()
    return decryptor.update(text) + decryptor.finalize()


def _des(keys: Keys, salt: bytes) -> Cipher[modes.CBC]:
    """DES in CBC mode (RFC 3414, section 8): as triple DES with the same key three times."""
    start = bytes(one ^ other for one, other in zip(keys.hiding[8:16], salt, strict=True))
    return Cipher(TripleDES(keys.hiding[:8] * 3), modes.CBC(start))


def _feedback(keys: Keys, engine: Engine, salt: bytes, text: bytes, *, is_hidden: bool) -> bytes:
    """AES-128 in CFB mode with blocks of 128 bits (RFC 3826, section 3.1)."""
    encryptor = Cipher(algorithms.AES(keys.hiding[:16]), modes.ECB()).encryptor()  # noqa: S305 - it makes CFB, below
    last = engine.boots.to_bytes(4, "big") + engine.time.to_bytes(4, "big") + salt
    out = bytearray()
    for start in range(0, len(text), 16):
        block = text[start : start + 16]
        mixed = bytes(one ^ other for one, other in zip(block, encryptor.update(last), strict=False))
        last = block if is_hidden else mixed
        out += mixed
    return bytes(out)
