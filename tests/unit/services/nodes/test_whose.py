"""Which node has an address: the tables first, then names."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from tests.helpers.tables import Rows, snapshot_of
from xcatd.errors import NotFound
from xcatd.services.nodes import Whose
from xcatd.store import Snapshot

NODES: Rows = [{"node": name, "groups": "all"} for name in ("n1", "n2", "n3", "n4")]


class Site:
    """Tables that may change, and a resolver that counts."""

    def __init__(self, names: Mapping[str, Sequence[str]] | None = None, **tables: Rows) -> None:
        self.asked: list[str] = []
        self._names = names or {}
        self.snapshot: Snapshot = snapshot_of(nodelist=NODES, **tables)
        self.whose = Whose(lambda: self.snapshot, self._resolve)

    def _resolve(self, address: str) -> Sequence[str]:
        self.asked.append(address)
        return self._names.get(address, ())


async def test_the_tables_come_first() -> None:
    site = Site(
        {"10.0.0.1": ("n3",)},
        hosts=[{"node": "n1", "ip": "10.0.0.1"}, {"node": "n2", "ip": "fd00::2"}],
        nics=[{"node": "n4", "nicips": "ib0!10.1.0.4"}],
    )
    assert await site.whose.node("10.0.0.1") == "n1"
    assert await site.whose.node("fd00::2%eth0") == "n2"
    assert await site.whose.node("::ffff:10.1.0.4") == "n4"
    assert not site.asked


@pytest.mark.parametrize(
    "names", [("n2",), ("n2.cluster.net",), ("n2.other.org",), ("alias.org", "n2.cluster.net"), ("n2.x.y",)]
)
async def test_then_the_names_that_the_resolver_gives(names: Sequence[str]) -> None:
    site = Site({"10.0.0.2": names}, site=[{"key": "domain", "value": "cluster.net"}])
    assert await site.whose.node("10.0.0.2") == "n2"


async def test_a_stranger_is_named_and_does_not_flood_the_resolver() -> None:
    site = Site({"10.0.0.9": ("gate.example.org",)})
    for _ in range(3):
        with pytest.raises(NotFound, match=r"10\.0\.0\.9, which the resolver calls gate\.example\.org, is no node's"):
            await site.whose.node("10.0.0.9")
        with pytest.raises(NotFound, match=r"10\.0\.0\.8 is no node's address"):
            await site.whose.node("10.0.0.8")
    assert site.asked == ["10.0.0.9", "10.0.0.8"]
    with pytest.raises(NotFound, match="'nonsense' is no address"):
        await site.whose.node("nonsense")


async def test_an_address_of_two_nodes_is_nobodys() -> None:
    site = Site({"10.0.0.1": ("n1",)}, hosts=[{"node": name, "ip": "10.0.0.1"} for name in ("n1", "n2")])
    with pytest.raises(NotFound, match="is the address of n1, n2: correct tables hosts and nics"):
        await site.whose.node("10.0.0.1")


async def test_an_address_that_has_moved_is_the_new_nodes() -> None:
    site = Site(hosts=[{"node": "n1", "ip": "10.0.0.1"}])
    assert await site.whose.node("10.0.0.1") == "n1"
    site.snapshot = snapshot_of(nodelist=NODES, hosts=[{"node": "n2", "ip": "10.0.0.1"}])
    while True:  # all nodes are not looked at again at once
        try:
            assert await site.whose.node("10.0.0.1") == "n2"
            break
        except NotFound:
            await asyncio.sleep(0)
