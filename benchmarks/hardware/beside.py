"""What somebody else feels while thousands of BMCs are asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.hardware.place import Place


@dataclass
class Beside:
    """Seconds of each `nodels` that ran meanwhile."""

    times: list[float] = field(default_factory=list)


@contextmanager
def beside(place: Place) -> Iterator[Beside]:
    """Type `nodels b00001` again and again meanwhile."""
    found, done = Beside(), threading.Event()

    def again() -> None:
        while not done.is_set():
            began = time.perf_counter()
            place.mn.run("nodels", "b00001")
            found.times.append(time.perf_counter() - began)

    thread = threading.Thread(target=again)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()
