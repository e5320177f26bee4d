"""What callers of mkdef and chdef ask for: objects, and the attributes that they are to get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xcatd.objects import World
from xcatd.objects.aliases import canonical
from xcatd.objects.kinds import OPEN
from xcatd.objects.nics import split_name

Wishes = list[tuple[str, Mapping[str, str]]]
"""(name, attribute -> text). What is typed is one mapping for all objects."""


@dataclass(slots=True)
class Asked:
    """What is to be done: the objects of each type, and the errors in what was said about them."""

    wishes: dict[str, Wishes] = field(default_factory=dict)
    errors: dict[str, None] = field(default_factory=dict)

    @property
    def names(self) -> list[tuple[str, str]]:
        """(type, name) of all objects."""
        return [(kind, name) for kind, wishes in self.wishes.items() for name, _ in wishes]


class Attributes:
    """Which attributes there are, each looked up once."""

    def __init__(self, world: World) -> None:
        self._types = world.types
        self._today: dict[tuple[str, str], str] = {}

    def sorted_out(self, kind: str, given: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
        """What is given, under the names of today, and the names that objects of the type do not have."""
        known: dict[str, str] = {}
        unknown: list[str] = []
        for attribute, text in given.items():
            today = self._name_of_today(kind, attribute)
            if today:
                known[today] = text
            else:
                unknown.append(attribute)
        return known, unknown

    def _name_of_today(self, kind: str, attribute: str) -> str:
        """ "" for none. The site and monitoring plug-ins may have any."""
        place = (kind, attribute)
        if place not in self._today:
            today = canonical(kind, attribute)
            is_known = kind in OPEN or split_name(today)[0] in self._types[kind].names
            self._today[place] = today if is_known else ""
        return self._today[place]


def unknown_attribute(kind: str, attribute: str) -> str:
    """xCAT's sentence about an attribute that is none."""
    return f"'{split_name(attribute)[0]}' is not a valid attribute name for an object type of '{kind}'."
