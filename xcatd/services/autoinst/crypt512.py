"""Passwords as /etc/shadow has them: crypt(5), method sha512crypt ($6$), with its 5,000 rounds.

After the specification "Unix crypt using SHA-256 and SHA-512" (U. Drepper, public domain). Python's own module for it goes away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

_ALPHABET: Final = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ROUNDS = 5_000
_SIZE = 64


def sha512crypt(password: str, salt: str) -> str:
    """`$6$SALT$HASH`. It takes some milliseconds. Of the salt, 16 characters at most count."""
    secret, grain = password.encode(errors="surrogateescape"), salt.encode()[:16]
    digest = _first(secret, grain)
    secrets = _stretched(hashlib.sha512(secret * len(secret)).digest(), len(secret))
    grains = _stretched(hashlib.sha512(grain * (16 + digest[0])).digest(), len(grain))
    for number in range(_ROUNDS):
        parts = [secrets if number % 2 else digest]
        parts += [grains] if number % 3 else []
        parts += [secrets] if number % 7 else []
        parts.append(digest if number % 2 else secrets)
        digest = hashlib.sha512(b"".join(parts)).digest()
    return f"$6${grain.decode()}${''.join(_letters(digest))}"


def salt_from(text: str) -> str:
    """16 characters of a salt, the same for the same text: files that are made again are the same."""
    return "".join(_ALPHABET[octet & 63] for octet in hashlib.sha256(text.encode()).digest()[:16])


def _first(secret: bytes, grain: bytes) -> bytes:
    other = hashlib.sha512(secret + grain + secret).digest()
    mixed = hashlib.sha512(secret + grain + _stretched(other, len(secret)))
    bits = len(secret)
    while bits:
        mixed.update(other if bits & 1 else secret)
        bits >>= 1
    return mixed.digest()


def _stretched(block: bytes, length: int) -> bytes:
    return (block * (length // _SIZE + 1))[:length]


def _letters(digest: bytes) -> Iterator[str]:
    """Three octets are four characters; which three, the specification says in a table that turns by 21."""
    for number in range(21):
        places = [number, number + 21, number + 42]
        turned = places[number % 3 :] + places[: number % 3]
        yield from _four(digest[turned[0]] << 16 | digest[turned[1]] << 8 | digest[turned[2]], 4)
    yield from _four(digest[63], 2)


def _four(value: int, count: int) -> Iterator[str]:
    for _ in range(count):
        yield _ALPHABET[value & 63]
        value >>= 6
