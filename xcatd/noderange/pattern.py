"""Regular expressions written by callers: where they end, and matching them without letting one hang the daemon.

Python's matcher tries every way in which a text can fit, so some patterns take years for a name of 40 characters.
Those are refused before they are used: a repeat of something that is itself variable (exponential), and so many
repeats that the ways to spread a text over them, a binomial coefficient, are more than `_MAX_STEPS`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import islice
from math import comb

from xcatd.errors import BadNoderange
from xcatd.noderange.bounds import MAX_DEPTH, PATTERN, Budget, malformed

_MAX_LENGTH = 1000
_MAX_STEPS = 200_000_000
_STEPS_BETWEEN_TICKS = 10_000_000
_TOKEN = re.compile(
    r"""  \\.                                                  # an escaped character
      | \[\^?+\]?+(?:[^\]\\]|\\.)*+\]                        # a class, closed
      | \{(?:\d+,?\d*|,\d+)\}                                # a repeat with numbers
      | \(\?i\) | \((?:\?(?:[:=!>]|<[=!]|P<\w+>|i:))?+        # a group, or the switch (?i)
      | .""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_AMBIGUOUS = re.compile(r"\[\^?\[|\[.*(?:--|&&|~~|\|\|)", re.DOTALL)
"""Classes that Python warns about, since their meaning may change; Perl's [[:digit:]] is among them."""


def end_of_pattern(text: str, start: int) -> int:
    """The index after the pattern that begins at `start`.

    A comma or an @ ends it, and so does a closing parenthesis that it has not opened; inside parentheses,
    brackets and braces, and after a backslash, they belong to it. Raises BadNoderange when something stays open.
    """
    opened: list[int] = []
    at = start
    while token := _TOKEN.match(text, at):
        word = token[0]
        if word == "[":
            raise malformed(text, at, "a bracket of a regular expression that is not closed, so add a ]")
        if _opens(word):
            opened.append(at)
        elif word == ")" and opened:
            opened.pop()
        elif word == ")" or (word in ",@" and not opened):
            break
        at = token.end()
    if opened:
        raise malformed(text, opened[-1], "a parenthesis of a regular expression that is not closed, so add a )")
    return at


def matching(pattern: str, texts: Collection[str], budget: Budget, *, whole: bool) -> set[str]:
    """Those of `texts` that match: from end to end if `whole`, else anywhere. Raises BadNoderange."""
    budget.spend(PATTERN)
    compiled = _compiled(pattern)
    match = compiled.fullmatch if whole else compiled.search
    longest = max(map(len, texts), default=0)
    repeats, choices = _freedom(pattern)
    steps = comb(longest + repeats + (not whole), longest) * choices
    if steps > _MAX_STEPS:
        raise _refused(pattern, f"it leaves too much open for texts of {longest} characters, so use fewer * and +")
    found: set[str] = set()
    waiting = iter(texts)
    while some := list(islice(waiting, max(1, _STEPS_BETWEEN_TICKS // steps))):
        budget.tick()
        found.update(filter(match, some))
    return found


def _compiled(pattern: str) -> re.Pattern[str]:
    if len(pattern) > _MAX_LENGTH:
        raise _refused(pattern[:40] + "...", f"it has more than {_MAX_LENGTH} characters, so write a list of names")
    depth = 0
    for token in _TOKEN.finditer(pattern):
        word = token[0]
        depth += _opens(word) - (word == ")")
        if depth > MAX_DEPTH:
            raise _refused(pattern, f"more than {MAX_DEPTH} parentheses are inside each other, so write it flatter")
        if word == "(" and pattern.startswith("?", token.end()):
            raise _refused(pattern, "this kind of (? is not supported, so use ordinary parentheses")
        if _AMBIGUOUS.match(word):
            raise _refused(pattern, f"{word} can be read in two ways, so put a backslash before the signs in it")
    try:
        return re.compile(pattern)
    except (re.error, OverflowError) as error:
        raise _refused(pattern, f"{error}, so correct it, or put a backslash before a sign meant as itself") from error


def _freedom(pattern: str) -> tuple[int, int]:
    """How many repeats the (valid) pattern has, and in how many ways its alternatives and options combine.

    Raises BadNoderange for a repeat of something that is itself variable.
    """
    repeats, choices = 0, 1
    branches, variable = [1], [False]  # of each group that is open, the whole pattern first
    varies = settled = False  # what the next sign may repeat: is it variable, is it repeated already
    for token in _TOKEN.finditer(pattern):
        word = token[0]
        if settled and word in "?+":  # lazy or possessive, which changes nothing here
            settled = False
            continue
        settled = word in ("*", "+", "?") or (word[0] == "{" and len(word) > 1)
        if settled:
            most = _most(word)
            if most > 1 and varies:
                raise _refused(pattern, f"{word} repeats a group that varies itself, so write it without one of them")
            repeats, choices = (repeats + 1, choices) if most > 1 else (repeats, choices * 2)
            variable[-1] = True
        elif _opens(word):
            branches.append(1)
            variable.append(False)
        elif word == ")":
            ways = branches.pop()
            choices *= ways
            varies = variable.pop() or ways > 1
            variable[-1] |= varies
        elif word == "|":
            branches[-1] += 1
        varies = varies and word == ")"
    return repeats, choices * branches[0]


def _most(repeat: str) -> int:
    """How often a repeat may happen, at most; without a limit counts as 2, since only "more than once" matters."""
    if not repeat.startswith("{"):
        return 1 if repeat == "?" else 2
    least, comma, most = repeat.strip("{}").partition(",")
    if max(len(least), len(most)) > 3:
        raise _refused("..." + repeat, "it repeats more than 999 times, so use a smaller number")
    return int(most or (2 if comma else least))


def _opens(word: str) -> bool:
    return word.startswith("(") and word != "(?i)"


def _refused(pattern: str, problem: str) -> BadNoderange:
    return BadNoderange(f"Cannot use the regular expression {pattern!r}: {problem}.")
