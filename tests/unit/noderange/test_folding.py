"""Many names shown in few characters."""

from __future__ import annotations

import pytest

from xcatd.noderange import NodeSet, fold


@pytest.mark.parametrize(
    ("names", "folded"),
    [
        ("cn01 cn02 cn03 cn04 cn05 cn06 sn1", "cn[01-06],sn1"),
        ("", ""),
        ("sn1 sn1", "sn1"),
        ("node10 node9 node2 node11", "node[2,9-11]"),
        ("n08 n09 n10 n11", "n[08-11]"),
        ("n98 n99 n100", "n[98-100]"),
        ("n099 n100", "n[099-100]"),
        ("n1 n01 n2 n02", "n[1-2,01-02]"),
        ("n0 n00 n1", "n[0-1,00]"),
        ("f1p1 f1p2 f2p1 f2p2", "f[1-2]p[1-2]"),
        ("f1p1 f1p2 f2p1", "f1p[1-2],f2p1"),
        ("10.0.0.1 10.0.0.2", "10.0.0.[1-2]"),
        ("n1.dom n2.dom login web-a-1", "login,n[1-2].dom,web-a-1"),
        ("1 2 3", "[1-3]"),
        ("b10 b9x a1 b", "a1,b,b9x,b10"),
        ("x1234567890123456789 x1234567890123456788", "x1234567890123456788,x1234567890123456789"),
    ],
)
def test_names_are_folded_in_natural_order(names: str, folded: str) -> None:
    assert fold(names.split()) == folded
    assert fold(NodeSet(names.split())) == folded
