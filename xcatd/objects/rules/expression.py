"""Works out what stands in parentheses in a |regex| value. Our own small language; nothing is ever handed to Python.

It is the part of Perl that tables use: whole numbers, texts, captures ($1), + - * / % ** << >> & | ^ . x,
comparisons, && || // ! and or not, `a ? b : c`, and the functions of `functions.py`. There are no loops, so that the
work is bounded by the number of tokens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from xcatd.objects.rules.arithmetic import Scalar, is_true, text
from xcatd.objects.rules.bad_rule import BadRule
from xcatd.objects.rules.functions import FUNCTIONS
from xcatd.objects.rules.operators import BINARY, TERNARY_LEVEL, Term, inverted, negated
from xcatd.objects.rules.tokens import Kind, Token, number_of, tokens_of

_MAX_DEPTH = 30
_IN_TEXT = re.compile(r"\\(.)|\$(?:([0-9]{1,3}|&)|\{([0-9]{1,3})\})", re.DOTALL | re.ASCII)
_ESCAPES = {"n": "\n", "t": "\t"}


def compiled(expression: str) -> Term:
    """A function from the captures (whole match first) to the expression's value. BadRule if it cannot be read."""
    tokens = tokens_of(expression)
    if len(tokens) == 1:
        return _constant("")
    reader = _Reader(tokens)
    term = reader.whole()
    if reader.next.kind is not Kind.END:
        raise BadRule(f"The expression ({expression}) has '{reader.next.text}' where an operator must stand.")
    return term


def capture(captures: Sequence[str], index: int) -> str:
    """What group `index` matched, "" if there is no such group."""
    return captures[index] if index < len(captures) else ""


class _Reader:
    """Recursive descent over the tokens, operators by precedence."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0

    @property
    def next(self) -> Token:
        return self._tokens[self._position]

    def whole(self) -> Term:
        return self._binary(0)

    def _binary(self, level: int) -> Term:
        left = self._prefixed()
        while True:
            operator = BINARY.get(self.next.text) if self.next.kind in (Kind.SYMBOL, Kind.WORD) else None
            if operator is not None and operator.level >= level:
                self._advance()
                right = self._binary(operator.level if operator.from_right else operator.level + 1)
                left = operator.join(left, right)
            elif self._is_symbol("?") and level <= TERNARY_LEVEL:
                left = self._choice(left)
            else:
                return left

    def _choice(self, condition: Term) -> Term:
        self._advance()
        yes = self._deeper(lambda: self._binary(TERNARY_LEVEL))
        self._expect(":")
        no = self._deeper(lambda: self._binary(TERNARY_LEVEL))
        return lambda captures: yes(captures) if is_true(condition(captures)) else no(captures)

    def _prefixed(self) -> Term:
        return self._deeper(self._prefix)

    def _prefix(self) -> Term:
        if self._is_symbol("-"):
            self._advance()
            return negated(self._binary(BINARY["**"].level))
        if self._is_symbol("+"):
            self._advance()
            return self._binary(BINARY["**"].level)
        if self._is_symbol("!"):
            self._advance()
            return inverted(self._binary(BINARY["**"].level))
        if self.next == Token(Kind.WORD, "not"):
            self._advance()
            return inverted(self._binary(TERNARY_LEVEL))
        return self._operand()

    def _operand(self) -> Term:
        token = self._advance()
        if token.kind is Kind.NUMBER:
            return _constant(number_of(token.text))
        if token.kind is Kind.FRACTION:
            return _constant(token.text)
        if token.kind is Kind.CAPTURE:
            index = int(token.text)
            return lambda captures: capture(captures, index)
        if token.kind is Kind.QUOTED:
            return _quoted(token.text)
        if token.kind is Kind.WORD:
            return self._call(token.text)
        if token.text == "(" and token.kind is Kind.SYMBOL:
            inside = self.whole()
            self._expect(")")
            return inside
        raise BadRule(f"The expression ends or has '{token.text}' where a number, text or $1 must stand.")

    def _call(self, name: str) -> Term:
        function = FUNCTIONS.get(name)
        if function is None or not self._is_symbol("("):
            raise BadRule(f"'{name}' is not a function: use {', '.join(FUNCTIONS)}, or write a text in quotes.")
        self._advance()
        arguments = self._arguments()
        if not function.least <= len(arguments) <= function.most:
            raise BadRule(f"{name} got {len(arguments)} arguments: it takes {function.least} to {function.most}.")
        return lambda captures: function.call([argument(captures) for argument in arguments])

    def _arguments(self) -> list[Term]:
        arguments: list[Term] = []
        while not self._is_symbol(")"):
            if arguments:
                self._expect(",")
            arguments.append(self.whole())
        self._advance()
        return arguments

    def _deeper(self, read: Callable[[], Term]) -> Term:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise BadRule(f"The expression is nested more than {_MAX_DEPTH} deep: simplify it.")
        term = read()
        self._depth -= 1
        return term

    def _is_symbol(self, symbol: str) -> bool:
        return self.next.kind is Kind.SYMBOL and self.next.text == symbol

    def _expect(self, symbol: str) -> None:
        if not self._is_symbol(symbol):
            raise BadRule(f"The expression lacks a '{symbol}' before '{self.next.text}'.")
        self._advance()

    def _advance(self) -> Token:
        token = self.next
        self._position = min(self._position + 1, len(self._tokens) - 1)
        return token


def _constant(value: Scalar) -> Term:
    return lambda captures: value


def _quoted(token: str) -> Term:
    """A text in quotes; in double ones $1 and \\n mean something, in single ones only \\' and \\\\ do."""
    quote, inside = token[0], token[1:-1]
    if quote == "'":
        return _constant(re.sub(r"\\(['\\])", r"\1", inside))

    def term(captures: Sequence[str]) -> Scalar:
        return text(_IN_TEXT.sub(lambda found: _expanded(found, captures), inside))

    return term


def _expanded(found: re.Match[str], captures: Sequence[str]) -> str:
    if found[1] is not None:
        return _ESCAPES.get(found[1], found[1])
    return capture(captures, int((found[2] or found[3]).replace("&", "0")))
