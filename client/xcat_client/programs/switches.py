"""The options of a filter: single letters without values, each alone or several after one dash."""

from __future__ import annotations

from xcat_client.trouble import Trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def letters(words: Sequence[str], known: str, status: int) -> set[str]:
    """The letters that are given; `words` start with the program's name. Raises Trouble with `status`."""
    given: set[str] = set()
    for word in words[1:]:
        if word == "--":
            break
        if not word.startswith("-") or len(word) == 1:
            raise Trouble(f"{words[0]}: the word {word!r} is one too many: it reads standard input.", status)
        for letter in word[1:]:
            if letter not in known:
                raise Trouble(f"{words[0]}: unknown option -{letter}; see {words[0]} -h", status)
            given.add(letter)
    return given
