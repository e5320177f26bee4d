"""The site, and the settings of monitoring plug-ins: objects whose attributes may have any name, a row each."""

from __future__ import annotations

from collections.abc import Mapping

from xcatd.objects.attributes import ObjectType
from xcatd.objects.kinds import SITE
from xcatd.objects.world import World
from xcatd.objects.writing.lists import with_items, without_items
from xcatd.objects.writing.mapped import MappedWriter, Wishes
from xcatd.objects.writing.outcome import Mode, Outcome
from xcatd.store import Delete, Put


class SiteWriter:
    """Works out the changes of the site table; an attribute without a value has no row."""

    def __init__(self, world: World, mode: Mode, outcome: Outcome, *, replace: bool) -> None:
        self._world = world
        self._table = world.snapshot.table("site")
        self._mode = mode
        self._outcome = outcome
        self._replace = replace

    def take(self, wishes: Wishes) -> None:
        """Work out what the site gets."""
        for name, attributes in wishes:
            if name != SITE:
                self._outcome.refuse(f"Could not find an object named '{name}' of type 'site'; the only one is {SITE}.")
                continue
            if self._replace:
                self._outcome.changes += [Delete("site", {"key": key}) for key in site_keys(self._world)]
            for key, text in attributes.items():
                value = text if self._replace else _edited(self._value(key), text, self._mode)
                self._outcome.changes.append(
                    Put("site", {"key": key}, {"value": value}) if value else Delete("site", {"key": key})
                )
            self._outcome.wrote("site", [name], new=False)

    def _value(self, key: str) -> str:
        rows = self._table.find(key)
        return rows[0]["value"] if rows else ""


class MonitoringWriter:
    """Works out the changes for monitoring plug-ins: attributes that the map does not know are rows of monsetting."""

    def __init__(
        self, world: World, kind: ObjectType, mode: Mode, outcome: Outcome, mapped: MappedWriter, *, replace: bool
    ) -> None:
        self._world = world
        self._kind = kind
        self._mode = mode
        self._outcome = outcome
        self._mapped = mapped
        self._replace = replace

    def take(self, wishes: Wishes) -> None:
        """Work out what these plug-ins get."""
        for name, attributes in wishes:
            known = {key: text for key, text in attributes.items() if key in self._kind.names}
            before = self._outcome.count
            self._mapped.take([(name, known)])
            if self._outcome.count > before:
                self._set(name, {key: text for key, text in attributes.items() if key not in known})

    def _set(self, name: str, settings: Mapping[str, str]) -> None:
        old = {row["key"]: row["value"] for row in self._world.snapshot.table("monsetting").find(name)}
        if self._replace and old:
            self._outcome.changes.append(Delete("monsetting", {"name": name}))
            old = {}
        for key, text in settings.items():
            value = _edited(old.get(key, ""), text, self._mode)
            if value or key in old:
                self._outcome.changes.append(Put("monsetting", {"name": name, "key": key}, {"value": value or None}))


def site_keys(world: World) -> list[str]:
    """The attributes of the site, disabled ones too."""
    return [row["key"] for row in world.snapshot.table("site").rows]


def _edited(before: str, text: str, mode: Mode) -> str:
    if mode == "set":
        return text
    return with_items(before, text) if mode == "append" else without_items(before, text)
