"""Rows come out of a history entry as they went in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xcatd.store import STANDARD, Values
from xcatd.store.history import RowChange
from xcatd.store.history.packing import pack, unpack
from xcatd.store.tabledraft import Effect, Pair

SITE = STANDARD.layouts["site"]

texts = st.none() | st.sampled_from(["", "a", "grüße", "[", "\udcff", "line\nline"]) | st.text(max_size=5)
rows = st.tuples(texts, texts, texts, texts)


def cells(row: Values) -> dict[str, str | None]:
    return dict(zip(SITE.columns, row, strict=True))


@given(
    st.lists(rows, max_size=4),
    st.lists(st.tuples(rows, rows), max_size=4),
    st.lists(rows, max_size=4),
    st.sampled_from([1, 1500]),
)
def test_rows_come_back(removed: list[Values], changed: list[Pair], added: list[Values], times: int) -> None:
    effect = Effect(SITE, removed * times, changed, added)
    if not effect:
        return
    packed = pack(effect, lambda: None)
    assert unpack(packed, "site", SITE.columns, lambda: None) == [
        *(RowChange("site", cells(row), None) for row in effect.removed),
        *(RowChange("site", cells(old), cells(new)) for old, new in effect.changed),
        *(RowChange("site", None, cells(row)) for row in effect.added),
    ]


def test_one_row_is_not_compressed_and_many_are() -> None:
    row = ("master", "10.0.0.1", None, None)
    assert pack(Effect(SITE, [], [], [row]), lambda: None) == b'[1,null,{"key":"master","value":"10.0.0.1"}]\n'
    assert len(pack(Effect(SITE, [], [], [row] * 100_000), lambda: None)) < 1000


def test_a_long_one_lets_others_run() -> None:
    breaths: list[int] = []
    row = ("master", "10.0.0.1", None, None)
    unpack(pack(Effect(SITE, [], [], [row] * 10_000), lambda: breaths.append(1)), "site", (), lambda: breaths.append(1))
    assert len(breaths) == 10
