"""What a type of objects is: its attributes in the order of reading."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from xcatd.model import Attribute


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
