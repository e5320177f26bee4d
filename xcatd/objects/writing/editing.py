"""The whole texts that objects get, made from what they have and what is given."""

from __future__ import annotations

from xcatd.objects.attributes import ObjectType
from xcatd.objects.nics import with_value
from xcatd.objects.nodes import read_attributes
from xcatd.objects.world import World
from xcatd.objects.writing.given import Given
from xcatd.objects.writing.lists import absent_items, delimiter_of, with_items, without_items
from xcatd.objects.writing.outcome import Mode, Outcome
from xcatd.objects.writing.plan import Plans


class Editing:
    """Adds items to lists, takes items out of them, and puts values of single NICs in their places."""

    def __init__(self, world: World, kind: ObjectType, mode: Mode, outcome: Outcome, plans: Plans) -> None:
        self._world = world
        self._kind = kind
        self._mode = mode
        self._outcome = outcome
        self._plans = plans

    def edited(self, name: str, given: Given, *, stored: bool) -> dict[str, str] | None:
        """The whole texts that are to be written, made from what one object has and what is given. Lists that stay as
        they are are left out; None: there is nothing but lists from which nothing can be taken, as `outcome` heard."""
        texts: dict[str, str] = {}
        failures = 0
        for attribute, text in given.texts.items():
            before = "" if self._mode == "set" else self._current(name, attribute, stored=stored)
            whole = text if self._mode == "set" else self._with(name, attribute, before, text)
            failures += whole is None
            if whole is not None and (self._mode == "set" or whole != before):
                texts[attribute] = whole
        for attribute, by_nic in given.nics.items():
            texts[attribute] = texts.get(attribute) or self._current(name, attribute, stored=stored)
            for nic, text in by_nic.items():
                texts[attribute] = with_value(texts[attribute], nic, text)
        return None if failures and failures == len(given.texts) else texts

    def _with(self, name: str, attribute: str, before: str, text: str) -> str | None:
        """The list with items more or less; None when they are not there. What a node inherits becomes its own."""
        delimiter = delimiter_of(attribute)
        if self._mode == "append":
            return with_items(before, text, delimiter) if before else text
        if not before:
            self._outcome.complain(f"No value got for attribute '{attribute}' for the '{name}' definition.")
            return None
        absent = absent_items(before, text, delimiter)
        for item in absent:
            self._outcome.complain(f"{item} is not in the attribute of '{attribute}' for the '{name}' definition.")
        return None if absent else without_items(before, text, delimiter)

    def _current(self, name: str, attribute: str, *, stored: bool) -> str:
        if not stored:
            return ""
        entries = self._plans.entries(attribute)
        if self._kind.name == "node" and len(entries) == 1 and not (entries[0].only_if or entries[0].fixed):
            return self._world.value(name, entries[0].table, entries[0].column)
        return read_attributes(self._world, self._kind, name, {attribute}).get(attribute, "")
