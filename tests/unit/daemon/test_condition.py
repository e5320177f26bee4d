"""What a daemon says of its load, of the age of its tables, and of those below it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from xcatd.daemon.condition import NOT_THERE, OWN, Condition
from xcatd.hierarchy import RemoteStore
from xcatd.hierarchy.link import Link
from xcatd.services.health.state import Health, Word
from xcatd.store import SqlStore
from xcatd.store.outage import Outage


@dataclass(frozen=True, slots=True)
class Below:
    known: Mapping[str, Health] = field(default_factory=dict)

    def healths(self) -> Mapping[str, Health]:
        return self.known


async def nobody() -> Link | None:
    """There is no daemon above."""
    return None


async def test_the_age_of_the_tables(store: SqlStore) -> None:
    assert Condition(store, lambda: True, Below())()["tables"] == OWN
    assert Condition(store, lambda: False, Below())()["tables"] == "0s old"
    assert Condition(RemoteStore(nobody), lambda: False, Below())()["tables"] == NOT_THERE
    store.outage = Outage(datetime.now(UTC) - timedelta(seconds=90), "it is away")
    assert Condition(store, lambda: True, Below())()["tables"] == "90s old"


async def test_the_load_and_the_health_of_those_below(store: SqlStore) -> None:
    now = asyncio.get_running_loop().time()
    below = Below({"sn1": Health("sn1.c.net", Word.SUSPECT, now, ("it has no link",))})
    facts = Condition(store, lambda: True, below)()
    assert list(facts) == ["load", "tables", "health sn1"]
    assert float(facts["load"]) >= 0
    assert facts["health sn1"] == "suspect 0s: it has no link"
