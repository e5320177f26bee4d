"""Values that come from several rows: appended with +=NEXTRECORD, or gathered by site.hierarchicalattrs (7.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from xcatd.objects.regex import is_rule

_NEXT = "+=NEXTRECORD"


def goes_on(text: str) -> bool:
    """Whether the next record is to be appended to what a cell has."""
    return text.endswith(_NEXT)


@dataclass(frozen=True, slots=True)
class Piece:
    """The text of one cell, as it is stored, and the group whose row it is in; None: the node's own row."""

    group: str | None
    raw: str

    @property
    def goes_on(self) -> bool:
        """Whether the next record is to be appended."""
        return goes_on(self.raw)

    @property
    def body(self) -> str:
        """The text without what says that it goes on."""
        return self._split()[0]

    @property
    def separator(self) -> str:
        """What stands between this text and the next one."""
        return self._split()[1]

    def _split(self) -> tuple[str, str]:
        text = self.raw.removesuffix(_NEXT)
        if not self.goes_on or not text or text[-1].isalnum() or is_rule(text):
            return text, ""
        return text[:-1], text[-1]


Record = tuple[Piece, ...]
"""The pieces of one value, the first one first."""


def records_of(groups: Sequence[str], texts_of: Callable[[str], Sequence[str]], *, gathers: bool) -> tuple[Record, ...]:
    """What the first group that has a value gives, one record for each of its rows.

    `texts_of` gives the texts that a group has. From the last group to the first, since a text may go on in the next.
    """
    records: tuple[Record, ...] = ()
    for group in reversed(groups):
        if texts := texts_of(group):
            pieces = [Piece(group, text) for text in texts]
            records = tuple(continued(piece, records, gathers=gathers) for piece in pieces)
    return records


def continued(piece: Piece, later: Sequence[Record], *, gathers: bool) -> Record:
    """The piece, and the record after it where it goes on."""
    rest = later[0] if later and (gathers or piece.goes_on) else ()
    return (piece, *rest)


def appended(record: Record, value_of: Callable[[str], str]) -> str:
    """The values of the pieces one after the other. An empty one ends it: that is how a value is blocked."""
    text = separator = ""
    for piece in record:
        value = value_of(piece.body)
        if not value:
            break
        text += separator + value
        separator = piece.separator
    return text


def gathered(record: Record, value_of: Callable[[str], str], delimiter: str) -> str:
    """The items of all pieces, each once. An empty value ends it."""
    items: dict[str, None] = {}
    for piece in record:
        value = value_of(piece.body)
        if not value:
            break
        items |= dict.fromkeys(filter(None, (item.strip() for item in value.split(delimiter))))
    return delimiter.join(items)


def delimiters(hierarchicalattrs: str) -> Mapping[str, str]:
    """column -> delimiter, a character, out of the site value `attr[:delimiter],...`; a comma where none is given."""
    words = (word.partition(":") for word in hierarchicalattrs.split(","))
    return {name.strip(): delimiter[:1] or "," for name, _, delimiter in words if name.strip()}
