"""What decides where attributes are stored: the values that objects will have once the assignments are done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xcatd.objects.attributes import Attribute, ObjectType
from xcatd.objects.regex import is_rule
from xcatd.objects.world import World
from xcatd.objects.writing.lists import items
from xcatd.objects.writing.plan import Plans, RowPlan
from xcatd.objects.writing.rows import StoredRows


class Deciding:
    """The values of deciding attributes, for objects of one type.

    Everywhere `values` are the texts that all of the objects get, and `stored` says whether what they have counts: it
    does not for new objects, nor for those that are replaced.
    """

    def __init__(self, world: World, kind: ObjectType, plans: Plans, rows: StoredRows) -> None:
        self._world = world
        self._is_node = kind.name == "node"
        self._plans = plans
        self._rows = rows
        self._given: dict[tuple[str, str], str] = {}

    def values(self, names: Sequence[str], decider: str, values: Mapping[str, str], *, stored: bool) -> list[str]:
        """What each object will have: what it gets, else its own, else what its groups - its new ones - give."""
        given = values.get(decider)
        if given:
            return [self._worked_out(name, given) for name in names]
        entry = self._entry(decider)
        own = stored and given is None
        if not self._is_node:
            return [self._own(name, entry) if own else "" for name in names]
        if "groups" in values:
            groups = self._from_groups(values["groups"], entry)
            return [(self._own(name, entry) if own else "") or self._worked_out(name, groups) for name in names]
        if own:
            return self._world.column(names, entry.table, entry.column)
        return [self._world.inherited(name, entry.table, entry.column) if stored else "" for name in names]

    def all_values(self, name: str, decider: str, values: Mapping[str, str], *, stored: bool) -> str:
        """Everything that the object gets, has, or has from any of its groups: as xCAT does, a command may say both
        that a node changes and what fitted before."""
        entry = self._entry(decider)
        texts = [values.get(decider, "")]
        if stored:
            texts.append(
                self._world.value(name, entry.table, entry.column) if self._is_node else self._own(name, entry)
            )
        if self._is_node:
            groups = items(values.get("groups", ""))
            texts += [
                row[entry.column] for group in groups for row in self._world.snapshot.table(entry.table).find(group)
            ]
        return " ".join(filter(None, texts))

    def _entry(self, decider: str) -> Attribute:
        """Where the deciding attribute itself is stored. A condition that it has can only be on itself."""
        return self._plans.entries(decider)[0]

    def _own(self, name: str, entry: Attribute) -> str:
        rows = self._rows.of(RowPlan(entry.table, entry.key, entry.fixed, ()), name)
        return self._worked_out(name, rows[0][entry.column]) if rows else ""

    def _from_groups(self, groups: str, entry: Attribute) -> str:
        """What the first group that has a value gives, as it is stored."""
        question = (groups, f"{entry.table}.{entry.column}")
        if question not in self._given:
            view = self._world.snapshot.table(entry.table)
            texts = (row[entry.column] for group in items(groups) for row in view.find(group))
            self._given[question] = next(filter(None, texts), "")
        return self._given[question]

    def _worked_out(self, name: str, text: str) -> str:
        if not self._is_node or not is_rule(text):
            return text
        return self._world.outcome(self._world.rule(text), name)
