"""The books on controllers: how often each was asked, how long that took, what went wrong."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from xcatd.errors import NodeError

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper ends, in seconds, of the classes in which times are counted; longer ones have a class of their own."""
MOST = 20_000
"""Controllers that are remembered; one that was not asked for the longest time gives way."""


@dataclass(slots=True)
class Account:
    """One controller. `seconds` is the sum of all times, `last` the newest one, `errors` counts by the class's code."""

    asked: int = 0
    seconds: float = 0.0
    last: float = 0.0
    errors: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Histogram:
    """The times of one driver: how many fell into each class of BOUNDS, not added up, the longer ones last."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds


class Meter:
    """What a daemon knows of its controllers since it began; lost with it, as counters may be."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._accounts: dict[tuple[str, str], Account] = {}
        self._drivers: dict[str, Histogram] = {}

    @property
    def accounts(self) -> Mapping[tuple[str, str], Account]:
        """By driver and place, who was asked last at the end."""
        return self._accounts

    @property
    def drivers(self) -> Mapping[str, Histogram]:
        return self._drivers

    @contextmanager
    def watch(self, driver: str, place: str) -> Iterator[None]:
        """Count what happens inside, and how long it takes. A caller who goes away is no answer, and is not counted."""
        began = time.monotonic()
        try:
            yield
        except NodeError as error:
            self._enter(driver, place, time.monotonic() - began, error.code)
            raise
        self._enter(driver, place, time.monotonic() - began, "")

    def slowest(self, count: int) -> Sequence[tuple[tuple[str, str], Account]]:
        """The controllers whose newest time was the longest, that one first."""
        return sorted(self._accounts.items(), key=lambda each: each[1].last, reverse=True)[:count]

    def _enter(self, driver: str, place: str, seconds: float, error: str) -> None:
        account = self._accounts.pop((driver, place), None) or Account()
        if len(self._accounts) >= self._most:
            del self._accounts[next(iter(self._accounts))]
        self._accounts[driver, place] = account
        account.asked += 1
        account.seconds += seconds
        account.last = seconds
        if error:
            account.errors[error] += 1
        self._drivers.setdefault(driver, Histogram()).add(seconds)
