"""Nodes read many at a time have what a plain, slow model says, and what each has by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.objects.model import CHAINED, PLAIN, RULES, Model
from tests.unit.objects.worlds import world
from xcatd.objects import World, read_object, read_objects

NODES = ("n1", "n02", "r3n14", "x", "login")
GROUPS = ("rack1", "compute", "all")
COLUMNS = {
    "nodehm": ("mgt", "power", "cons"),
    "nodetype": ("nodetype", "os"),
    "ipmi": ("bmc", "username"),
    "openbmc": ("bmc", "password"),
    "ppc": ("id", "hcp"),
    "mp": ("id", "mpa"),
    "mpa": ("username",),
    "noderes": ("tftpserver",),
}
_KEYS = {"mpa": "mpa"}

texts = st.sampled_from((None, "", *PLAIN, *RULES, *CHAINED))


@st.composite
def models(draw: st.DrawFn) -> Model:
    groups = {
        node: tuple(draw(st.permutations(GROUPS)))[: draw(st.integers(0, 3))]
        for node in NODES
        if node == "n1" or draw(st.booleans())
    }
    cells: dict[str, dict[str, Mapping[str, str | None]]] = {
        "nodelist": {node: {"groups": ",".join(names)} for node, names in groups.items()}
    }
    for table, columns in COLUMNS.items():
        names = draw(st.lists(st.sampled_from((*NODES, *GROUPS)), unique=True, max_size=4))
        cells[table] = {name: {column: draw(texts) for column in columns} for name in names}
    return Model(groups, cells)


def _world(model: Model, **more: Sequence[Mapping[str, str | None]]) -> World:
    tables = {
        table: [{_KEYS.get(table, "node"): name, **row} for name, row in rows.items()]
        for table, rows in model.cells.items()
    }
    return world(**tables, **more)


@given(models())
def test_a_value_is_what_the_model_says(model: Model) -> None:
    cluster = _world(model)
    for table, columns in COLUMNS.items():
        for column in columns:
            expected = [model.value(node, table, column) for node in NODES]
            assert [cluster.value(node, table, column) for node in NODES] == expected, f"{table}.{column}"
            assert cluster.column(NODES, table, column) == expected, f"{table}.{column}"
            one_by_one = [tuple(cluster.values(node, table, column)) for node in NODES]
            assert [tuple(values) for values in cluster.values_of(NODES, table, column)] == one_by_one


@given(models())
def test_the_attributes_are_what_the_model_says(model: Model) -> None:
    cluster = _world(model)
    expected = [(node, model.attributes(node)) for node in NODES if node in model.groups]
    assert list(read_objects(cluster, "node", NODES)) == expected
    assert [(node, read_object(cluster, "node", node)) for node, _ in expected] == expected


@given(
    models(), st.lists(st.sampled_from(("bmc", "mgt", "id", "username", "tftpserver", "groups", "cons")), unique=True)
)
def test_some_attributes_are_those_of_all_of_them(model: Model, only: Sequence[str]) -> None:
    cluster = _world(model)
    for node, values in read_objects(cluster, "node", NODES, only):
        every = model.attributes(node)
        assert values == {one: every[one] for one in only if one in every}
        assert list(values) == sorted(values)


@given(models(), st.sampled_from(("all", "n1", "compute")), texts, texts)
def test_several_rows_and_gathered_values_are_left_to_the_world(
    model: Model, name: str, first: str | None, second: str | None
) -> None:
    switch: list[Mapping[str, str | None]] = [
        {"node": name, "switch": "sw1", "port": "1", "vlan": first},
        {"node": name, "switch": "sw2", "port": "2"},
        {"node": "rack1", "switch": "sw3", "port": "3", "vlan": second},
    ]
    cluster = _world(model, switch=switch)
    gathering = _world(model, site=[{"key": "hierarchicalattrs", "value": "mgt:,"}])
    for column in ("switch", "port", "vlan", "node"):
        assert cluster.column(NODES, "switch", column) == [cluster.value(node, "switch", column) for node in NODES]
        one_by_one = [tuple(cluster.values(node, "switch", column)) for node in NODES]
        assert [tuple(values) for values in cluster.values_of(NODES, "switch", column)] == one_by_one
    assert gathering.column(NODES, "nodehm", "mgt") == [gathering.value(node, "nodehm", "mgt") for node in NODES]


def test_a_column_of_many_nodes_crosses_every_limit_of_how_many_are_read_together() -> None:
    """Some in groups and some not, some with rows of their own, disabled ones among them."""
    names = [f"n{number}" for number in range(1, 2501)]
    cluster = world(
        nodelist=[{"node": name, "groups": f"rack{place % 7},all" if place % 3 else ""} for place, name in enumerate(names)],
        nodehm=[
            {"node": name, "mgt": "hmc" if place % 2 else "", "disable": "1" if place % 5 == 0 else None}
            for place, name in enumerate(names[::3])
        ]
        + [{"node": "rack3", "mgt": "ipmi"}, {"node": "all", "cons": r"|\D+(\d+)|c($1+0)|"}],
    )  # fmt: skip
    for column in ("mgt", "cons", "power", "node"):
        assert cluster.column(names, "nodehm", column) == [cluster.value(name, "nodehm", column) for name in names]
    every = dict(read_objects(cluster, "node", [*names, "nobody"]))
    assert list(every) == names
    assert [every[name] for name in names[190:210]] == [read_object(cluster, "node", name) for name in names[190:210]]
