"""Names that need not exist yet: expansion of the text alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from xcatd.errors import BadNoderange
from xcatd.noderange.bounds import MADE, Budget
from xcatd.noderange.listfile import entries, parsed
from xcatd.noderange.parse import parse
from xcatd.noderange.ranges import bracketed, increased, spanned
from xcatd.noderange.tree import File, Group, Item, Name, Operand


def names(
    text: str, *, prefix: str = "node", suffix: str = "", read_file: Callable[[str], str] | None = None
) -> tuple[str, ...]:
    """The names that `text` spells, in the order typed and each once, as `nodeadd` and `mkdef` need them.

    Brackets, ranges, increments, digits (with `prefix` and `suffix`), exclusion, intersection and parentheses work
    as in `expand`; `r1-2` stays one name, since hosts are called so. Regular expressions and attribute tests are
    refused: they choose among nodes that exist; files too, unless `read_file` gives the content of a `^file`, or raises
    OSError or ValueError. Raises BadNoderange.
    """
    return tuple(_Speller(prefix, suffix, read_file).items(parse(text)))


def spelled(text: str) -> list[str] | None:
    """The names in a range or increment; None if it is neither."""
    return increased(text) or spanned(text)


def with_affixes(name: str, prefix: str, suffix: str) -> str:
    """Digits alone are short for a node's name (6.2, "digits only")."""
    return f"{prefix}{name}{suffix}" if name.isascii() and name.isdigit() else name


class _Speller:
    """Dictionaries serve as ordered sets here."""

    def __init__(self, prefix: str, suffix: str, read_file: Callable[[str], str] | None) -> None:
        self._prefix = prefix
        self._suffix = suffix
        self._read_file = read_file
        self._budget = Budget()

    def items(self, items: Iterable[Item]) -> dict[str, None]:
        found: dict[str, None] = {}
        excluded: dict[str, None] = {}
        for item in items:
            mine = self._operand(item.operands[0])
            for operand in item.operands[1:]:
                mine = _shared(mine, self._operand(operand))
            if item.sign == "@":
                found = _shared(found, mine)
            else:
                (excluded if item.sign == "-" else found).update(mine)
        return {name: None for name in found if name not in excluded}

    def _operand(self, operand: Operand) -> dict[str, None]:
        match operand:
            case Group(items):
                return self.items(items)
            case Name(text):
                return dict.fromkeys(self._name(text))
            case File(path=path) if self._read_file is not None:
                return self._file(path, self._read_file)
        raise BadNoderange(f"{operand.text!r} chooses among nodes that exist: write the new names themselves.")

    def _file(self, path: str, read_file: Callable[[str], str]) -> dict[str, None]:
        try:
            content = read_file(path)
        except (OSError, ValueError) as error:
            raise BadNoderange(f"Cannot read {path!r}, check the name: {error}") from error
        inner = _Speller(self._prefix, self._suffix, None)
        items = [item for number, entry in entries(content) for item in parsed(path, number, entry)]
        return inner.items(items)

    def _name(self, text: str) -> list[str]:
        made = bracketed(text) or spelled(text) or [text]
        self._budget.spend(MADE * len(made))
        return [with_affixes(name, self._prefix, self._suffix) for name in made]


def _shared(left: dict[str, None], right: dict[str, None]) -> dict[str, None]:
    return {name: None for name in left if name in right}
