"""One write, as its history tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from xcatd.model import Origin


def moment(time: datetime) -> str:
    """A moment as entries have it."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Entry:
    """One write. A later one has a higher `id`; `at` is UTC with milliseconds, such as 2026-03-01T07:30:00.125Z.

    `tables`: the tables in which rows were touched, and how many in each.
    """

    id: int
    at: str
    origin: Origin
    tables: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class RowChange:
    """One whole row before and after: column -> text, or None for NULL. `before` None: the row was added; `after` None:
    it was removed. A row whose key changed was removed and added. The texts may be secrets: they are not masked.

    `Exact(table, after, before)` takes the change back, and refuses when the row has changed since.
    """

    table: str
    before: Mapping[str, str | None] | None
    after: Mapping[str, str | None] | None
