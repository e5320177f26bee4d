"""A node set behaves as a Python set."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from tests.unit.noderange.cluster import of_nodes
from xcatd.noderange import NodeSet, expand


def test_set_algebra() -> None:
    left, right = NodeSet(["a", "b"]), NodeSet(["b", "c"])
    assert left | right == NodeSet("abc")
    assert left & right == NodeSet("b")
    assert left - right == NodeSet("a")
    assert left ^ right == NodeSet("ac")
    assert left | {"z"} == NodeSet("abz")
    assert NodeSet("b") < left <= left
    assert left >= {"a"}
    assert left > NodeSet("a")
    assert not left < left
    assert left.isdisjoint(NodeSet("c"))


def test_it_is_a_value() -> None:
    names = NodeSet(["node2", "node10", "node2"])
    assert len(names) == 2
    assert "node2" in names
    assert list(names) == ["node10", "node2"]
    assert {names: 1}[NodeSet(names)] == 1
    assert names == {"node2", "node10"}
    assert hash(names) == hash(frozenset(names))
    assert names != ["node10", "node2"]
    assert not NodeSet()
    assert repr(names) == "NodeSet(['node10', 'node2'])"


def test_an_expansion_cannot_be_changed() -> None:
    found = expand("a", of_nodes("a"))
    with pytest.raises(FrozenInstanceError):
        found.missing = ()  # type: ignore[misc]
