"""A snapshot of the database seen as nodes and groups: every value as a node has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from xcatd.objects.attributes import Attribute
from xcatd.objects.inheritance import GroupList, Piece, Record, appended, continued, delimiters, gathered, records_of
from xcatd.objects.membership import Membership
from xcatd.objects.regex import Rule, is_rule, rule_of
from xcatd.objects.rules import BadRule
from xcatd.store import Snapshot, TableView


def world_of(snapshot: Snapshot) -> World:
    """The world of a snapshot, made once for each."""
    return snapshot.cached(World, lambda: World(snapshot))


class World:
    """Values of nodes with inheritance from their groups (protocol.md 7.1) and worked-out values (7.2).

    What a list of groups gives is found out once for all nodes that have this list. Static groups give values; a
    dynamic group, whose members depend on values, does not. A group's own row is read under its name, as a node's is.
    A table that does not exist raises NotFound, and so does a column of a row that is there; `knows` tells beforehand.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._membership = Membership(snapshot, self.cell)
        self._delimiters = delimiters(snapshot.site("hierarchicalattrs"))
        self._rules: dict[str, Rule] = {}

    def nodes(self) -> Sequence[str]:
        """All node names, in the order of nodelist."""
        return self._membership.nodes

    def has_node(self, name: str) -> bool:
        return self._membership.has_node(name)

    def groups_of(self, node: str) -> tuple[str, ...]:
        """The groups in nodelist.groups in their order, then the dynamic groups that the node belongs to."""
        return self._membership.groups_of(node)

    def members(self, group: str) -> Sequence[str] | None:
        """The nodes of a group, in the order of nodelist. None: no such group; empty: defined without members."""
        return self._membership.members(group)

    def knows(self, table: str, column: str) -> bool:
        """Whether there is such a column."""
        return table in self.snapshot and column in self.snapshot.table(table).table.column_names

    def value(self, node: str, table: str, column: str) -> str:
        """The node's value, inherited and worked out; "" when it has none. Of several rows, the first one's."""
        records = self._records(node, table, column)
        return self._text(node, column, records[0]) if records else ""

    def values(self, node: str, table: str, column: str) -> Sequence[str]:
        """The node's values, one for each of its rows; rows without one are left out."""
        texts = [self._text(node, column, record) for record in self._records(node, table, column)]
        return tuple(filter(None, texts))

    def row(self, node: str, table: str) -> Mapping[str, str]:
        """All values of the node in one table; columns without one are left out."""
        columns = self.snapshot.table(table).table.column_names
        return {column: value for column in columns if (value := self.value(node, table, column))}

    def origin(self, node: str, table: str, column: str) -> str | None:
        """The group that the value comes from; None when it is the node's own, or there is none."""
        records = self._records(node, table, column)
        return records[0][0].group if records and self._text(node, column, records[0]) else None

    def inherited(self, node: str, table: str, column: str) -> str:
        """What the node would have without rows of its own."""
        records = self._from_groups(self._membership.list_of(node), self.snapshot.table(table), column)
        return self._text(node, column, records[0]) if records else ""

    def cell(self, node: str, entry: Attribute) -> str:
        """The value of an entry of the attribute map; its fixed columns choose among several rows."""
        if not entry.fixed:
            return self.value(node, entry.table, entry.column)
        view = self.snapshot.table(entry.table)
        for name in (node, *self._membership.list_of(node).names):
            for row in view.find(name):
                if row[entry.column] and all(row[column] == text for column, text in entry.fixed):
                    return self._value_of(node, row[entry.column])
        return ""

    def problem(self, node: str, table: str, column: str) -> str | None:
        """Why a value could not be worked out and so counts as unset; None if nothing is wrong."""
        for record in self._records(node, table, column):
            for piece in record:
                try:
                    self._worked_out(node, piece.body)
                except BadRule as error:
                    return f"{table}.{column} of {node} counts as unset: {error}"
        return None

    def _records(self, node: str, table: str, column: str) -> Sequence[Record]:
        """What the node's own rows give, and its groups where those give nothing or go on."""
        view = self.snapshot.table(table)
        if view.table.node_column is None:
            return ()
        gathers = column in self._delimiters
        own = [Piece(None, row[column]) for row in view.find(node)]
        if len(own) == 1 and own[0].raw and not gathers and not own[0].goes_on:
            return (tuple(own),)
        groups = self._from_groups(self._membership.list_of(node), view, column)
        if not own:
            is_name = column == view.table.node_column
            return tuple((Piece(record[0].group, node),) for record in groups) if is_name else groups
        records: list[Record] = []
        for piece in own:
            records += (continued(piece, groups, gathers=gathers),) if piece.raw else groups
        return records

    def _from_groups(self, groups: GroupList, view: TableView, column: str) -> tuple[Record, ...]:
        cell = (view.table.name, column)
        if cell not in groups.found:
            names = () if view.table.name == "nodelist" else groups.names
            groups.found[cell] = records_of(
                names,
                lambda group: [row[column] for row in view.find(group) if row[column]],
                gathers=column in self._delimiters,
            )
        return groups.found[cell]

    def _text(self, node: str, column: str, record: Record) -> str:
        if column in self._delimiters:
            return gathered(record, partial(self._value_of, node), self._delimiters[column])
        if len(record) == 1 and not record[0].goes_on:
            return self._value_of(node, record[0].raw)
        return appended(record, partial(self._value_of, node))

    def _value_of(self, node: str, raw: str) -> str:
        try:
            return self._worked_out(node, raw)
        except BadRule:
            return ""

    def _worked_out(self, node: str, raw: str) -> str:
        if not is_rule(raw):
            return raw
        rule = self._rules.get(raw)
        if rule is None:
            rule = self._rules[raw] = rule_of(raw)
        return rule.value_for(node)
