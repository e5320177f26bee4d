"""The rows of the table `notification`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xcatd.store import TableView


@dataclass(frozen=True, slots=True)
class Hook:
    """A program, and what it wants to know. `actions` are letters: a row added, updated or deleted."""

    file: str
    tables: frozenset[str]
    actions: frozenset[str]

    @property
    def is_module(self) -> bool:
        """Whether it is a Perl module, which xCAT loaded and called; here nothing can."""
        return self.file.endswith(".pm")


def hooks_of(view: TableView) -> Iterator[Hook]:
    """The hooks that are in use."""
    for row in view.rows:
        if not row.hidden:
            tables = frozenset(name.strip() for name in row["tables"].split(","))
            yield Hook(row["filename"], tables, frozenset(row["tableops"]) & frozenset("aud"))
