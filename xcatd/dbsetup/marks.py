"""The mark of a database whose tables were moved away: nobody needs the rows in it."""

from __future__ import annotations

from xcatd.store.catchup import MOVED


def marks_table() -> str:
    """The table that has the mark."""
    from xcatd.store.engine.metadata import REVISIONS  # SQLAlchemy is loaded with it

    return REVISIONS.name


def is_marked(prefix: str = "") -> str:
    """The statement that answers 1 where the mark is; `prefix`: what stands before the table's name."""
    return f"SELECT 1 FROM {prefix}{marks_table()} WHERE name = '{MOVED}';\n"
