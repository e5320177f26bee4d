"""Which nodes there are, and which groups they belong to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from xcatd.objects.attributes import ObjectType
from xcatd.objects.dynamic import Condition, conditions_of
from xcatd.objects.grouprows import enabled_rows
from xcatd.objects.rules import BadRule
from xcatd.store import Snapshot, TableView
from xcatd.store.row import ENABLED

Passing = Callable[[Sequence[Condition], Sequence[str]], Sequence[str]]
"""Which of these nodes meet these conditions."""


@dataclass(frozen=True, slots=True)
class _Static:
    """The nodes of nodelist in its order, and where in it stand those whose text in `groups` is the same."""

    nodes: Sequence[str]
    places: Mapping[str, Sequence[int]]
    texts: Mapping[str, Sequence[str]]
    """Group -> the texts that name it."""
    members: dict[str, Sequence[str]]
    """What has been asked for."""


class Membership:
    """Static groups are the words in nodelist.groups, dynamic ones conditions in nodegroup.

    A name that is both is dynamic. What follows from nodelist alone is worked out only when nodelist changes, and what
    concerns one node costs no look at the others.
    """

    def __init__(self, snapshot: Snapshot, node: ObjectType, passing: Passing) -> None:
        self._node = node
        self._nodelist = snapshot.table("nodelist")
        self._nodegroup = snapshot.table("nodegroup")
        self._groups = self._nodelist.layout.place("groups")
        self._disable = self._nodelist.layout.disable
        self._direct = self._nodelist.by_ident if self._nodelist.is_direct else None
        self._passing = passing
        self._lists: dict[str, tuple[str, ...]] = self._nodelist.cached("lists of groups", dict)
        self._dynamic_members: dict[str, Sequence[str]] = {}

    @property
    def nodes(self) -> Sequence[str]:
        return self._nodelist.cached("nodes", lambda: tuple(self._nodelist.keys()))

    def has_node(self, name: str) -> bool:
        if self._direct is None:
            return bool(enabled_rows(self._nodelist, name))
        values = self._direct.get(name)
        return values is not None and values[self._disable] in ENABLED

    def list_of(self, node: str) -> tuple[str, ...]:
        """The node's static groups: one tuple for all nodes with the same text in nodelist.groups."""
        rows = enabled_rows(self._nodelist, node)
        return self.list_in(rows[0][self._groups] or "") if rows else ()

    def list_in(self, text: str) -> tuple[str, ...]:
        """The groups that a text of nodelist.groups names, each once."""
        found = self._lists.get(text)
        if found is None:
            found = self._lists[text] = tuple(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))
        return found

    def groups_of(self, node: str) -> tuple[str, ...]:
        """The static groups in their order, then the dynamic ones."""
        if not self.has_node(node):
            return ()
        conditions = self._dynamic
        dynamic = [group for group, one in conditions.items() if one is not None and self._passing(one, (node,))]
        return (*(group for group in self.list_of(node) if group not in conditions), *dynamic)

    def has_group(self, name: str) -> bool:
        return bool(enabled_rows(self._nodegroup, name)) or (name in self._named and name in self._static.texts)

    def group_names(self) -> Collection[str]:
        """All groups: those that nodes name and those that nodegroup defines."""
        return {**self._static.texts, **dict.fromkeys(self._nodegroup.keys())}.keys()

    def members(self, group: str) -> Sequence[str] | None:
        """The group's nodes in the order of nodelist. None: no such group; empty: defined without members."""
        if group in self._dynamic:
            return self._dynamically(group)
        static = self._static if group in self._named else None
        if static is None or group not in static.texts:
            return () if enabled_rows(self._nodegroup, group) else None
        if group not in static.members:
            places = [place for text in static.texts[group] for place in static.places[text]]
            static.members[group] = [static.nodes[place] for place in sorted(places)]
        return static.members[group]

    def _dynamically(self, group: str) -> Sequence[str]:
        if group not in self._dynamic_members:
            conditions = self._dynamic[group]
            found = () if conditions is None else tuple(self._passing(conditions, self.nodes))
            self._dynamic_members[group] = found
        return self._dynamic_members[group]

    @property
    def _named(self) -> Collection[str]:
        """The groups that rows of nodelist name, be they enabled or not: a quick answer to whether there is such a group."""
        return self._nodelist.cached("named groups", self._read_named)

    def _read_named(self) -> Collection[str]:
        texts = set(map(itemgetter(self._groups), self._nodelist.by_ident.values()))
        return {name for text in texts if text for name in self.list_in(text)}

    @property
    def _static(self) -> _Static:
        return self._nodelist.cached(_Static, self._read_static)

    def _read_static(self) -> _Static:
        places: dict[str, list[int]] = {}
        for place, text in enumerate(self._texts()):
            places.setdefault(text, []).append(place)
        texts: dict[str, list[str]] = {}
        for text in places:
            for name in self.list_in(text):
                texts.setdefault(name, []).append(text)
        return _Static(self.nodes, places, texts, {})

    def _texts(self) -> Sequence[str]:
        """nodelist.groups of all nodes."""
        view, place = self._nodelist, self._groups
        if view.is_direct:
            return [view.by_ident[node][place] or "" for node in self.nodes]
        return [enabled_rows(view, node)[0][place] or "" for node in self.nodes]

    @property
    def _dynamic(self) -> Mapping[str, Sequence[Condition] | None]:
        """The conditions of each dynamic group; None where they cannot be read, so that it has no members."""
        return self._nodegroup.cached("dynamic groups", lambda: _dynamic_groups(self._nodegroup, self._node))


def _dynamic_groups(view: TableView, node: ObjectType) -> Mapping[str, Sequence[Condition] | None]:
    rows = [row for row in view.rows if row["grouptype"] == "dynamic" and not row.hidden]
    return {row["groupname"]: _read(row["wherevals"], node) for row in rows}


def _read(wherevals: str, node: ObjectType) -> Sequence[Condition] | None:
    try:
        return conditions_of(wherevals, node)
    except BadRule:
        return None
