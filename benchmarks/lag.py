"""How late a daemon's event loop was, by the metrics that it shows."""

from __future__ import annotations

import time
import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families


def lag(port: int) -> dict[float, float]:
    """Seconds -> how often the loop was not later than that; `port`: of the metrics on this host."""
    text = _metrics(f"http://127.0.0.1:{port}/metrics")
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
