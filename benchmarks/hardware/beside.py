"""What somebody else feels while thousands of BMCs are asked."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

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


def lag(place: Place) -> dict[float, float]:
    """How late the daemon's loop was: seconds -> how often not later than that."""
    text = _metrics(f"http://127.0.0.1:{place.metrics}/metrics")
    return {
        float(sample.labels["le"]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "xcatd_loop_lag_seconds_bucket"
    }


def _metrics(url: str) -> str:
    """What the daemon shows; it begins with that shortly after it serves callers."""
    for _ in range(200):
        try:
            with urllib.request.urlopen(url) as answer:
                return str(answer.read().decode())
        except urllib.error.URLError:
            time.sleep(0.05)
    raise SystemExit(f"nobody answers at {url}")


def p99(before: dict[float, float], after: dict[float, float]) -> float:
    """The end of the class in which the 99th percentile of what came between two looks lies."""
    counts = {bound: after[bound] - before[bound] for bound in after}
    wanted = 0.99 * counts[float("inf")]
    return min(bound for bound, count in counts.items() if count >= wanted)
