"""What an attribute of an object is: a name that people use, and the cell in which it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Attribute:
    """An entry of the map. A name may have several: an entry counts when `only_if` holds, and the last one wins.

    `table.column` is the cell that is read and written, in the row whose column `key` is the object's name ("": any)
    and whose `fixed` columns have these values. `only_if` is (attribute, word): that word must be in its value.
    """

    name: str
    table: str
    column: str
    only_if: tuple[str, str] | None = None
    key: str = "node"
    fixed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ObjectType:
    """A type of objects. `key` is the attribute that is the object's name; the map's order is the order of reading."""

    name: str
    key: str
    attributes: tuple[Attribute, ...]

    @cached_property
    def names(self) -> frozenset[str]:
        """The attributes that objects of this type have."""
        return frozenset(attribute.name for attribute in self.attributes)

    @cached_property
    def table(self) -> str:
        """The main table: its rows are the objects. "" for a type that maps nothing."""
        return next((attribute.table for attribute in self.attributes if attribute.name == self.key), "")


def cells(
    table: str,
    names: str,
    only_if: tuple[str, str] | None = None,
    *,
    key: str = "node",
    fixed: tuple[tuple[str, str], ...] = (),
) -> tuple[Attribute, ...]:
    """Attributes of one table: words `name`, where the column has the same name, or `name=column`."""
    pairs = (word.partition("=") for word in names.split())
    return tuple(Attribute(name, table, column or name, only_if, key, fixed) for name, _, column in pairs)
