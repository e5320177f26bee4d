"""The network cuts bytes wherever it likes."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st

cuts = st.lists(st.integers(min_value=1, max_value=40), min_size=1, max_size=12)


def cut(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    """The data in pieces of these sizes, over and over."""
    start = 0
    while start < len(data):
        for size in sizes:
            yield data[start : start + size]
            start += size
