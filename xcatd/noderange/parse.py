"""From text to tree. Linear in the text's length; nothing here knows the database."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import cast

from xcatd.errors import BadNoderange
from xcatd.noderange.bounds import MAX_DEPTH, malformed
from xcatd.noderange.pattern import end_of_pattern
from xcatd.noderange.tree import File, Group, Item, Name, Operand, Operator, Regex, Sign, Test

MEMORABLE = 128
"""Characters: shorter texts are asked again and again, longer ones would only fill the memory."""

_BLANKS = re.compile(r"\s*")
# No possessive repeat of a group: Python before 3.11.5 moves on after one that failed.
_NAME = re.compile(r"(?:[^,@()\[\]]+|\[[^\[\]]+\])*")
_PLAIN = re.compile(r"[^,@()]*")
_TEST = re.compile(r"([A-Za-z_]\w*(?:\.\w+)?)\s*(==|=~|!=|!~|=)\s*", re.ASCII)
_NO_QUOTES = str.maketrans("", "", "'\"")
_STOPPED_BY = {
    "(": "a parenthesis inside a name, so put a comma or an @ before it",
    "[": "a bracket that is empty, holds another one or is not closed, so write a list like [1,3-5]",
    "]": "a bracket that was never opened, so remove it or add a [",
}


def parse(text: str) -> tuple[Item, ...]:
    """The items of a noderange; none for an empty text. Raises BadNoderange."""
    return _remembered(text) if len(text) <= MEMORABLE else _parse(text)


@lru_cache(maxsize=1024)
def _remembered(text: str) -> tuple[Item, ...]:
    return _parse(text)


def _parse(text: str) -> tuple[Item, ...]:
    reader = _Reader(text.translate(_NO_QUOTES))
    items = reader.items(0)
    if reader.next:
        raise reader.wrong("a parenthesis that was never opened, so remove it or add a (")
    return items


class _Reader:
    """Recursive descent. Between two calls `at` is on a sign that matters: blanks go with what they follow."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    @property
    def next(self) -> str:
        """The character at hand; "" at the end."""
        return self.text[self.at : self.at + 1]

    def wrong(self, problem: str, at: int | None = None) -> BadNoderange:
        return malformed(self.text, self.at if at is None else at, problem)

    def items(self, depth: int) -> tuple[Item, ...]:
        """Everything up to the end or to a closing parenthesis."""
        found: list[Item] = []
        self._skip(0)
        while self.next not in ("", ")"):
            if self.next == ",":
                self._skip(1)
                continue
            found.append(self._item(depth))
            if self.next not in ("", ",", "@", "-", ")"):
                raise self.wrong("something right after the last item, so put a comma or an @ between them")
        return tuple(found)

    def _item(self, depth: int) -> Item:
        sign: Sign = "+"
        if self.next in ("-", "@"):
            sign = cast(Sign, self.next)
            self._skip(1)
        start = self.at
        operands: list[Operand] = []
        if sign == "-" and self.next == "@":
            operands.append(Group(()))
        else:
            operands.append(self._operand(depth, shared=sign == "@"))
        while self.next == "@" and not self._takes_all_before(operands[-1]):
            self._skip(1)
            operands.append(self._operand(depth, shared=True))
        return Item(sign, tuple(operands), self.text[start : self.at].rstrip())

    def _takes_all_before(self, left: Operand) -> bool:
        """Whether the `@` at hand touches a parenthesis: then it is the sign of an item of its own (6.1 step 2)."""
        after = self._end_of(_BLANKS, self.at + 1)
        return self.text[after : after + 1] == "(" or (isinstance(left, Group) and bool(left.items))

    def _operand(self, depth: int, *, shared: bool) -> Operand:
        if shared and self.next == "-":  # a@-b means a@b, as ever: what is shared cannot be left out as well
            self._skip(1)
        match self.next:
            case "(":
                return self._group(depth)
            case "/":
                text = self._take(end_of_pattern(self.text, self.at + 1))
                return Regex(text, self._present(text.removeprefix("/").removesuffix("/")))
            case "^":
                text = self._take(self._end_of(_PLAIN, self.at))
                return File(text, self._present(text.removeprefix("^").strip()))
        if test := _TEST.match(self.text, self.at):
            return self._test(test)
        return self._name()

    def _name(self) -> Name:
        text = self._take(self._end_of(_NAME, self.at))
        if self.next in _STOPPED_BY:
            raise self.wrong(_STOPPED_BY[self.next])
        return Name(self._present("" if text.startswith("-") else text))

    def _test(self, test: re.Match[str]) -> Test:
        operator = cast(Operator, test[2])
        start = test.end()
        end = end_of_pattern(self.text, start) if "~" in operator else self._end_of(_PLAIN, start)
        value = self.text[start:end].strip()
        text = self._take(end)
        if self.next == "(":
            raise self.wrong("a parenthesis in a value, so write the value as a regular expression with =~")
        return Test(text, test[1], operator, value)

    def _group(self, depth: int) -> Group:
        start = self.at
        if depth >= MAX_DEPTH:
            raise self.wrong(f"more than {MAX_DEPTH} parentheses inside each other, so write it flatter")
        self._skip(1)
        items = self.items(depth + 1)
        if not self.next:
            raise self.wrong("a parenthesis that is not closed, so add a )", start)
        if not items:
            raise self.wrong("nothing between the parentheses, so write a noderange there", start)
        self._skip(1)
        return Group(items)

    def _present(self, text: str) -> str:
        if not text:
            raise self.wrong("nothing where a name is expected, so write one or remove the sign before it")
        return text

    def _take(self, end: int) -> str:
        """The text up to `end`, without blanks around it; moves there."""
        taken = self.text[self.at : end].strip()
        self.at = end
        return taken

    def _skip(self, count: int) -> None:
        """Passes `count` characters and the blanks after them."""
        self.at = self._end_of(_BLANKS, self.at + count)

    def _end_of(self, run: re.Pattern[str], start: int) -> int:
        found = run.match(self.text, start)
        return found.end() if found else start
