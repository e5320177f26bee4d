"""Which types of objects the inventory has, and which tables each of them owns: no table has two owners.

Nodes and groups share their tables: whose a row is, its name says. PDUs are nodes, and have no section of their own.
Logs are no configuration, and neither are the tokens of people who are logged in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xcatd.objects import World
from xcatd.plugins.inventory.naming import Shape, shape_of

_LEFT_OUT = frozenset({"token"})


@dataclass(frozen=True, slots=True)
class Shapes:
    """The types by name, sorted, and all tables by name, sorted."""

    types: Mapping[str, Shape]
    tables: tuple[str, ...]


def shapes_of(world: World) -> Shapes:
    """The types and tables of a cluster, found out once for each snapshot."""
    return world.snapshot.cached(Shapes, lambda: _find(world))


def _find(world: World) -> Shapes:
    schema = world.snapshot.schema
    free = {name for name, table in schema.tables.items() if not table.log} - _LEFT_OUT
    tables = tuple(sorted(free))
    found = {name: shape_of(world.types[name], free) for name in ("node", "group")}
    free -= {table for shape in found.values() for table in shape.keys}
    for name, kind in world.types.items():
        if name not in found and kind.table in free:
            found[name] = shape_of(kind, free)
            free -= found[name].keys.keys()
    return Shapes(dict(sorted(found.items())), tables)
