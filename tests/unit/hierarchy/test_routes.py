"""Which way to a node, in trees of any shape."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.tables import snapshot_of
from xcatd.errors import Loop
from xcatd.hierarchy import HERE, Me, Plan, Routes
from xcatd.hierarchy.routes import ABOVE
from xcatd.model import Role
from xcatd.objects import World, world_of
from xcatd.store import Snapshot

TREE = {"sn1": "mn1", "sn2": "mn1", "sn11": "sn1", "sn12": "sn1"}
"""Each service node's own servicenode."""


def tables(pools: Mapping[str, str], tree: Mapping[str, str] = TREE) -> Snapshot:
    return snapshot_of(
        nodelist=[{"node": name, "groups": "all"} for name in (*tree, *pools)],
        noderes=[{"node": name, "servicenode": pool} for name, pool in {**tree, **pools}.items() if pool],
    )


def me(name: str, *more: str) -> Me:
    return Me(name, Role.MANAGEMENT if name == "mn1" else Role.SERVICE, frozenset((name, *more)))


def plan(
    name: str, pool: str, *, from_above: bool = False, above_alive: bool = True, tree: Mapping[str, str] = TREE
) -> Plan:
    routes = Routes(world_of(tables({"n1": pool}, tree)), me(name))
    return routes.plan(["n1"], from_above=from_above, above_alive=above_alive)


HERE_ = Plan(here=("n1",))
ABOVE_ = Plan(above=("n1",))


def below(*ways: str) -> Plan:
    return Plan(below={ways: ("n1",)})


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        ("", HERE_),
        ("mn1", HERE_),
        ("mn1,sn1", HERE_),
        ("sn1", below("sn1")),
        ("sn1,sn2", below("sn1", "sn2")),
        ("sn2,sn1", below("sn2", "sn1")),
        ("sn1,mn1,sn2", below("sn1", HERE, "sn2")),
        ("sn11", below("sn1")),
        ("sn11,sn12,sn2", below("sn1", "sn2")),
        ("sn1, sn2,,sn1", below("sn1", "sn2")),
        ("unknown", below("unknown")),
        ("mn1.cluster.example,sn1", HERE_),
    ],
)
def test_from_the_management_node(pool: str, expected: Plan) -> None:
    assert plan("mn1", pool) == expected


@pytest.mark.parametrize(
    ("pool", "typed_here", "from_above", "alone"),
    [
        ("", ABOVE_, HERE_, ABOVE_),
        ("mn1", ABOVE_, HERE_, ABOVE_),
        ("sn1", HERE_, HERE_, HERE_),
        ("sn1,sn2", HERE_, HERE_, HERE_),
        ("sn2,sn1", ABOVE_, HERE_, HERE_),
        ("mn1,sn1", ABOVE_, HERE_, HERE_),
        ("sn2", ABOVE_, HERE_, ABOVE_),
        ("sn11", below("sn11"), below("sn11"), below("sn11")),
        ("sn11,sn1", below("sn11", HERE), below("sn11", HERE), below("sn11", HERE)),
        ("sn2,sn11", ABOVE_, below("sn11"), below("sn11")),
        ("sn11,sn2", ABOVE_, below("sn11"), below("sn11")),
        ("sn12,sn11", below("sn12", "sn11"), below("sn12", "sn11"), below("sn12", "sn11")),
    ],
)
def test_from_a_service_node(pool: str, typed_here: Plan, from_above: Plan, alone: Plan) -> None:
    """`alone`: the daemon above cannot be asked."""
    assert plan("sn1", pool) == typed_here
    assert plan("sn1", pool, from_above=True) == from_above
    assert plan("sn1", pool, above_alive=False) == alone


@pytest.mark.parametrize(
    ("name", "from_above", "expected"), [("mn1", False, HERE_), ("sn1", False, ABOVE_), ("sn1", True, HERE_)]
)
def test_some_nodes_are_the_management_nodes_whoever_owns_them(name: str, from_above: bool, expected: Plan) -> None:
    routes = Routes(world_of(tables({"n1": "sn1,sn2"})), me(name))
    assert routes.plan(["n1"], from_above=from_above, above_alive=True, pools={"n1": ()}) == expected


def test_a_daemon_goes_by_several_names() -> None:
    routes = Routes(world_of(tables({"n1": "10.0.0.1"})), me("mn1", "10.0.0.1"))
    assert routes.plan(["n1"], from_above=False, above_alive=True) == HERE_


def test_nodes_of_one_pool_travel_together() -> None:
    pools = {f"n{number}": ("sn1,sn2", "sn2,sn1", "")[number % 3] for number in range(9)}
    routes = Routes(world_of(tables(pools)), me("mn1"))
    made = routes.plan(sorted(pools), from_above=False, above_alive=True)
    assert made.here == ("n2", "n5", "n8")
    assert made.below == {("sn1", "sn2"): ("n0", "n3", "n6"), ("sn2", "sn1"): ("n1", "n4", "n7")}


def test_a_circle_of_service_nodes_is_named() -> None:
    with pytest.raises(Loop, match="The servicenode entries above x1 lead in a circle"):
        plan("mn1", "x1", tree={"x1": "x2", "x2": "x1"})


def test_a_chain_that_is_too_deep_is_refused() -> None:
    tree = {"d1": "mn1"} | {f"d{number}": f"d{number - 1}" for number in range(2, 12)}
    assert plan("mn1", "d5", tree=tree) == below("d1")
    with pytest.raises(Loop, match="deeper than 8"):
        plan("mn1", "d11", tree=tree)


# -- all trees ----------------------------------------------------------------------------------------------------------


@st.composite
def trees(draw: st.DrawFn) -> dict[str, str]:
    """Service nodes, each below the management node or an earlier one."""
    tree: dict[str, str] = {}
    for number in range(draw(st.integers(1, 6))):
        tree[f"s{number}"] = draw(st.sampled_from(["mn1", *tree]))
    return tree


@st.composite
def clusters(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, str]]:
    """A tree, and nodes with pools of its daemons."""
    tree = draw(trees())
    pools = st.lists(st.sampled_from(["mn1", *tree]), max_size=3, unique=True).map(",".join)
    return tree, draw(st.dictionaries(st.integers(0, 20).map("n{}".format), pools, min_size=1))


@given(clusters(), st.booleans(), st.booleans(), st.data())
def test_every_node_lands_in_exactly_one_place(
    cluster: tuple[dict[str, str], dict[str, str]], from_above: bool, above_alive: bool, data: st.DataObject
) -> None:
    tree, pools = cluster
    asked = data.draw(st.sampled_from(["mn1", *tree]))
    routes = Routes(world_of(tables(pools, tree)), me(asked))
    made = routes.plan(list(pools), from_above=from_above, above_alive=above_alive)
    landed = [*made.here, *made.above, *(node for nodes in made.below.values() for node in nodes)]
    assert sorted(landed) == sorted(pools)
    for ways in made.below:
        assert ways[0] not in (HERE, ABOVE)
        assert ABOVE not in ways
        assert all(tree[way] == asked for way in ways if way != HERE), "only who is directly below us is asked"
    if asked == "mn1" or from_above:
        assert not made.above


@given(clusters(), st.data())
def test_whoever_is_asked_the_first_of_the_pool_does_it(
    cluster: tuple[dict[str, str], dict[str, str]], data: st.DataObject
) -> None:
    """Follow each node through the daemons as the hall does, with all of them alive."""
    tree, pools = cluster
    asked = data.draw(st.sampled_from(["mn1", *tree]))
    world = world_of(tables(pools, tree))
    for node, pool in pools.items():
        first = pool.split(",")[0] or "mn1"
        assert _walk(world, tree, node, asked) == first


def _walk(world: World, tree: Mapping[str, str], node: str, asked: str) -> str:
    place, from_above = asked, False
    for _ in range(20):
        made = Routes(world, me(place)).plan([node], from_above=from_above, above_alive=True)
        if made.here:
            return place
        if made.above:
            place = tree[place]
        else:
            (ways,) = made.below
            place, from_above = ways[0], True
    raise AssertionError(f"{node} walks in circles")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("mn1", ("sn1", "sn3", "sn4")), ("sn1", ("sn11", "sn12")), ("sn2", ()), ("sn11", ())],
)
def test_the_daemons_directly_below(name: str, expected: tuple[str, ...]) -> None:
    snapshot = snapshot_of(
        nodelist=[
            *({"node": each, "groups": "all"} for each in (*TREE, "n1", "n2")),
            {"node": "sn3", "groups": "service"},
            {"node": "mn2", "groups": "service,__mgmtnode"},
        ],
        noderes=[
            *({"node": each, "servicenode": above} for each, above in TREE.items()),
            {"node": "n1", "servicenode": "sn12 ,mn1"},
            {"node": "n2", "servicenode": "sn4"},
        ],
        servicenode=[{"node": each} for each in ("sn1", "service", "mn1", "sn11")],
    )
    assert tuple(sorted(Routes(world_of(snapshot), me(name)).below())) == expected


@pytest.mark.parametrize(
    ("name", "wanted", "expected"),
    [
        ("mn1", ("sn1", "sn11", "sn12"), ("sn1",)),
        ("mn1", ("sn12", "sn2", "mn1"), ("sn1", "sn2")),
        ("mn1", ("new",), ("new",)),
        ("sn1", ("sn11", "sn2", "sn1"), ("sn11",)),
        ("sn2", ("sn11",), ()),
    ],
)
def test_the_way_to_some_service_nodes(name: str, wanted: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert Routes(world_of(tables({})), me(name)).towards(wanted) == expected
