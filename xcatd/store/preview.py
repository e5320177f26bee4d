"""What changes would do, in words: for `--dry-run`. Secrets are not shown, only that they would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from xcatd.store.changes import Append, Change, Check, Delete
from xcatd.store.draft import Draft
from xcatd.store.row import Layout, Values
from xcatd.store.secret import MASK, is_secret
from xcatd.store.snapshot import Snapshot
from xcatd.store.tabledraft import Steps


def preview(snapshot: Snapshot, changes: Sequence[Change]) -> Iterator[str]:
    """A line for each row that these changes would add, change or delete. Raises what `Store.write` would raise."""
    check = Check(snapshot.schema)
    for change in changes:
        check(change)
    draft = Draft(snapshot)
    draft.take(changes, lambda: None)
    for steps in draft.steps():
        yield from _lines(steps)
    yield from _log_lines(draft.logs())


def _log_lines(logs: Sequence[Append | Delete]) -> Iterator[str]:
    for log in logs:
        if isinstance(log, Delete):
            key = ",".join(f"{column}={text}" for column, text in log.where.items())
            yield f"{log.table} {key}: would be deleted" if key else f"{log.table}: all records would be deleted"
    for table, count in Counter(log.table for log in logs if isinstance(log, Append)).items():
        yield f"{table}: {count} {'record' if count == 1 else 'records'} would be added"


def _lines(steps: Steps) -> Iterator[str]:
    layout = steps.layout
    for old in steps.deleted:
        yield f"{_row(layout, old)}: would be deleted"
    for old, new in steps.updated:
        pairs = zip(layout.columns, old, new, strict=True)
        cells = [
            f"{column} {_shown(layout, new, column, before)} -> {_shown(layout, new, column, after)}"
            for column, before, after in pairs
            if before != after
        ]
        yield f"{_row(layout, new)}: {', '.join(cells)}"
    for new in steps.inserted:
        pairs_of_new = zip(layout.columns, new, strict=True)
        cells = [f"{column}={_shown(layout, new, column, text)}" for column, text in pairs_of_new if text]
        yield f"{_row(layout, new)}: would be added: {', '.join(cells)}"


def _row(layout: Layout, values: Values) -> str:
    cells = [(name, values[layout.position[name]]) for name in layout.table.keys]
    keys = [f"{name}={_shown(layout, values, name, text) if text else ''}" for name, text in cells]
    return f"{layout.table.name} {','.join(keys)}"


def _shown(layout: Layout, values: Values, column: str, text: str | None) -> str:
    if not text:
        return "(empty)"
    return MASK if is_secret(layout.table.name, column, values[layout.keys[0]] or "") else text
