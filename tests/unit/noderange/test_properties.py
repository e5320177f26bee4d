"""What holds for every text and every set of names."""

from __future__ import annotations

import contextlib
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.noderange.cluster import of_nodes, small
from xcatd.errors import BadNoderange
from xcatd.noderange import NodeSet, expand, fold, names

CLUSTER = small()
EVERYTHING = NodeSet(CLUSTER.nodes())

WORDS = [
    "node1",
    "node1-5",
    "rack1",
    "rack2",
    "all",
    "dyn",
    "f1p1",
    "n001",
    "5",
    "nosuch",
    "web-a-1",
    "mgt",
    "groups",
]
SIGNS = [*"[](){},,@-:+/^=~!.*|?\\'\" 019", "==", "=~", "!~", "[1-3]", "/node", "mgt=="]
noderanges = st.lists(st.sampled_from(WORDS + SIGNS), max_size=25).map("".join) | st.text(max_size=40)

atoms = st.sampled_from(
    ["node1", "node[2-5]", "rack1", "rack2", "lpar", "/node1.*", "mgt==ipmi", "emptyg", "7-9", "node3-8"]
)
host_names = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,8}[0-9]{0,3}[a-z]{0,2}", fullmatch=True)
numbered = st.from_regex(r"[ab][0-9]{1,3}(p[0-9]{1,2})?", fullmatch=True)
name_sets = st.frozensets(host_names | numbered, max_size=40)


@settings(max_examples=600, deadline=None)
@given(noderanges)
def test_any_text_gives_nodes_or_one_sentence(text: str) -> None:
    with contextlib.suppress(BadNoderange):
        found = expand(text, CLUSTER, read_file=lambda path: "node1\nrack1,-node2\n")
        assert found.nodes <= EVERYTHING
        assert not EVERYTHING & set(found.missing)
        assert list(found.nodes) == sorted(found.nodes)
    with contextlib.suppress(BadNoderange):
        spelled = names(text)
        assert len(spelled) == len(set(spelled))


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab.*+?|(){}[]^$\\d,1-@&~", max_size=30))
def test_any_regular_expression_ends(pattern: str) -> None:
    with contextlib.suppress(BadNoderange):
        expand(f"/{pattern}", of_nodes(["a" * 40 + "!", "ab" * 15, "b"]))


@settings(max_examples=300, deadline=None)
@given(name_sets, name_sets)
def test_folding_and_expanding_gives_the_names_back(some: frozenset[str], more: frozenset[str]) -> None:
    assert expand(fold(some), of_nodes(some | more)) == expand(",".join(some), of_nodes(some))
    assert expand(fold(some), of_nodes(some)).nodes == some


@settings(max_examples=200, deadline=None)
@given(st.frozensets(numbered, max_size=60))
def test_new_names_survive_folding_too(some: frozenset[str]) -> None:
    assert set(names(fold(some))) == some


@given(name_sets, name_sets, name_sets)
def test_set_laws(first: frozenset[str], second: frozenset[str], third: frozenset[str]) -> None:
    a, b, c = NodeSet(first), NodeSet(second), NodeSet(third)
    assert (a | b) & c == (a & c) | (b & c)
    assert a - (b | c) == (a - b) & (a - c)
    assert a ^ b == (a | b) - (a & b)
    assert (a | b) ^ b == a - b
    assert (a <= b) == (a | b == b)
    assert all(left < right for left, right in pairwise(a))
    assert (a == b) == (hash(a) == hash(b) and first == second)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(atoms, min_size=1, max_size=4), atoms)
def test_the_signs_are_set_operations(some: list[str], other: str) -> None:
    def nodes(text: str) -> NodeSet:
        return expand(text, CLUSTER).nodes

    union = NodeSet(node for text in some for node in nodes(text))
    together = ",".join(some)
    assert nodes(together) == union
    assert nodes(f"-{other},{together}") == nodes(f"{together},-{other}") == union - nodes(other)
    assert nodes(f"({together})@{other}") == nodes(f"{together},@{other}") == union & nodes(other)
    assert expand(together, CLUSTER, exclude=other).nodes == union - nodes(other)


@settings(deadline=None)
@given(st.integers(0, 1200), st.integers(0, 1200), st.integers(1, 5))
def test_a_range_has_every_number_between_its_ends(first: int, last: int, width: int) -> None:
    low, high = sorted((first, last))
    expected = {f"n{number:0{width}d}" for number in range(low, high + 1)}
    if width > 1 and len(str(high)) < width:
        assert set(names(f"n{first:0{width}d}-n{last:0{width}d}")) == expected
    assert set(names(f"n[{first}-{last}]")) == {f"n{number}" for number in range(low, high + 1)}
