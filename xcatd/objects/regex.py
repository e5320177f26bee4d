"""Values that are worked out from the node's name: `/A/B/`, `|A|B|` and `|B|` (protocol.md 7.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from xcatd.objects.rules import BadRule, Pattern, Term, capture, compiled, pattern_of

_MAX_LENGTH = 2048
_MAX_NAME = 255
_CAPTURE = re.compile(r"\$(?:([0-9]{1,3})|\{([0-9]{1,3})\})", re.ASCII)
_NUMBERS = re.compile(r"[\D0]*(\d+)", re.ASCII)
_IN_PARENTHESES = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[()]", re.DOTALL)
_FOLDER = re.compile(r"/[\w.-]+/[\w.-]+/", re.ASCII)


class Rule(Protocol):
    """A value that has been read."""

    def value_for(self, node: str) -> str:
        """What the node gets, "" for nothing. BadRule if it cannot be worked out for this name."""
        ...


def is_rule(value: str) -> bool:
    """Whether a value has the shape of a rule; all others stand for themselves."""
    if value.startswith("|"):
        return value.endswith("|") and len(value) > 1
    return value.startswith("/") and value.endswith("/") and value.count("/") == 3


def rule_of(value: str) -> Rule:
    """Read a value for which `is_rule` holds. One that is wrong gives a rule that says so for every node."""
    try:
        return _read(value)
    except BadRule as error:
        return _Broken(str(error))


def problem_of(value: str) -> str | None:
    """Why a value for which `is_rule` holds gives nothing to any node; None when it can be read."""
    try:
        _read(value)
    except BadRule as error:
        return str(error)
    return None


def _read(value: str) -> Rule:
    if len(value) > _MAX_LENGTH:
        raise BadRule(f"The value '{value[:20]}...' is longer than {_MAX_LENGTH} characters: shorten it.")
    inside, delimiter = value[1:-1], value[0]
    left, found, right = inside.partition(delimiter)
    if not found:
        return _FromNumbers(_template(inside))
    as_written = value if _FOLDER.fullmatch(value) else None
    return _Substitution(pattern_of(left), _plain(right) if delimiter == "/" else _template(right), as_written)


@dataclass(frozen=True, slots=True)
class _Broken:
    problem: str

    def value_for(self, node: str) -> str:
        raise BadRule(self.problem)


@dataclass(frozen=True, slots=True)
class _Substitution:
    """The first match of the pattern is replaced. `as_written`: the value itself, if it may as well be a folder.

    A node whose name does not match keeps its name, as in xCAT 2, which therefore also makes node names out of
    folders such as /usr/bin/; here a value of plain words that does not match stands for itself.
    """

    pattern: Pattern
    replacement: Sequence[Term]
    as_written: str | None

    def value_for(self, node: str) -> str:
        found = self.pattern.search(_checked(node))
        if found is None:
            return node if self.as_written is None else self.as_written
        captures = [found[0], *(text or "" for text in found.groups())]
        return node[: found.start()] + _made(self.replacement, captures) + node[found.end() :]


@dataclass(frozen=True, slots=True)
class _FromNumbers:
    """The whole name is replaced; $1, $2 ... are the numbers in it, without leading zeros."""

    replacement: Sequence[Term]

    def value_for(self, node: str) -> str:
        return _made(self.replacement, [node, *_NUMBERS.findall(_checked(node))])


def _checked(node: str) -> str:
    if len(node) > _MAX_NAME:
        raise BadRule(f"The name '{node[:20]}...' is longer than {_MAX_NAME} characters: no value is worked out.")
    return node


def _made(pieces: Sequence[Term], captures: Sequence[str]) -> str:
    return "".join(str(piece(captures)) for piece in pieces)


def _template(written: str) -> Sequence[Term]:
    """The pieces of B: what stands in parentheses is worked out, the rest is text with captures."""
    pieces: list[Term] = []
    end = 0
    for start, stop in _parenthesised(written):
        pieces += _plain(written[end:start])
        pieces.append(compiled(written[start + 1 : stop - 1]))
        end = stop
    return (*pieces, *_plain(written[end:]))


def _parenthesised(written: str) -> Iterator[tuple[int, int]]:
    """Where the outermost balanced parentheses begin and end. Those in quotes inside them do not count."""
    start = written.find("(")
    while start >= 0:
        end = _closed(written, start)
        if end is None:
            return
        yield start, end
        start = written.find("(", end)


def _closed(written: str, start: int) -> int | None:
    """The index after the parenthesis that closes the one at `start`."""
    depth = 0
    for found in _IN_PARENTHESES.finditer(written, start):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if not depth:
            return found.end()
    return None


def _plain(written: str) -> Sequence[Term]:
    """A text with captures."""
    pieces: list[Term] = []
    end = 0
    for found in _CAPTURE.finditer(written):
        pieces += (_constant(written[end : found.start()]), _captured(int(found[1] or found[2])))
        end = found.end()
    return (*pieces, _constant(written[end:]))


def _constant(text: str) -> Term:
    return lambda captures: text


def _captured(index: int) -> Term:
    return lambda captures: capture(captures, index)
