"""What came of assignments: the changes of tables, and what is to be said about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from xcatd.store import Change

Mode = Literal["set", "append", "remove"]
"""What a given text does to an attribute: replace it, add items to its list, take items out."""

Assignments = dict[str, str]
"""attribute -> text; "" clears."""


@dataclass(slots=True)
class Outcome:
    """Gathered while assignments are worked out.

    `changes` belong together: all of them or none. `written` and `created` are names of objects by type; an object in
    `created` is in `written` too. `errors` and `warnings` are sentences, each once. `is_partial`: an object, or an
    attribute that is none, was left out.
    """

    changes: list[Change] = field(default_factory=list)
    written: dict[str, list[str]] = field(default_factory=dict)
    created: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, None] = field(default_factory=dict)
    warnings: dict[str, None] = field(default_factory=dict)
    is_partial: bool = False

    def refuse(self, *sentences: str) -> None:
        """Take note of why an object or an attribute is left out."""
        self.errors |= dict.fromkeys(sentences)
        self.is_partial = True

    def complain(self, sentence: str) -> None:
        """Take note of a part of an assignment that means nothing; the rest is done."""
        self.errors[sentence] = None

    def wrote(self, kind: str, names: Iterable[str], *, new: bool) -> None:
        """These objects get something."""
        names = list(names)
        self.written.setdefault(kind, []).extend(names)
        if new:
            self.created.setdefault(kind, []).extend(names)

    @property
    def count(self) -> int:
        """How many objects get something."""
        return sum(map(len, self.written.values()))
