"""Changes as lists. What travels is tested with the pieces on a link; here is what is none."""

from __future__ import annotations

import pytest

from xcatd.store import Put, Replace
from xcatd.store.packing import ROWS, Item, Unpacked, items


def test_a_long_replacement_is_several_items_and_one_change() -> None:
    rows = [{"key": str(number)} for number in range(2 * ROWS + 1)]
    packed = list(items([Replace("site", rows), Put("site", {"key": "a"}, {"value": None})]))
    assert [weight for _, weight in packed] == [1, ROWS, ROWS, 1, 1]
    unpacked = Unpacked()
    for item, _ in packed:
        unpacked.take(item)
    assert unpacked.changes == [Replace("site", rows), Put("site", {"key": "a"}, {"value": None})]


@pytest.mark.parametrize("item", [[], ["drop", "site"], ["put", "site"], ["put", 3, {}, {}], ["rows", 3]])
def test_anything_else_is_refused(item: Item) -> None:
    with pytest.raises(ValueError):
        Unpacked().take(item)
