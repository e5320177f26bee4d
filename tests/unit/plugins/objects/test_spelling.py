"""Names of new objects."""

from __future__ import annotations

import pytest

from xcatd.plugins.objects.spelling import doubtful, is_valid


@pytest.mark.parametrize("name", ["n1", "N-1_b", "_x", "fe80::1"])
def test_names_of_nodes(name: str) -> None:
    assert is_valid("node", name)


@pytest.mark.parametrize("name", ["", "a.b", "10.0.0.1", "a b", "a,b", "-a", "é", "n[1-2]", "n1:", "x\n"])
def test_names_that_no_node_can_have(name: str) -> None:
    assert not is_valid("node", name)


@pytest.mark.parametrize(
    ("name", "valid"), [("g1", True), ("7", True), ("a.b", True), ("g1-g3", False), ("a,b", False)]
)
def test_names_of_groups(name: str, valid: bool) -> None:
    assert is_valid("group", name) is valid


def test_names_of_other_objects() -> None:
    assert is_valid("network", "10_0_0_0-255_0_0_0")
    assert is_valid("policy", "4.8")
    assert not is_valid("network", " ")


def test_all_that_is_wrong_is_said_at_once() -> None:
    found = doubtful(
        [("node", "A1"), ("node", "a.b"), ("node", "c&d"), ("group", "G"), ("node", "B2"), ("node", "e.f")]
    )
    assert found.errors == [
        "The object name 'a.b,e.f' is invalid, Cannot use '.' in node name.",
        'The object name \'c&d\' is invalid, please refer to "man xcatdb" for the valid "xCAT Object Name Format"',
    ]
    assert found.refused == {"a.b", "e.f", "c&d"}
    assert found.warnings == [
        "The node name 'A1,B2' contains capital letters which may not be resolved correctly by the dns server."
    ]
