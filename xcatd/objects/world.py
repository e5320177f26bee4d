"""A snapshot of the database seen as nodes and groups: every value as a node has it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import zip_longest

from xcatd.objects.attributes import Attribute, ObjectType
from xcatd.objects.block import Block
from xcatd.objects.dynamic import Condition
from xcatd.objects.entries import read_columns
from xcatd.objects.grouprows import enabled_rows, group_rows
from xcatd.objects.inheritance import Piece, Record, appended, continued, delimiters, gathered
from xcatd.objects.kinds import types_of
from xcatd.objects.membership import Membership
from xcatd.objects.regex import Rule, is_rule, rule_of
from xcatd.objects.rules import BadRule
from xcatd.store import Snapshot

_MANY = 2_000
"""Rules that are kept once they have been read."""


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
        self.types: Mapping[str, ObjectType] = types_of(snapshot.schema)
        """The types of objects, by name, with the attributes that the site adds."""
        self._membership = Membership(snapshot, self.types["node"], self._passing)
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

    def has_group(self, name: str) -> bool:
        """Whether there is a group of this name; it need not have members."""
        return self._membership.has_group(name)

    def group_names(self) -> Collection[str]:
        """All groups: those that nodes name and those that nodegroup defines."""
        return self._membership.group_names()

    def list_in(self, text: str) -> tuple[str, ...]:
        """The groups that a text of nodelist.groups names: one tuple for all nodes with the same text."""
        return self._membership.list_in(text)

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

    def column(self, nodes: Sequence[str], table: str, column: str) -> list[str]:
        """`value` of each of the nodes, at once."""
        values = Block(self, nodes).column(table, column)
        return [""] * len(nodes) if values is None else list(values)

    def values_of(self, nodes: Sequence[str], table: str, column: str) -> Sequence[Sequence[str]]:
        """`values` of each of the nodes, at once."""
        block = Block(self, nodes)
        several = set(block.several(table, column))
        texts = block.column(table, column) or ("",) * len(nodes)
        return [
            self.values(nodes[place], table, column) if place in several else (text,) if text else ()
            for place, text in enumerate(texts)
        ]

    def rows(self, node: str, table: str, columns: Sequence[str]) -> Sequence[Sequence[str]]:
        """The node's values in these columns, row by row, "" where it has none: what stands together comes together.

        A node without rows of its own has those of its groups. Where those cannot be told apart, because some lack a
        value, each value is a row by itself.
        """
        if enabled_rows(self.snapshot.table(table), node):
            return list(zip(*[self._own(node, table, column) for column in columns], strict=True))
        found = [self.values(node, table, column) for column in columns]
        if len({len(texts) for texts in found if texts}) < 2:
            return list(zip_longest(*found, fillvalue=""))
        width = len(columns)
        return [["" if i != place else text for i in range(width)] for place in range(width) for text in found[place]]

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
        names = self._membership.list_of(node)
        records = group_rows(self.snapshot.table(table), names).records(column, gathers=self.gathers(column))
        return self._text(node, column, records[0]) if records else ""

    def cell(self, node: str, entry: Attribute) -> str:
        """The value of an entry of the attribute map; its fixed columns choose among several rows."""
        if not entry.fixed:
            return self.value(node, entry.table, entry.column)
        view = self.snapshot.table(entry.table)
        column = view.layout.place(entry.column)
        fixed = [(view.layout.place(name), text) for name, text in entry.fixed]
        for name in (node, *self._membership.list_of(node)):
            for values in enabled_rows(view, name):
                if values[column] and all(values[place] == text for place, text in fixed):
                    return self._value_of(node, values[column] or "")
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

    def gathers(self, column: str) -> bool:
        """Whether the values of all groups are put together (site.hierarchicalattrs)."""
        return column in self._delimiters

    def rule(self, raw: str) -> Rule:
        """The rule that a value is, for which `is_rule` holds; read once for all nodes."""
        rule = self._rules.get(raw)
        if rule is None:
            if len(self._rules) >= _MANY:
                self._rules.clear()
            rule = self._rules[raw] = rule_of(raw)
        return rule

    def outcome(self, rule: Rule, node: str) -> str:
        """What a rule gives to a node; "" where it cannot be worked out."""
        try:
            return rule.value_for(node)
        except BadRule:
            return ""

    def _passing(self, conditions: Sequence[Condition], nodes: Sequence[str]) -> Sequence[str]:
        """The nodes that meet all conditions."""
        for condition in conditions:
            found = read_columns(condition.entries, Block(self, nodes).cells)
            values = found.get(condition.attribute) or ("",) * len(nodes)
            passing = condition.passing(set(values))
            nodes = [node for node, value in zip(nodes, values, strict=True) if value in passing]
        return nodes

    def _records(self, node: str, table: str, column: str) -> Sequence[Record]:
        """What the node's own rows give, and its groups where those give nothing or go on."""
        view = self.snapshot.table(table)
        place = view.layout.place(column)
        if view.table.node_column is None:
            return ()
        gathers = column in self._delimiters
        own = [Piece(None, values[place] or "") for values in enabled_rows(view, node)]
        if len(own) == 1 and own[0].raw and not gathers and not own[0].goes_on:
            return (tuple(own),)
        groups = group_rows(view, self._membership.list_of(node)).records(column, gathers=gathers)
        if not own:
            is_name = column == view.table.node_column
            return tuple((Piece(record[0].group, node),) for record in groups) if is_name else groups
        records: list[Record] = []
        for piece in own:
            records += (continued(piece, groups, gathers=gathers),) if piece.raw else groups
        return records

    def _own(self, node: str, table: str, column: str) -> Iterator[str]:
        """For each of the node's own rows its value, or the one that is inherited there."""
        view, gathers = self.snapshot.table(table), self.gathers(column)
        place = view.layout.place(column)
        groups = group_rows(view, self._membership.list_of(node)).records(column, gathers=gathers)
        for values in enabled_rows(view, node):
            piece = Piece(None, values[place] or "")
            if piece.raw or groups:
                record = continued(piece, groups, gathers=gathers) if piece.raw else groups[0]
                yield self._text(node, column, record)
            else:
                yield ""

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
        return self.rule(raw).value_for(node)
