"""Equal tables have equal digests, and others do not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.tables import snapshot_of
from xcatd.hierarchy.digest import digest, digests
from xcatd.store import STANDARD, TableView

LAYOUT = STANDARD.layouts["site"]
cells = st.none() | st.sampled_from(["", "a", "b", "None", "'", "\\", "\n", "\udcff", "é"])
rows = st.lists(st.tuples(*[cells] * len(LAYOUT.columns)), max_size=3)


@given(rows, rows)
async def test_a_digest_tells_tables_apart(
    one: list[tuple[str | None, ...]], other: list[tuple[str | None, ...]]
) -> None:
    of_one, of_other = [await digest(TableView.of(LAYOUT, some)) for some in (one, other)]
    assert (of_one == of_other) == (one == other)


async def test_it_is_worked_out_once_for_each_view() -> None:
    snapshot = snapshot_of(nodelist=[{"node": f"n{number}"} for number in range(2000)])
    first = await digests(snapshot)
    view = snapshot.table("nodelist")
    later = snapshot.with_views({"nodelist": view.patched({"n7": None})}, 9)
    view.by_ident = {}
    assert await digests(snapshot) == first
    assert [name for name, text in (await digests(later)).items() if text != first[name]] == ["nodelist"]
