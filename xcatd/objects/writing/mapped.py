"""Objects whose attributes are cells of tables that the map names: nodes, images, networks, and what groups have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xcatd.objects.attributes import ObjectType
from xcatd.objects.world import World
from xcatd.objects.writing.checks import Checks
from xcatd.objects.writing.deciding import Deciding
from xcatd.objects.writing.editing import Editing
from xcatd.objects.writing.given import Given, read_given
from xcatd.objects.writing.groups import Memberships
from xcatd.objects.writing.lists import items, without_items
from xcatd.objects.writing.outcome import Mode, Outcome
from xcatd.objects.writing.plan import Plan, Plans, RowPlan
from xcatd.objects.writing.removal import Removal
from xcatd.objects.writing.rows import StoredRows
from xcatd.store import Put

Wishes = Sequence[tuple[str, Mapping[str, str]]]
"""(name, attribute -> text) of objects of one type. Objects that get the same should share the mapping: what depends on it
alone is then done once."""


class MappedWriter:
    """Works out the changes for objects of one type.

    With `replace`, objects that exist lose all they have before they get something.
    """

    def __init__(
        self, world: World, kind: ObjectType, mode: Mode, outcome: Outcome, memberships: Memberships, *, replace: bool
    ) -> None:
        self._world = world
        self._kind = kind
        self._mode = mode
        self._outcome = outcome
        self._memberships = memberships
        self._replace = replace
        self._plans = Plans(kind)
        self._rows = StoredRows(world)
        self._deciding = Deciding(world, kind, self._plans, self._rows)
        self._defaults = _default_scripts(world) if kind.name in ("node", "group") else {}
        self._checks = Checks(world, kind.name)
        self._editing = Editing(world, kind, mode, outcome, self._plans)
        self._removal = Removal(world, kind)

    def take(self, wishes: Wishes) -> None:
        """Work out what these objects get."""
        for attributes, names in _runs(wishes):
            given = read_given(self._kind, attributes, self._mode, self._outcome)
            if given is not None:
                self._take_alike(self._rightly_named(names, given), given)

    def _rightly_named(self, names: list[str], given: Given) -> list[str]:
        if given.named is None or all(name == given.named for name in names):
            return names
        self._outcome.refuse(f"'{self._kind.key}' is the name of the object itself: use chdef -n to change it.")
        return []

    def _take_alike(self, names: Sequence[str], given: Given) -> None:
        """Work out what objects get of which the same is asked."""
        there = self.existing(names)
        known = set(there)
        made = [name for name in names if name not in known]
        if self._replace and there:
            there = [name for name in there if self._may_be_made(name, given, new=False)]
            self._outcome.changes += self._removal.of(there)
            self._assign(there, given, stored=False, new=False)
        elif there:
            self._assign(there, given, stored=True, new=False)
        if made:
            made = [name for name in made if self._may_be_made(name, given, new=True)]
            self._assign(made, given, stored=False, new=True)

    def existing(self, names: Sequence[str]) -> list[str]:
        """Those of the names that are objects."""
        if self._kind.name == "node":
            nodes = self._world.snapshot.table("nodelist").keys()
            return [name for name in names if name in nodes]
        if self._kind.name == "group":
            return [name for name in names if self._world.has_group(name)]
        entry = self._plans.entries(self._kind.key)[0]
        row = RowPlan(entry.table, entry.key, entry.fixed, ())
        return [name for name in names if self._rows.of(row, name)]

    def _may_be_made(self, name: str, given: Given, *, new: bool) -> bool:
        if self._mode == "remove":
            self._outcome.refuse(f"The '-m' option is not valid since the '{name}' definition does not exist.")
            return False
        problem = self._checks.problem_of_made(name, given.texts, new=new)
        if problem:
            self._outcome.refuse(problem)
        return not problem

    def _assign(self, names: Sequence[str], given: Given, *, stored: bool, new: bool) -> None:
        """Find the texts that the objects get, and write them."""
        if self._mode == "set" and not given.nics:
            self.write(names, given.texts, stored=stored, new=new)
            return
        alike: dict[tuple[tuple[str, str], ...], list[str]] = {}
        for name in names:
            texts = self.edited(name, given, stored=stored)
            if texts is not None:
                alike.setdefault(tuple(texts.items()), []).append(name)
        for pairs, some in alike.items():
            self.write(some, dict(pairs), stored=stored, new=new)

    def edited(self, name: str, given: Given, *, stored: bool) -> dict[str, str] | None:
        """See `Editing.edited`."""
        return self._editing.edited(name, given, stored=stored)

    def write(self, names: Sequence[str], texts: Mapping[str, str], *, stored: bool, new: bool) -> None:
        """Work out the changes for objects that get the same whole texts. `stored`: what they have counts."""
        texts = self._without_defaults(names, texts)
        if self._checks.are_needed:
            names = [name for name in names if self._is_sound(name, texts, stored=stored)]
        for plan, alike in self._planned(names, texts, stored=stored):
            self._put(alike, plan, texts, stored=stored, new=new)

    def _without_defaults(self, names: Sequence[str], texts: Mapping[str, str]) -> Mapping[str, str]:
        """Leave out of script lists what the row xcatdefaults gives to all nodes: it would run twice."""
        twice = {
            column: [script for script in items(texts.get(column, "")) if script in defaults]
            for column, defaults in self._defaults.items()
        }
        kept = dict(texts)
        for column, scripts in twice.items():
            if scripts:
                kept[column] = without_items(texts[column], ",".join(scripts))
            for name in names if scripts else ():
                for script in scripts:
                    warning = f"{name}: {column} '{script}' is already included in the 'xcatdefaults'."
                    self._outcome.warnings[warning] = None
        return kept

    def _is_sound(self, name: str, texts: Mapping[str, str], *, stored: bool) -> bool:
        found = self._checks.problems_of(name, texts, stored=stored)
        if found:
            self._outcome.refuse(*found)
        return not found

    def _planned(
        self, names: Sequence[str], texts: Mapping[str, str], *, stored: bool
    ) -> Iterator[tuple[Plan, Sequence[str]]]:
        """The plans for objects, and the objects of each; those for which there is none are refused."""
        attributes = tuple(texts)
        deciders = self._plans.deciders(attributes)
        if not deciders:
            yield self._plans.plan(attributes, ()), names
            return
        columns = [self._deciding.values(names, decider, texts, stored=stored) for decider in deciders]
        by_plan: dict[int, tuple[Plan, list[str]]] = {}
        for name, decided in zip(names, zip(*columns, strict=True), strict=True):
            plan = self._plans.plan(attributes, decided)
            if plan.refused:
                also = tuple(self._deciding.all_values(name, decider, texts, stored=stored) for decider in deciders)
                plan = self._plans.plan(attributes, decided, also)
            if plan.refused:
                self._outcome.refuse(*plan.refused)
            else:
                by_plan.setdefault(id(plan), (plan, []))[1].append(name)
        yield from by_plan.values()

    def _put(self, names: Sequence[str], plan: Plan, texts: Mapping[str, str], *, stored: bool, new: bool) -> None:
        """Add the changes. A cell of a row that is not there needs no clearing."""
        if stored:
            names = self._with_one_row(names, plan)
        if not names:
            return
        changes = self._outcome.changes
        if new and not any(row.table == self._kind.table for row in plan.rows):
            entry = self._plans.entries(self._kind.key)[0]
            changes += [Put(entry.table, {entry.key: name}, {}) for name in names]
        for row in plan.rows:
            cells = {column: texts[attribute] or None for column, attribute in row.cells}
            concerned = names
            if not any(cells.values()):
                concerned = self._rows.having(names, row.table, row.key) if stored else ()
            if row.fixed:
                changes += [Put(row.table, row.where(name), cells) for name in concerned]
            else:
                changes += [Put(row.table, {row.key: name}, cells) for name in concerned]
        self._outcome.wrote(self._kind.name, names, new=new)
        if self._kind.name == "node" and "groups" in texts:
            self._memberships.assigned(names, texts["groups"])

    def _with_one_row(self, names: Sequence[str], plan: Plan) -> Sequence[str]:
        """The objects whose rows can be told apart; the others are refused."""
        for row in plan.rows:
            if self._rows.may_be_many(row):
                names = [name for name in names if self._has_one_row(name, row)]
        return names

    def _has_one_row(self, name: str, row: RowPlan) -> bool:
        count = len(self._rows.of(row, name))
        if count > 1:
            attribute = row.cells[0][1]
            self._outcome.refuse(f"'{name}' has {count} rows in table {row.table}: change '{attribute}' with chtab.")
        return count < 2


def _default_scripts(world: World) -> dict[str, set[str]]:
    """The scripts of all nodes, by the attribute that lists them."""
    rows = world.snapshot.table("postscripts").find("xcatdefaults")
    return {
        column: {script for row in rows for script in items(row[column])}
        for column in ("postscripts", "postbootscripts")
    }


def _runs(wishes: Wishes) -> Iterator[tuple[Mapping[str, str], list[str]]]:
    """Neighbours that share a mapping, together."""
    names: list[str] = []
    for number, (name, attributes) in enumerate(wishes):
        names.append(name)
        if number + 1 == len(wishes) or wishes[number + 1][1] is not attributes:
            yield attributes, names
            names = []
