"""Cuts an expression of a |regex| value into tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from xcatd.objects.rules.arithmetic import bounded
from xcatd.objects.rules.bad_rule import BadRule

MAX_TOKENS = 200
"""More than any real value needs, and few enough that working one out can neither hang nor exhaust the stack."""


class Kind(StrEnum):
    NUMBER = "number"
    FRACTION = "fraction"
    CAPTURE = "capture"
    QUOTED = "quoted"
    WORD = "word"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is what was written; for a CAPTURE its number, for a QUOTED one the quotes too."""

    kind: Kind
    text: str


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)(?!\.?[0-9]|[A-Za-z_])
    | (?P<fraction>[0-9]+\.[0-9]+)(?![.0-9A-Za-z_])
    | \$(?:(?P<capture>[0-9]{1,3}(?![0-9])|&)|\{(?P<braced>[0-9]{1,3})\})
    | (?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<word>[A-Za-z_][A-Za-z_0-9]*)
    | (?P<symbol>\*\*|<=>|<<|>>|<=|>=|==|!=|&&|\|\||//|[-+*/%.<>!?:,()&|^])
    | (?P<end>\Z)
    )""",
    re.VERBOSE | re.ASCII | re.DOTALL,
)


def tokens_of(expression: str) -> tuple[Token, ...]:
    """The expression's tokens, an END last. BadRule where it cannot be read or has too many."""
    found: list[Token] = []
    position = 0
    while not found or found[-1].kind is not Kind.END:
        match = _TOKEN.match(expression, position)
        if match is None or match.lastgroup is None:
            raise BadRule(f"The expression ({expression}) cannot be read at '{expression[position : position + 20]}'.")
        group = match.lastgroup
        kind = Kind.CAPTURE if group == "braced" else Kind(group)
        found.append(Token(kind, match[group].replace("&", "0") if kind is Kind.CAPTURE else match[group]))
        if len(found) > MAX_TOKENS:
            raise BadRule(f"The expression ({expression[:20]}...) has more than {MAX_TOKENS} parts: shorten it.")
        position = match.end()
    return tuple(found)


def number_of(written: str) -> int:
    """A number as Perl reads it: 0x.. hexadecimal, 0b.. binary, a leading 0 octal."""
    base = {"0x": 16, "0b": 2}.get(written[:2].lower(), 8 if written[0] == "0" else 10)
    digits = written[2:] if base in (16, 2) else written
    if len(digits) > 64:
        raise BadRule(f"The number {digits[:20]}... is larger than 64 bits hold: use a smaller one.")
    try:
        return bounded(int(digits, base))
    except ValueError:
        raise BadRule(f"{written} begins with 0 but is not an octal number: leave out the 0.") from None
