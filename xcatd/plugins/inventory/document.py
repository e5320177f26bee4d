"""What an inventory file says: objects by type and name, rows that belong to no object, and what the file covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

VERSION = "1"
"""The version of the format; a file of another one is refused."""
TABLES = "tables"
"""The section of rows that belong to no object; it counts as a type beside those of objects."""
ROWS = "rows"
"""In an object: rows that its attributes cannot say."""
EVERYTHING = "everything"
SECRETS = "secrets"

Tree = Mapping[str, "Branch"]
Branch = str | None | Tree | Sequence["Branch"]
"""What a YAML or JSON file holds: texts, nothing, lists, and mappings of these."""

Cells = dict[str, str]
"""Column -> text of a row. Empty cells are left out, except `disable`, whose empty text hides the row."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One object: its attributes, and by table the rows that attributes cannot say, without the object's name."""

    attributes: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, Sequence[Cells]] = field(default_factory=dict)

    def tree(self) -> Tree:
        """As it stands in a file: attributes in order, then the rows."""
        if not self.rows:
            return self.attributes
        return {**self.attributes, ROWS: dict(self.rows)}


@dataclass(frozen=True, slots=True)
class Header:
    """The first lines of a file. `covers`: the types of which it has all objects, None when it does not say.

    `chosen`: the names that somebody wanted, so that it has not all objects of any type. `has_secrets`: passwords and the
    like are in the file; where they are not, they are left alone.
    """

    covers: frozenset[str] | None = None
    chosen: str = ""
    has_secrets: bool = True


@dataclass(frozen=True, slots=True)
class Document:
    """A whole file. An object in it is the whole object, a row the whole row."""

    header: Header
    objects: Mapping[str, Mapping[str, Entry]]
    tables: Mapping[str, Sequence[Cells]]

    @property
    def sections(self) -> frozenset[str]:
        """The types that it has."""
        return frozenset(self.objects) | ({TABLES} if self.tables else frozenset())
