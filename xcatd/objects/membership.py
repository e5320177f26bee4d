"""Which nodes there are, and which groups they belong to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial

from xcatd.objects.attributes import Attribute
from xcatd.objects.dynamic import Condition, conditions_of
from xcatd.objects.inheritance import GroupList
from xcatd.objects.rules import BadRule
from xcatd.store import Snapshot


class Membership:
    """Static groups are the words in nodelist.groups, dynamic ones conditions in nodegroup.

    A name that is both is dynamic. `cell` looks up a node's value of an entry of the attribute map.
    """

    def __init__(self, snapshot: Snapshot, cell: Callable[[str, Attribute], str]) -> None:
        self._nodelist = snapshot.table("nodelist")
        self._nodegroup = snapshot.table("nodegroup")
        self._cell = cell
        self._lists: dict[str, GroupList] = {}
        self._dynamic_members: dict[str, Sequence[str]] = {}

    @cached_property
    def nodes(self) -> Sequence[str]:
        return tuple(self._nodelist.keys())

    def has_node(self, name: str) -> bool:
        return bool(self._nodelist.find(name))

    def list_of(self, node: str) -> GroupList:
        """The node's static groups: one object for all nodes with the same text in nodelist.groups."""
        rows = self._nodelist.find(node)
        text = rows[0]["groups"] if rows else ""
        found = self._lists.get(text)
        if found is None:
            names = dict.fromkeys(name.strip() for name in text.split(","))
            found = self._lists[text] = GroupList(tuple(filter(None, names)))
        return found

    def groups_of(self, node: str) -> tuple[str, ...]:
        """The static groups in their order, then the dynamic ones."""
        if not self.has_node(node):
            return ()
        dynamic = [group for group in self._dynamic if self._belongs(node, group)]
        static = [group for group in self.list_of(node).names if group not in self._dynamic]
        return (*static, *dynamic)

    def members(self, group: str) -> Sequence[str] | None:
        """The group's nodes in the order of nodelist. None: no such group; empty: defined without members."""
        if group not in self._dynamic:
            members = self._static.get(group)
            return () if members is None and self._nodegroup.find(group) else members
        if group not in self._dynamic_members:
            self._dynamic_members[group] = tuple(node for node in self.nodes if self._belongs(node, group))
        return self._dynamic_members[group]

    @cached_property
    def _static(self) -> Mapping[str, Sequence[str]]:
        members: dict[str, list[str]] = {}
        for node in self.nodes:
            for group in self.list_of(node).names:
                members.setdefault(group, []).append(node)
        return members

    @cached_property
    def _dynamic(self) -> Mapping[str, Sequence[Condition] | None]:
        """The conditions of each dynamic group; None where they cannot be read, so that it has no members."""
        rows = [row for row in self._nodegroup.rows if row["grouptype"] == "dynamic" and not row.hidden]
        return {row["groupname"]: _read(row["wherevals"]) for row in rows}

    def _belongs(self, node: str, group: str) -> bool:
        conditions = self._dynamic[group]
        cell = partial(self._cell, node)
        return conditions is not None and all(condition.holds(cell) for condition in conditions)


def _read(wherevals: str) -> Sequence[Condition] | None:
    try:
        return conditions_of(wherevals)
    except BadRule:
        return None
