"""The keys with which a viewer speaks to the console server, as conserver has them: `^Ec` and a letter (its console(1))."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

PREFIX = b"\x05c"
"""^E and c."""
_OCTAL = b"01234567"


@dataclass(frozen=True, slots=True)
class Type:
    """These bytes are for the console."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class Do:
    """A letter behind the escape, with what some letters want to have behind them."""

    letter: str
    argument: bytes = b""


Deed = Type | Do

_WANTS = {"e": 2, "l": 1}
"""Letters that take a fixed number of keys more."""


class Escapes:
    """Keys in, deeds out. A key that begins an escape is held back until it is known what it is."""

    def __init__(self, prefix: bytes = PREFIX) -> None:
        self.prefix = prefix
        self._held = b""
        self._letter = ""
        self._argument = b""

    def feed(self, octets: bytes) -> Iterator[Deed]:
        """What these keys mean. Neighbouring keys for the console come together."""
        plain = bytearray()
        for number in octets:
            for deed in self._key(bytes((number,))):
                if isinstance(deed, Type):
                    plain += deed.octets
                    continue
                if plain:
                    yield Type(bytes(plain))
                    plain.clear()
                yield deed
        if plain:
            yield Type(bytes(plain))

    def _key(self, key: bytes) -> Iterator[Deed]:
        if self._letter:
            yield from self._more(key)
        elif len(self._held) == len(self.prefix):
            yield from self._command(key)
        elif key == self.prefix[len(self._held) : len(self._held) + 1]:
            self._held += key
        elif self._held:
            held, self._held = self._held, b""
            yield Type(held)
            yield from self._key(key)
        else:
            yield Type(key)

    def _command(self, key: bytes) -> Iterator[Deed]:
        self._held = b""
        if key in (b"\r", b"\n"):
            return  # thought better of it
        letter = key.decode("latin-1")
        if letter == "\\" or letter in _WANTS:
            self._letter = letter
        else:
            yield Do(letter)

    def _more(self, key: bytes) -> Iterator[Deed]:
        """A key behind a letter that wants some. Octal digits end at the third, or at what is none."""
        letter = self._letter
        if letter == "\\" and key not in (bytes((digit,)) for digit in _OCTAL):
            self._letter, digits, self._argument = "", self._argument, b""
            yield from _octal(digits)
            yield from self._key(key)
            return
        self._argument += key
        if len(self._argument) == (3 if letter == "\\" else _WANTS[letter]):
            self._letter, argument, self._argument = "", self._argument, b""
            if letter == "\\":
                yield from _octal(argument)
                return
            if letter == "e":
                self.prefix = argument
            yield Do(letter, argument)


class NoEscapes(Escapes):
    """Every key is for the console: whoever types there has escapes of his own, as conserver."""

    def feed(self, octets: bytes) -> Iterator[Deed]:
        yield Type(octets)


def _octal(digits: bytes) -> Iterator[Deed]:
    if digits:
        yield Type(bytes((int(digits, 8) & 0xFF,)))
