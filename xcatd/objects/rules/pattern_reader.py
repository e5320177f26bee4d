"""Reads Perl's regular expressions: into parts, and into Python's spelling of the same."""

from __future__ import annotations

import re

from xcatd.objects.rules import charset
from xcatd.objects.rules.bad_rule import BadRule
from xcatd.objects.rules.pattern_parts import Either, One, Part, Place, Repeated, Same

_MAX_DEPTH = 20
_MAX_TIMES = 255
_COUNTED = re.compile(r"\{([0-9]{1,3})(?:(,)([0-9]{1,3})?)?\}", re.ASCII)
_HEXADECIMAL = re.compile(r"x(?:([0-9a-fA-F]{1,2})|\{([0-9a-fA-F]{1,4})\})", re.ASCII)
_NAMED = re.compile(r"\[:([a-z]+):\]")

_END = r"(?=\n?\Z)"
_PLACES = {"A": (r"\A", False), "b": (r"\b", False), "B": (r"\B", False), "Z": (_END, True), "z": (r"\Z", True)}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "e": "\x1b", "a": "\a", "0": "\0"}


def parts_of(pattern: str) -> tuple[tuple[Part, ...], str]:
    """The pattern's parts and its Python spelling. BadRule if it is wrong or uses what is not supported."""
    reader = _Reader(pattern)
    part, python = reader.alternatives()
    if not reader.at_end:
        raise reader.wrong("a ) that nothing opens")
    return (part,), python


class _Reader:
    """Walks over the pattern once. Its methods return (part, Python spelling)."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._position = 0
        self._depth = 0

    @property
    def at_end(self) -> bool:
        return self._position >= len(self._pattern)

    def wrong(self, what: str) -> BadRule:
        return BadRule(f"The pattern '{self._pattern}' has {what}: correct it.")

    def alternatives(self) -> tuple[Part, str]:
        branches: list[tuple[Part, ...]] = []
        pythons: list[str] = []
        while True:
            parts, python = self._sequence()
            branches.append(parts)
            pythons.append(python)
            if not self._take("|"):
                return Either(tuple(branches)), "|".join(pythons)

    def _sequence(self) -> tuple[tuple[Part, ...], str]:
        parts: list[Part] = []
        pythons: list[str] = []
        while not self.at_end and self._pattern[self._position] not in "|)":
            part, python = self._repetition(*self._item())
            parts.append(part)
            pythons.append(python)
        return tuple(parts), "".join(pythons)

    def _item(self) -> tuple[Part, str]:
        character = self._next()
        if character == "(":
            return self._group()
        if character == "[":
            return self._bracketed()
        if character == "\\":
            return self._escaped()
        if character == "^":
            return Place(is_end=False), r"\A"
        if character == "$":
            return Place(is_end=True), _END
        if character == ".":
            return One(charset.without(charset.of("\n"))), "."
        if character in "*+?":
            raise self.wrong(f"a {character} with nothing before it to repeat")
        return _literal(character)

    def _group(self) -> tuple[Part, str]:
        opening = "(?:" if self._take("?:") else "("
        if opening == "(" and self._take("?"):
            raise self.wrong("a (?...) that is not supported")
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self.wrong(f"more than {_MAX_DEPTH} parentheses inside one another")
        part, python = self.alternatives()
        self._depth -= 1
        if not self._take(")"):
            raise self.wrong("a ( that nothing closes")
        return part, f"{opening}{python})"

    def _escaped(self) -> tuple[Part, str]:
        character = self._next()
        if character in _PLACES:
            python, is_end = _PLACES[character]
            return Place(is_end), python
        if character in charset.CLASSES:
            return One(charset.CLASSES[character]), "\\" + character
        if character in "123456789":
            return Same(), f"(?:\\{character})"
        return _literal(self._escaped_character(character))

    def _escaped_character(self, character: str) -> str:
        """The character for which an escape stands whose letter has been read."""
        if character == "x" and (found := _HEXADECIMAL.match(self._pattern, self._position - 1)):
            self._position = found.end()
            return chr(int(found[1] or found[2], 16))
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character.isalnum():
            raise self.wrong(f"a \\{character} that is not supported")
        return character

    def _bracketed(self) -> tuple[Part, str]:
        """A [class]; a ] that comes first is one of its characters."""
        excluded = self._take("^")
        mask, pythons = charset.NOTHING, ""
        while not pythons or not self._take("]"):
            own, python = self._member()
            mask |= own
            pythons += python
        return One(charset.without(mask) if excluded else mask), f"[{'^' if excluded else ''}{pythons}]"

    def _member(self) -> tuple[int, str]:
        """One character, range, \\d or [:name:] inside a [class]."""
        if found := _NAMED.match(self._pattern, self._position):
            if found[1] not in charset.NAMED:
                raise self.wrong(f"an unknown class [:{found[1]}:]")
            self._position = found.end()
            python, mask = charset.NAMED[found[1]]
            return mask, python
        first = self._character_of_class()
        if len(first) > 1:
            return charset.CLASSES[first[1]], first
        if not self._pattern.startswith("-", self._position) or self._pattern.startswith("-]", self._position):
            return charset.of(first), re.escape(first)
        self._position += 1
        last = self._character_of_class()
        if len(last) > 1 or last < first:
            raise self.wrong(f"a range from {first} to {last} in brackets, which has no members")
        return charset.between(first, last), f"{re.escape(first)}-{re.escape(last)}"

    def _character_of_class(self) -> str:
        """A character, or a class such as \\d as it is written."""
        character = self._next("a [ that nothing closes")
        if character != "\\":
            return character
        character = self._next()
        if character in charset.CLASSES:
            return "\\" + character
        return "\b" if character == "b" else self._escaped_character(character)

    def _repetition(self, part: Part, python: str) -> tuple[Part, str]:
        times = self._times()
        if times is None:
            return part, python
        least, most, spelling = times
        if isinstance(part, Place):
            raise self.wrong(f"a {spelling} that repeats a place, not a character")
        lazy = "?" if self._take("?") else ""
        if self._times() is not None:
            raise self.wrong(f"a repetition of the repetition {spelling}")
        return Repeated(part, least, most), f"{python}{spelling}{lazy}"

    def _times(self) -> tuple[int, int | None, str] | None:
        """The repetition that stands here, if one does: at least, at most, and its spelling."""
        for spelling, least, most in (("*", 0, None), ("+", 1, None), ("?", 0, 1)):
            if self._take(spelling):
                return least, most, spelling
        found = _COUNTED.match(self._pattern, self._position)
        if found is None:
            return None
        self._position = found.end()
        least = int(found[1])
        most = least if not found[2] else int(found[3]) if found[3] else None
        if max(least, most or 0) > _MAX_TIMES or (most is not None and most < least):
            raise self.wrong(f"a repetition {found[0]} that is empty or goes beyond {_MAX_TIMES}")
        return least, most, found[0]

    def _next(self, missing: str = "a \\ at its end") -> str:
        if self.at_end:
            raise self.wrong(missing)
        self._position += 1
        return self._pattern[self._position - 1]

    def _take(self, text: str) -> bool:
        if not self._pattern.startswith(text, self._position):
            return False
        self._position += len(text)
        return True


def _literal(character: str) -> tuple[Part, str]:
    return One(charset.of(character)), re.escape(character)
