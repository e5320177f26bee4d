"""What an attribute of an object is: a name that people use, and the cell in which it is stored."""

from __future__ import annotations

from dataclasses import dataclass


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
