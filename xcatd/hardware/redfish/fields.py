"""JSON of a controller, read without trust: what is not of the expected type counts as not there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

TEXT = 1000
"""Characters of one value at most: values end up in lines on a terminal."""


class Fields:
    """An object of JSON. Each method takes the names on the way to a value: `text("Status", "Health")`."""

    __slots__ = ("data",)

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data

    def __contains__(self, name: str) -> bool:
        return name in self.data

    def text(self, *names: str) -> str:
        """A text on one line, or a number as text; "" when there is none."""
        value = self._value(names)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return ""
        return one_line(str(value))

    def number(self, *names: str) -> float | None:
        """A finite number, also one that was written as text."""
        value = self._value(names)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        try:
            number = float(value)
        except (ValueError, OverflowError):
            return None
        return number if math.isfinite(number) else None

    def flag(self, *names: str) -> bool | None:
        value = self._value(names)
        return value if isinstance(value, bool) else None

    def part(self, *names: str) -> Fields:
        """The object there; an empty one when there is none."""
        value = self._value(names)
        return Fields(value if isinstance(value, Mapping) else {})

    def parts(self, *names: str) -> list[Fields]:
        """The objects of the list there."""
        return [Fields(value) for value in self._list(names) if isinstance(value, Mapping)]

    def texts(self, *names: str) -> tuple[str, ...]:
        """The texts of the list there."""
        return tuple(one_line(value) for value in self._list(names) if isinstance(value, str))

    def link(self, *names: str) -> str:
        """The path of the resource that is referred to there; "" when there is none, or one that no path can be: paths, too, end up
        on a terminal."""
        value = self.part(*names).data.get("@odata.id")
        return value if isinstance(value, str) and value.isprintable() else ""

    def links(self, *names: str) -> list[str]:
        """The paths of the resources that the list there refers to."""
        return [path for part in self.parts(*names) if (path := part.link())]

    def allowed(self, name: str) -> tuple[str, ...]:
        """The values that the service says it takes for `name`; none: it does not say."""
        return self.texts(f"{name}@Redfish.AllowableValues")

    def _list(self, names: tuple[str, ...]) -> Iterator[Any]:
        value = self._value(names)
        return iter(value if isinstance(value, list) else ())

    def _value(self, names: tuple[str, ...]) -> Any:
        value: Any = self.data
        for name in names:
            if not isinstance(value, Mapping):
                return None
            value = value.get(name)
        return value


@dataclass(frozen=True, slots=True)
class Resource:
    """What is at a path: its fields, and the tag of this version of it ("" when the service has no tags)."""

    path: str
    fields: Fields
    etag: str = ""


def one_line(text: str) -> str:
    """Without line ends, control characters and more than `TEXT` characters."""
    return "".join(char if char.isprintable() else " " for char in text[:TEXT]).strip()
