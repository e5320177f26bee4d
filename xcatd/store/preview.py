"""What changes would do, in words: for `--dry-run`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xcatd.store.changes import Append, Change, check
from xcatd.store.draft import Draft, Steps
from xcatd.store.row import Layout, Values
from xcatd.store.snapshot import Snapshot


def preview(snapshot: Snapshot, changes: Sequence[Change]) -> Iterator[str]:
    """A line for each row that these changes would add, change or delete. Raises what `Store.write` would raise."""
    for change in changes:
        check(change)
    draft = Draft(snapshot)
    draft.take(changes, lambda: None)
    for steps in draft.steps():
        yield from _lines(steps)
    for log in draft.logs():
        yield f"{log.table}: would {'add a record' if isinstance(log, Append) else 'delete records'}"


def _lines(steps: Steps) -> Iterator[str]:
    layout = steps.layout
    for old in steps.deleted:
        yield f"{_row(layout, old)}: would be deleted"
    for old, new in steps.updated:
        pairs = zip(layout.columns, old, new, strict=True)
        cells = [f"{column} {_shown(before)} -> {_shown(after)}" for column, before, after in pairs if before != after]
        yield f"{_row(layout, new)}: {', '.join(cells)}"
    for new in steps.inserted:
        cells = [f"{column}={_shown(text)}" for column, text in zip(layout.columns, new, strict=True) if text]
        yield f"{_row(layout, new)}: would be added: {', '.join(cells)}"


def _row(layout: Layout, values: Values) -> str:
    keys = [f"{column}={values[layout.position[column]] or ''}" for column in layout.table.keys]
    return f"{layout.table.name} {','.join(keys)}"


def _shown(text: str | None) -> str:
    return text if text else "(empty)"
