"""Objects as lsdef shows them: attributes read through the attribute map, many objects at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

from xcatd.errors import NotFound
from xcatd.objects.attributes import Attribute, ObjectType
from xcatd.objects.block import Block
from xcatd.objects.entries import entries_for, read_columns
from xcatd.objects.kinds import SITE, type_in
from xcatd.objects.nics import split_name, values_by_nic
from xcatd.objects.nodes import check_attribute
from xcatd.objects.rawblock import RawBlock
from xcatd.objects.world import World

_TOGETHER = 200
"""Objects that are read at a time."""
_DEFAULTS = "xcatdefaults"
_PREPENDED = ("postbootscripts", "postscripts")

Values = dict[str, str]


def read_object(world: World, kind: str, name: str, only: Collection[str] | None = None) -> Values:
    """attribute -> value; those without a value, and the name itself, are left out.

    `only` names the attributes wanted; `nicips.eth0` asks for one NIC. A node's values are inherited and worked out,
    and its postscripts begin with those of xcatdefaults; other objects have what is stored. A group also has its
    members, the site all rows of its table, a monitoring object its rows of monsetting. Raises NotFound when
    there is no such object, UsageError for an attribute or a type that does not exist.
    """
    for _, values in read_objects(world, kind, (name,), only):
        return values
    raise NotFound(f"Could not find an object named '{name}' of type '{kind}'.")


def read_objects(
    world: World, kind: str, names: Sequence[str], only: Collection[str] | None = None, *, defaults: bool = True
) -> Iterator[tuple[str, Values]]:
    """(name, attributes) of those of the objects that exist, in this order; attributes are sorted by name.

    Each is what `read_object` gives, but what many have in common is found out once. Without `defaults`, the scripts of
    xcatdefaults are left out. Raises as `read_object` does, but for a type of logs NotFound.
    """
    found = type_in(world.types, kind)
    for attribute in only or ():
        check_attribute(kind, attribute, world.types)
    query = _Query.of(world, found, only, defaults=defaults)
    nics = only is not None and any(split_name(attribute)[1] for attribute in only)
    read = _READERS.get(kind, _read_rows)
    for start in range(0, len(names), _TOGETHER):
        for name, values in read(query, names[start : start + _TOGETHER]):
            yield name, _chosen(values, only) if nics and only is not None else values


@dataclass(frozen=True, slots=True)
class _Query:
    """What is to be read. `wanted` None: every attribute. `entries` are those of tables that have rows."""

    world: World
    kind: ObjectType
    wanted: Collection[str] | None
    entries: Sequence[Attribute]
    defaults: bool

    @classmethod
    def of(cls, world: World, kind: ObjectType, only: Collection[str] | None, *, defaults: bool) -> _Query:
        wanted = None if only is None else {split_name(attribute)[0] for attribute in only}
        entries = kind.attributes if wanted is None else entries_for(kind, wanted)
        filled = [
            entry for entry in entries if entry.table in world.snapshot and world.snapshot.table(entry.table).by_ident
        ]
        return cls(world, kind, wanted, filled, defaults)

    def wants(self, attribute: str) -> bool:
        return self.wanted is None or attribute in self.wanted

    def objects(
        self, names: Sequence[str], is_there: Sequence[bool], columns: Mapping[str, Sequence[str]]
    ) -> Iterator[tuple[str, Values]]:
        """Columns as objects: those that are there, with the attributes that are wanted and have a value."""
        attributes = [one for one in sorted(columns) if one != self.kind.key and self.wants(one)]
        rows: Iterator[tuple[str, ...]] = zip(*(columns[one] for one in attributes), strict=True)
        if not attributes:
            rows = iter([()] * len(names))
        for name, row in compress(zip(names, rows, strict=True), is_there):
            yield name, {attribute: value for attribute, value in zip(attributes, row, strict=True) if value}


def _read_nodes(query: _Query, names: Sequence[str]) -> Iterator[tuple[str, Values]]:
    block = Block(query.world, names)
    columns = read_columns(query.entries, block.cells)
    if query.defaults:
        columns |= _with_defaults(query, columns, len(names))
    return query.objects(names, block.is_there(), columns)


def _with_defaults(query: _Query, columns: Mapping[str, Sequence[str]], count: int) -> dict[str, Sequence[str]]:
    """The lists of scripts, what the row `xcatdefaults` says for all nodes first."""
    rows = query.world.snapshot.table("postscripts").find(_DEFAULTS)
    found: dict[str, Sequence[str]] = {}
    for name in filter(query.wants, _PREPENDED):
        if first := ",".join(filter(None, (row[name] for row in rows))):
            found[name] = [f"{first},{text}" if text else first for text in columns.get(name, ("",) * count)]
    return found


def _read_rows(query: _Query, names: Sequence[str]) -> Iterator[tuple[str, Values]]:
    block = RawBlock(query.world, query.kind, names)
    return query.objects(names, block.is_there(), read_columns(query.entries, block.cells))


def _read_groups(query: _Query, names: Sequence[str]) -> Iterator[tuple[str, Values]]:
    world = query.world
    columns = read_columns(query.entries, RawBlock(world, query.kind, names).cells)
    if query.wants("members"):
        columns["members"] = [",".join(world.members(name) or ()) for name in names]
    return query.objects(names, list(map(world.has_group, names)), columns)


def _read_site(query: _Query, names: Sequence[str]) -> Iterator[tuple[str, Values]]:
    rows = query.world.snapshot.table("site").rows
    values = {row["key"]: row["value"] for row in rows if not row.hidden and row["value"] and query.wants(row["key"])}
    for name in names:
        if name == SITE:
            yield name, dict(sorted(values.items()))


def _read_monitoring(query: _Query, names: Sequence[str]) -> Iterator[tuple[str, Values]]:
    """The map's attributes, and the settings of the plug-in."""
    settings = query.world.snapshot.table("monsetting")
    for name, values in _read_rows(query, names):
        more = {row["key"]: row["value"] for row in settings.find(name) if row["value"] and query.wants(row["key"])}
        yield name, dict(sorted({**more, **values}.items()))


_READERS: Mapping[str, Callable[[_Query, Sequence[str]], Iterator[tuple[str, Values]]]] = {
    "group": _read_groups,
    "monitoring": _read_monitoring,
    "node": _read_nodes,
    "site": _read_site,
}
"""How objects are read that are more than the rows that the map names."""


def _chosen(values: Mapping[str, str], only: Collection[str]) -> Values:
    chosen: Values = {}
    for attribute in sorted(only):
        name, nic = split_name(attribute)
        text = values.get(name, "")
        chosen[attribute] = values_by_nic(text).get(nic, "") if nic else text
    return {attribute: text for attribute, text in chosen.items() if text}
