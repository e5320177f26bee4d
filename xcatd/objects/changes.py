"""Assignments to attributes turned into changes of tables, for chdef, mkdef, rmdef and imports (definitions.md).

    outcome = changes_for_many(world, "node", [("n1", {"mgt": "ipmi"}), ("n2", {"mgt": "ipmi"})])
    await store.write(outcome.changes, author=...)

The work for many objects is done once where it is the same for all of them: attributes are found in the map, and
conditions decided, per set of attributes and values of what decides, not per object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from xcatd.errors import UsageError
from xcatd.objects.attributes import ObjectType
from xcatd.objects.kinds import LOGS, SITE, type_in
from xcatd.objects.world import World
from xcatd.objects.writing.group import GroupWriter
from xcatd.objects.writing.groups import Memberships
from xcatd.objects.writing.mapped import MappedWriter, Wishes
from xcatd.objects.writing.outcome import Mode, Outcome
from xcatd.objects.writing.removal import Removal
from xcatd.objects.writing.renaming import renaming
from xcatd.objects.writing.settings import MonitoringWriter, SiteWriter, site_keys
from xcatd.store import Change, Delete

__all__ = [
    "Mode",
    "Outcome",
    "Wishes",
    "Writing",
    "changes_for",
    "changes_for_many",
    "changes_to_remove",
    "changes_to_rename",
    "type_to_write",
]

Complain = Callable[[UsageError], None]
_Writer = MappedWriter | GroupWriter | SiteWriter | MonitoringWriter


class Writing:
    """Objects that get attributes: what has been asked so far, as one `outcome`.

    `take` may be called again and again, a portion of the objects each time, so that a caller can let others run
    meanwhile. Take nodes before groups that name them as members. `mode` says what a text does to an attribute. With
    `replace`, objects that exist lose what they have first.
    """

    def __init__(self, world: World, mode: Mode = "set", *, replace: bool = False) -> None:
        self._world = world
        self._mode = mode
        self._replace = replace
        self._outcome = Outcome()
        self._memberships = Memberships(world)
        self._writers: dict[str, _Writer] = {}

    def take(self, kind: str, wishes: Wishes) -> None:
        """Work out what objects of one type get. Unknown objects are created. Raises UsageError for a type that does not
        exist, or whose objects are records of a log."""
        if kind not in self._writers:
            self._writers[kind] = self._writer(kind)
        self._writers[kind].take(wishes)

    def outcome(self) -> Outcome:
        """All that was asked. Nothing may be taken afterwards."""
        self._outcome.changes += self._memberships.changes()
        return self._outcome

    def _writer(self, kind: str) -> _Writer:
        found, world, mode = type_to_write(self._world, kind), self._world, self._mode
        if kind == "site":
            return SiteWriter(world, mode, self._outcome, replace=self._replace)
        if kind == "group":
            return GroupWriter(world, found, mode, self._outcome, self._memberships, replace=self._replace)
        mapped = MappedWriter(world, found, mode, self._outcome, self._memberships, replace=self._replace)
        if kind == "monitoring":
            return MonitoringWriter(world, found, mode, self._outcome, mapped, replace=self._replace)
        return mapped


def type_to_write(world: World, kind: str) -> ObjectType:
    """The type of this name. Raises UsageError when there is none, or when its objects cannot be created or changed."""
    if kind in LOGS:
        raise UsageError(f"Objects of type '{kind}' are records of a log: they can be shown and removed, not changed.")
    return type_in(world.types, kind)


def changes_for_many(
    world: World,
    kind: str,
    wishes: Iterable[tuple[str, Mapping[str, str]]],
    mode: Mode = "set",
    *,
    replace: bool = False,
) -> Outcome:
    """What it takes to give objects of one type these attributes: (name, attribute -> text); "" clears.

    Objects that do not exist are created; a node needs `groups` then. A group's `members` is a noderange. Fast for
    100,000 nodes, most of all when objects that get the same share one mapping. Names of attributes are today's ones.
    Nothing is raised for a single object: look at `errors` of the outcome. Raises UsageError for a type that does not
    exist, or whose objects cannot be changed.
    """
    writing = Writing(world, mode, replace=replace)
    writing.take(kind, list(wishes))
    return writing.outcome()


def changes_for(
    world: World,
    kind: str,
    name: str,
    assignments: Mapping[str, str],
    mode: Mode = "set",
    complain: Complain | None = None,
) -> list[Change]:
    """The changes that give one object these attributes.

    Raises UsageError for the first thing that is wrong; with `complain`, everything goes there and the rest is done.
    """
    outcome = changes_for_many(world, kind, [(name, assignments)], mode)
    for error in outcome.errors:
        if complain is None:
            raise UsageError(error)
        complain(UsageError(error))
    return outcome.changes


def changes_to_remove(world: World, kind: str, names: Sequence[str]) -> list[Change]:
    """What it takes to remove objects of one type: their rows in all tables of the map, disabled ones too.

    Nodes lose their rows in other tables as well. Groups also leave nodelist.groups of their members, monitoring plug-ins
    lose their settings, and the site all its rows. Names that are no objects do no harm.
    """
    if kind == "site":
        return [Delete("site", {"key": key}) for key in site_keys(world)] if SITE in names else []
    if kind in LOGS:
        return [Delete(kind, {"recid": name}) for name in names]
    changes: list[Change] = [*Removal(world, type_in(world.types, kind), everywhere=kind == "node").of(names)]
    if kind == "monitoring":
        settings = world.snapshot.table("monsetting")
        changes += [Delete("monsetting", {"name": name}) for name in names if settings.find(name)]
    if kind == "group":
        memberships = Memberships(world)
        for name in names:
            for node in world.members(name) or ():
                memberships.remove(node, name)
        changes += memberships.changes()
    return changes


def changes_to_rename(world: World, kind: str, old: str, new: str) -> list[Change]:
    """What it takes to give an object another name. Raises UsageError for a type whose objects cannot be renamed."""
    if kind == "site":
        raise UsageError(f"The site is always called {SITE}.")
    return list(renaming(world, type_to_write(world, kind), old, new))
