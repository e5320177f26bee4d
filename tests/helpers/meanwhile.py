"""What somebody else does or sees while a test does something."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.helpers.cluster import PATIENCE


@contextmanager
def meanwhile(look: Callable[[], None], pause: float = 0.0) -> Iterator[None]:
    """Look again and again, `pause` seconds apart, in a thread until the block ends: once at least before it begins. What a
    look raises is raised at the end of the block."""
    seen, over = threading.Event(), threading.Event()

    def again() -> None:
        try:
            look()
            seen.set()
            while not over.wait(pause):
                look()
        finally:
            seen.set()

    with ThreadPoolExecutor(1) as thread:
        job = thread.submit(again)
        try:
            assert seen.wait(PATIENCE), "nobody has looked"
            yield
        finally:
            over.set()
        job.result()
