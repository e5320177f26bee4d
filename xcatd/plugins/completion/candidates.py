"""What there is of each kind: names that begin as what was typed."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence

from xcatd.errors import XcatError
from xcatd.model import Completes
from xcatd.objects import World
from xcatd.objects.names import object_names
from xcatd.plugins.completion.position import Position
from xcatd.store import SITE_ATTRIBUTES

MOST = 500
"""Candidates that are offered: nobody reads more."""
ASKED = 2000
"""Nodes about which the policy is asked, for a caller who may not run the command on all."""
FILES = ":files"
"""Stands for the files where the command is typed, which only the shell knows."""

_NODE_PARTS = re.compile(r"^-|[,@]-?")
_RANGE = re.compile(r"[-:]")

Found = tuple[str, Sequence[str]]
"""What stays as it was typed, and what may follow it."""


def candidates(world: World, at: Position, allowed: Callable[[str], bool]) -> list[str]:
    """Whole words that may stand at a position; `allowed` tells which nodes may be shown, and for "" whether all
    may."""
    if at.choices:
        head, names = "", starting(sorted(at.choices), at.stem)
    elif at.kind is Completes.FILE:
        return [FILES]
    else:
        find = _KINDS.get(at.kind)
        head, names = find(world, at, allowed) if find else ("", ())
    return [f"{at.head}{head}{name}" for name in at_most(names)]


def at_most(names: Sequence[str], most: int = MOST) -> Sequence[str]:
    """The first of many, and the last one: a shell inserts what all have in common, which must not be too much."""
    return names if len(names) <= most else [*names[: most - 1], names[-1]]


def starting(names: Sequence[str], stem: str) -> Sequence[str]:
    """Those of sorted names that begin with `stem`."""
    begin = bisect_left(names, stem)
    return names[begin : bisect_left(names, stem + "\U0010ffff", begin)]


def _list(stem: str) -> tuple[str, str]:
    """What stands before the last part of a comma list, and that part."""
    head, comma, last = stem.rpartition(",")
    return head + comma, last


def _nodes(world: World, at: Position, allowed: Callable[[str], bool]) -> Found:
    """The last name of a noderange: groups first, then nodes. What stands in brackets, or behind / or ^, is no name."""
    end = max((found.end() for found in _NODE_PARTS.finditer(at.stem)), default=0)
    head, stem = at.stem[:end], at.stem[end:]
    if stem[:1] in ("/", "^") or "[" in stem:
        return "", ()
    if names := _groups_and_nodes(world, stem, allowed):
        return head, names
    last = max((found.end() for found in _RANGE.finditer(stem)), default=0)
    return head + stem[:last], _groups_and_nodes(world, stem[last:], allowed) if last else ()


def _groups_and_nodes(world: World, stem: str, allowed: Callable[[str], bool]) -> Sequence[str]:
    names = world.snapshot.cached("completion: nodes", lambda: sorted(world.nodes()))
    groups = at_most(_group_names(world, stem), MOST // 2) if allowed("") else ()
    nodes = starting(names, stem) if allowed("") else [name for name in starting(names, stem)[:ASKED] if allowed(name)]
    return [*groups, *at_most(nodes, MOST - len(groups))]


def _group_names(world: World, stem: str) -> Sequence[str]:
    return starting(world.snapshot.cached("completion: groups", lambda: sorted(world.group_names())), stem)


def _groups(world: World, at: Position, allowed: Callable[[str], bool]) -> Found:
    head, stem = _list(at.stem)
    return head, _group_names(world, stem)


def _objects(world: World, at: Position, allowed: Callable[[str], bool]) -> Found:
    if at.object_type == "node":
        return _nodes(world, at, allowed)
    if at.object_type == "group":
        return _groups(world, at, allowed)
    head, stem = _list(at.stem)
    try:
        return head, starting(object_names(world, at.object_type), stem)
    except XcatError:  # no such type, or one of which the names are not in the snapshot
        return "", ()


def _images(world: World, at: Position, allowed: Callable[[str], bool]) -> Found:
    return "", starting(object_names(world, "osimage"), at.stem)


def _attribute_names(world: World, kind: str) -> Sequence[str]:
    if kind == "site":
        return sorted({*SITE_ATTRIBUTES, *(row["key"] for row in world.snapshot.table("site").rows)})
    return sorted(world.types[kind].names) if kind in world.types else ()


def _types(world: World, at: Position, allowed: Callable[[str], bool]) -> Found:
    head, stem = _list(at.stem)
    return head, starting(sorted(world.types), stem)


def _attributes(world: World, at: Position, allowed: Callable[[str], bool]) -> Found:
    head, stem = _list(at.stem)
    return head, starting(_attribute_names(world, at.object_type), stem)


def _definitions(world: World, at: Position, allowed: Callable[[str], bool]) -> Found:
    return "", [f"{name}=" for name in starting(_attribute_names(world, at.object_type), at.stem)]


def _conditions(world: World, at: Position, allowed: Callable[[str], bool]) -> Found:
    names = _attribute_names(world, at.object_type)
    if at.of_rows:
        names = sorted({name for table in world.snapshot.schema.tables.values() for name in table.column_names})
    return "", [f"{name}==" for name in starting(names, at.stem)]


def _tables(world: World, at: Position, allowed: Callable[[str], bool]) -> Found:
    head, stem = _list(at.stem)
    return head, starting(sorted(world.snapshot.schema.tables), stem)


def _columns(world: World, at: Position, allowed: Callable[[str], bool]) -> Found:
    """`table.`, and behind the dot its columns; for commands about nodes, those of tables of nodes."""
    tables = world.snapshot.schema.tables
    names = sorted(name for name, table in tables.items() if at.of_rows or table.keys[0] == "node")
    name, dot, stem = at.stem.partition(".")
    if not dot:
        return "", [f"{table}." for table in starting(names, name)]
    return f"{name}.", starting(sorted(tables[name].column_names), stem) if name in names else ()


def _cells(world: World, at: Position, allowed: Callable[[str], bool]) -> Found:
    head, names = _columns(world, at, allowed)
    return head, [name if name.endswith(".") else f"{name}=" for name in names]


def _keys(world: World, at: Position, allowed: Callable[[str], bool]) -> Found:
    keys = {key for table in world.snapshot.schema.tables.values() for key in table.keys}
    return "", [f"{key}=" for key in starting(sorted(keys), at.stem)]


_KINDS: Mapping[Completes, Callable[[World, Position, Callable[[str], bool]], Found]] = {
    Completes.NODES: _nodes,
    Completes.GROUPS: _groups,
    Completes.TYPE: _types,
    Completes.OBJECTS: _objects,
    Completes.IMAGE: _images,
    Completes.ATTRIBUTES: _attributes,
    Completes.CONDITION: _conditions,
    Completes.DEFINITION: _definitions,
    Completes.TABLE: _tables,
    Completes.COLUMN: _columns,
    Completes.CELL: _cells,
    Completes.KEY: _keys,
}
