"""Which node has an address: the tables first, then names."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence

import pytest

from tests.helpers.tables import Rows, snapshot_of
from xcatd.errors import NotFound
from xcatd.services.nodes import Whose, whose
from xcatd.services.nodes.whose import leads_to, names_of
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


DOMAINS: Mapping[str, Rows] = {
    "site": [{"key": "domain", "value": "cluster.net"}],
    "networks": [{"netname": "ib", "net": "10.1.0.0", "mask": "255.255.0.0", "domain": "ib.org"}],
}


@pytest.mark.parametrize(
    "names", [("n2",), ("n2.cluster.net",), ("n2.Cluster.net",), ("n2.ib.org",), ("alias.org", "n2.cluster.net")]
)
async def test_then_the_names_that_the_resolver_gives(names: Sequence[str]) -> None:
    site = Site({"10.0.0.2": names}, **DOMAINS)
    assert await site.whose.node("10.0.0.2") == "n2"


@pytest.mark.parametrize("name", ["n2.other.org", "n2.x.cluster.net", "n2.notib.org"])
async def test_the_name_of_a_node_in_a_foreign_domain_is_somebody_elses(name: str) -> None:
    site = Site({"10.0.0.2": (name,)}, **DOMAINS)
    with pytest.raises(NotFound, match=f"which the resolver calls {name}, is no node's"):
        await site.whose.node("10.0.0.2")


def test_a_name_counts_if_it_leads_back_to_the_address() -> None:
    """Whoever owns an address may call it `localhost`, which leads elsewhere."""
    assert "localhost" in names_of("127.0.0.1")
    assert leads_to("localhost", "127.0.0.1") and not leads_to("localhost", "127.9.9.9")
    assert not leads_to("nowhere.invalid", "127.0.0.1") and not leads_to("x" * 300, "127.0.0.1")


async def test_a_resolver_that_is_away_is_asked_by_a_few_threads_only_and_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(whose, "_PATIENCE", 0.1)
    back, asked = threading.Event(), []

    def resolve(address: str) -> Sequence[str]:
        asked.append(address)
        back.wait()
        return ("n3",)

    snapshot = snapshot_of(nodelist=NODES)
    finder = Whose(lambda: snapshot, resolve)
    try:
        many = [f"10.0.1.{number}" for number in range(1, 41)]
        ends = await asyncio.gather(*map(finder.node, many), return_exceptions=True)
        assert all(isinstance(end, NotFound) for end in ends) and len(asked) <= 16
    finally:
        back.set()
    monkeypatch.setattr(whose, "_PATIENCE", 60.0)
    assert await finder.node("10.0.1.40") == "n3", "nobody was asked, so nothing is remembered"


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
