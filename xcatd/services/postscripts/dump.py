"""`tabdump(table)` in a template: whole tables that are about the cluster and not about one node."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from xcatd.services.postscripts.here import Here
from xcatd.services.postscripts.quoting import export
from xcatd.store.secret import is_secret

SHOWN: Final = frozenset(
    ("boottarget", "kit", "kitcomponent", "kitrepo", "linuximage", "networks", "osdistro", "osimage", "routes")
)
"""Those that nodes may have. All others have secrets, or are nobody else's business."""


def dump(here: Here, node: str, *, table: str) -> Iterator[str]:
    """TABLE_LINES, how many rows; TABLE_LINE1 ... with `column=value||column=value`."""
    view = here.world.snapshot.table(table)
    yield view.cached("for nodes", lambda: "\n".join(_lines(here, table)))


def _lines(here: Here, table: str) -> Iterator[str]:
    view = here.world.snapshot.table(table)
    rows = [row for row in view.rows if not row.hidden]
    columns = [column for column in view.table.column_names if not is_secret(table, column) and column != "disable"]
    # Comments may have anything in them: they are last, so that who splits the line has read all else.
    columns.sort(key="comments".__eq__)
    yield export(f"{table.upper()}_LINES", str(len(rows)))
    for number, row in enumerate(rows, 1):
        text = "||".join(f"{column}={row[column].replace('||', '|')}" for column in columns)
        yield export(f"{table.upper()}_LINE{number}", text)
