"""The command line of a program of the client."""

from __future__ import annotations

from getopt import GetoptError, gnu_getopt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def read(words: Sequence[str], flags: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Options and operands of `words`, whose first is the program's name.

    `flags`: each letter and its long name; one that ends in `=` takes a value. Options come back by letter, those
    without a value as "". Raises ValueError with a sentence for a word that is no option.
    """
    letters = "".join(f"{letter}:" if name.endswith("=") else letter for letter, name in flags.items())
    try:
        given, operands = gnu_getopt(list(words[1:]), letters, list(flags.values()))
    except GetoptError as error:
        raise ValueError(f"{words[0]}: {error}; see {words[0]} -h") from error
    by_name = {name.removesuffix("="): letter for letter, name in flags.items()}
    return {by_name.get(flag.lstrip("-"), flag.lstrip("-")): value for flag, value in given}, operands
