"""Many nodes read at a time: their cells are taken column by column, which costs a node's own plain cell next to nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from xcatd.objects.attributes import Attribute
from xcatd.objects.grouprows import group_rows
from xcatd.objects.inheritance import goes_on
from xcatd.objects.ownrows import Column, OwnRows
from xcatd.objects.regex import Rule, is_rule
from xcatd.store import TableView

if TYPE_CHECKING:
    from xcatd.objects.world import World


class Block:
    """Some nodes, and what they have: the same values as World's, a column at a time.

    Whatever is not plain text in a row of the node's own, or what its list of groups gives, is left to the World.
    """

    def __init__(self, world: World, nodes: Sequence[str]) -> None:
        self._world = world
        self._nodes = nodes
        self._own: dict[str, OwnRows] = {}
        self._giving: dict[str, Sequence[int]] = {}

    def cells(self, entry: Attribute) -> Sequence[str] | None:
        """The values of an entry of the attribute map; None when no node has one."""
        if not self._world.snapshot.table(entry.table).by_ident:
            return None
        if entry.fixed:
            values = [self._world.cell(node, entry) for node in self._nodes]
            return values if any(values) else None
        return self.column(entry.table, entry.column)

    def column(self, table: str, column: str) -> Sequence[str] | None:
        """The nodes' values in a column, "" for none; None when no node has one. Raises NotFound as World does."""
        view = self._world.snapshot.table(table)
        place = view.layout.place(column)
        if view.table.node_column is None:
            return None
        if column == view.table.node_column or self._world.gathers(column):
            return [self._world.value(node, table, column) for node in self._nodes]
        own = self._rows(view)
        cells = own.column(place)
        giving = self._lists_with_rows(view)
        if cells is None and not giving and not own.several:
            return None
        return self._values(view, column, cells or own.blank, own.several)

    def several(self, table: str, column: str) -> Sequence[int]:
        """The places of the nodes that may have more than one value: they have several rows, or a group of theirs has."""
        view = self._world.snapshot.table(table)
        if view.table.node_column is None:
            return ()
        gathers = self._world.gathers(column)
        lists = {
            number
            for number in self._lists_with_rows(view)
            if len(group_rows(view, self._lists[number]).records(column, gathers=gathers)) > 1
        }
        inheriting = [place for place, number in enumerate(self._numbers) if number in lists] if lists else ()
        return (*self._rows(view).several, *inheriting)

    def _values(self, view: TableView, column: str, cells: Column, several: Sequence[int]) -> Sequence[str] | None:
        table = view.table.name
        distinct = set(cells)
        odd = {text for text in distinct if text and (text[0] in "|/" or goes_on(text))}
        absent = None in distinct or "" in distinct
        if not absent and not odd and not several:
            return cells  # type: ignore[return-value]  # there is no None in it
        values = self._inheriting(view, column, cells) if absent else list(map(str, cells))
        if odd or several:
            for place, text in enumerate(cells):
                if text in odd:
                    values[place] = self._world.value(self._nodes[place], table, column)
            for place in several:
                values[place] = self._world.value(self._nodes[place], table, column)
        return values if any(values) else None

    def _inheriting(self, view: TableView, column: str, cells: Column) -> list[str]:
        """The cells, and what the groups give where they are empty."""
        giving = self._lists_with_rows(view)
        given = [""] * len(self._lists)
        rules: dict[int, Rule | None] = {}
        for number in giving:
            records = group_rows(view, self._lists[number]).records(column, gathers=False)
            if not records:
                continue
            piece, *more = records[0]
            if more or piece.goes_on:
                rules[number] = None
            elif is_rule(piece.raw):
                rules[number] = self._world.rule(piece.raw)
            else:
                given[number] = piece.raw
        if not rules:
            if not any(given):
                return [text or "" for text in cells]
            return [text or given[number] for text, number in zip(cells, self._numbers, strict=True)]
        return [
            text or (self._worked_out(view, column, place, rules[number]) if number in rules else given[number])
            for place, (text, number) in enumerate(zip(cells, self._numbers, strict=True))
        ]

    def _worked_out(self, view: TableView, column: str, place: int, rule: Rule | None) -> str:
        node = self._nodes[place]
        return self._world.value(node, view.table.name, column) if rule is None else self._world.outcome(rule, node)

    def is_there(self) -> Sequence[bool]:
        """Which of the nodes exist."""
        return self._rows(self._world.snapshot.table("nodelist")).found()

    def _rows(self, view: TableView) -> OwnRows:
        found = self._own.get(view.table.name)
        if found is None:
            found = self._own[view.table.name] = OwnRows(view, self._nodes)
        return found

    def _lists_with_rows(self, view: TableView) -> Sequence[int]:
        """The numbers of the lists of groups that have rows in a table."""
        table = view.table.name
        found = self._giving.get(table)
        if found is None:
            found = [number for number, names in enumerate(self._lists) if group_rows(view, names)]
            self._giving[table] = found
        return found

    @cached_property
    def _numbered(self) -> tuple[Sequence[int], Sequence[tuple[str, ...]]]:
        """For each node the number of its list of groups, and the lists."""
        numbers: dict[tuple[str, ...], int] = {}
        of_texts: dict[str | None, int] = {}
        view = self._world.snapshot.table("nodelist")
        texts = self._rows(view).column(view.layout.place("groups")) or (None,) * len(self._nodes)
        for text in dict.fromkeys(texts):
            of_texts[text] = numbers.setdefault(self._world.list_in(text or ""), len(numbers))
        return list(map(of_texts.__getitem__, texts)), tuple(numbers)

    @property
    def _numbers(self) -> Sequence[int]:
        return self._numbered[0]

    @property
    def _lists(self) -> Sequence[tuple[str, ...]]:
        return self._numbered[1]
