"""In which cells attributes are stored: worked out once for all objects on which the same is decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xcatd.objects.attributes import Attribute, ObjectType
from xcatd.objects.entries import applies


@dataclass(frozen=True, slots=True)
class RowPlan:
    """A row of an object: its table, the column that holds the object's name, the cells that choose among the object's
    rows, and the cells to be written as (column, attribute)."""

    table: str
    key: str
    fixed: tuple[tuple[str, str], ...]
    cells: tuple[tuple[str, str], ...]

    def where(self, name: str) -> dict[str, str]:
        """The columns that lead to the row of one object."""
        return {self.key: name, **dict(self.fixed)}


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows that hold some attributes; `refused` are sentences about those that cannot be stored."""

    rows: tuple[RowPlan, ...]
    refused: tuple[str, ...]


class Plans:
    """The plans of one type of objects. All cells that apply are written, because each is read by somebody."""

    def __init__(self, kind: ObjectType) -> None:
        self._entries: dict[str, list[Attribute]] = {}
        for entry in kind.attributes:
            self._entries.setdefault(entry.name, []).append(entry)
        self._deciders: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._plans: dict[tuple[tuple[str, ...], ...], Plan] = {}

    def entries(self, attribute: str) -> Sequence[Attribute]:
        """The entries of the map for one attribute."""
        return self._entries.get(attribute, ())

    def deciders(self, attributes: tuple[str, ...]) -> tuple[str, ...]:
        """The attributes whose values decide where, or whether, these are stored."""
        if attributes not in self._deciders:
            found = (entry.only_if[0] for name in attributes for entry in self.entries(name) if entry.only_if)
            self._deciders[attributes] = tuple(dict.fromkeys(found))
        return self._deciders[attributes]

    def plan(self, attributes: tuple[str, ...], decided: tuple[str, ...], also: tuple[str, ...] = ()) -> Plan:
        """The plan for attributes, given the values of their deciders. Where those allow no cell, `also` is asked:
        other values that the deciders have, or had."""
        question = (attributes, decided, also)
        if question not in self._plans:
            self._plans[question] = self._made(attributes, decided, also)
        return self._plans[question]

    def _made(self, attributes: tuple[str, ...], decided: tuple[str, ...], also: tuple[str, ...]) -> Plan:
        deciders = self.deciders(attributes)
        values = dict(zip(deciders, decided, strict=True))
        wider = dict(zip(deciders, also, strict=False))
        rows: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[tuple[str, str]]] = {}
        refused = []
        for attribute in attributes:
            entries = self.entries(attribute)
            chosen = [entry for entry in entries if applies(entry, values)]
            chosen = chosen or [entry for entry in entries if applies(entry, wider)]
            if not chosen:
                refused.append(_refusal(attribute, entries))
            for entry in chosen:
                rows.setdefault((entry.table, entry.key, entry.fixed), []).append((entry.column, attribute))
        return Plan(tuple(RowPlan(*place, tuple(cells)) for place, cells in rows.items()), tuple(refused))


def _refusal(attribute: str, entries: Sequence[Attribute]) -> str:
    """xCAT's words. Scripts look for them."""
    conditions = [entry.only_if for entry in entries if entry.only_if]
    decider = conditions[-1][0]
    words = sorted({word for name, word in conditions if name == decider})
    return f"Cannot set the attr='{attribute}' attribute unless {decider} value is {' or '.join(words)}."
