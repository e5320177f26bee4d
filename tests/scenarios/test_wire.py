"""The cable that the scenarios spoil: a real ping feels it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.helpers.namespaces import Namespace, namespaces
from tests.helpers.proxy import Way
from tests.helpers.wire import WHOLE, Spoilt, Wire, wire

COUNT = 20


@pytest.fixture(scope="module")
def ends() -> Iterator[tuple[Wire, Namespace]]:
    with namespaces("above", "below") as (above, below), wire(above, below, ("up0", "up0")) as made:
        above.up("up0", "10.7.0.1/24")
        below.up("up0", "10.7.0.2/24")
        pinged(below)  # who has which address is known
        yield made, below


def pinged(below: Namespace) -> tuple[int, float]:
    """How many of COUNT answers came, and milliseconds of the quickest."""
    words = (*below.before, "ping", "-q", "-c", str(COUNT), "-i", "0.01", "-W", "1", "10.7.0.1")
    said = subprocess.run(words, capture_output=True, text=True).stdout
    received, quickest = re.search(r"(\d+) received", said), re.search(r"= ([\d.]+)/", said)
    assert received is not None, said
    return int(received[1]), float(quickest[1]) if quickest else 0.0


def test_whole_it_carries_everything(ends: tuple[Wire, Namespace]) -> None:
    cable, below = ends
    cable.spoilt = WHOLE
    assert pinged(below)[0] == COUNT


def test_slow_it_takes_its_time(ends: tuple[Wire, Namespace]) -> None:
    cable, below = ends
    cable.spoilt = Spoilt(delay=0.1)
    received, quickest = pinged(below)
    assert (received, quickest >= 200.0) == (COUNT, True)


def test_bad_it_loses_some(ends: tuple[Wire, Namespace]) -> None:
    cable, below = ends
    cable.spoilt = Spoilt(loss=0.3)
    assert 0 < pinged(below)[0] < COUNT


@pytest.mark.parametrize("way", Way)
def test_cut_either_way_no_answer_comes(ends: tuple[Wire, Namespace], way: Way) -> None:
    cable, below = ends
    cable.cut(way)
    assert pinged(below)[0] == 0
