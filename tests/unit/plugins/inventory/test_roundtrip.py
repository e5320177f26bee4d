"""Whatever is in the tables: an inventory of it, imported into whatever else, gives the same tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from xcatd.objects import World
from xcatd.plugins.inventory.document import TABLES, Document
from xcatd.plugins.inventory.export import Selection, json_lines, yaml_lines
from xcatd.plugins.inventory.inventory import Inventory
from xcatd.plugins.inventory.plan import applied, plan
from xcatd.plugins.inventory.reading import read_document
from xcatd.plugins.inventory.shapes import shapes_of
from xcatd.policy.secrets import secret_columns
from xcatd.store import TABLES as SCHEMA
from xcatd.store import Snapshot, Table, dump_table

Row = Mapping[str, str | None]
Tables = Mapping[str, Sequence[Row]]

NAMES = st.sampled_from(["n1", "n2", "n3", "g1", "g2", "nobody"])
MARKS = st.sampled_from([None, None, None, None, "0", "no", "1", "", "yes"])
ODD = ["|n(\\d)|10.0.0.($1)|", "ä b: c", "two\nlines", "- x", "'", "#", "g1,n2", "rows", "n1", "~"]
DECIDING = ["ipmi", "openbmc", "switch", "pdu", "fsp", "blade", "linux", "NIM", "HMC"]
VALUES = st.sampled_from([None, None, "", "a", "yes", "10", *DECIDING, *ODD])
CONFIGURATION = sorted(name for name, table in SCHEMA.items() if not table.log and name != "token")
LIKELY = ["nodelist", "nodehm", "nodetype", "ipmi", "openbmc", "switch", "ppcdirect", "nodegroup", "site", "osimage"]


def cells(table: Table) -> st.SearchStrategy[Row]:
    def column(name: str) -> st.SearchStrategy[str | None]:
        if name == "disable":
            return MARKS
        if name in table.required:
            return NAMES
        if name in table.keys or name == table.node_column:
            return st.one_of(NAMES, NAMES, VALUES.map(lambda text: "".join((text or "").split()).replace(",", "")))
        return VALUES

    return st.fixed_dictionaries({name: column(name) for name in table.column_names}).filter(
        lambda row: any(row[key] for key in table.keys)
    )


@st.composite
def configurations(draw: st.DrawFn) -> Tables:
    chosen = draw(st.sets(st.one_of(st.sampled_from(LIKELY), st.sampled_from(CONFIGURATION)), max_size=8))
    found: dict[str, Sequence[Row]] = {}
    for name in sorted(chosen | {"nodelist"}):
        table = SCHEMA[name]
        rows = draw(st.lists(cells(table), max_size=4))
        found[name] = list({tuple(row[key] or "" for key in table.keys): row for row in rows}.values())
    return found


def snapshot_of(tables: Tables) -> Snapshot:
    return Snapshot.from_tables(
        {
            name: (SCHEMA[name].column_names, [[row[column] for column in SCHEMA[name].column_names] for row in rows])
            for name, rows in tables.items()
        }
    )


def contents(snapshot: Snapshot, *, secrets: bool = True) -> dict[str, list[tuple[str | None, ...]]]:
    """All rows as tabdump shows them, sorted; in `disable` NULL and "" differ."""
    found = {}
    for name in CONFIGURATION:
        columns, rows = dump_table(snapshot.table(name))
        hidden = frozenset() if secrets else secret_columns(SCHEMA[name])
        found[name] = sorted(
            (
                tuple(
                    "" if column in hidden else text if column == "disable" else text or ""
                    for column, text in zip(columns, row, strict=True)
                )
                for row in rows
            ),
            key=repr,
        )
    return found


def export(snapshot: Snapshot, *, secrets: bool = True, json: bool = False) -> str:
    inventory = Inventory(World(snapshot), secrets=secrets)
    everything = Selection(dict.fromkeys((*inventory.types, TABLES)))
    lines = json_lines(inventory, everything) if json else yaml_lines(inventory, everything)
    return "".join(f"{line}\n" for line in lines)


def read(snapshot: Snapshot, text: str) -> Document:
    problems: list[str] = []
    document = read_document(text, shapes_of(World(snapshot)).types, problems.append)
    assert not problems
    return document


def imported(snapshot: Snapshot, text: str, *, clean: bool) -> Snapshot:
    problems: list[str] = []
    document = read(snapshot, text)
    changes = plan(snapshot, document, document.header.covers or () if clean else (), problems.append)
    assert not problems
    return applied(snapshot, changes)


@settings(deadline=None)
@given(configurations(), configurations(), st.booleans())
def test_an_inventory_gives_the_same_tables_wherever_it_is_imported(tables: Tables, others: Tables, json: bool) -> None:
    snapshot, other = snapshot_of(tables), snapshot_of(others)
    text = export(snapshot, json=json)
    assert contents(imported(snapshot_of({}), text, clean=False)) == contents(snapshot)
    assert contents(imported(other, text, clean=True)) == contents(snapshot)


@settings(deadline=None)
@given(configurations(), st.booleans())
def test_what_was_just_exported_changes_nothing(tables: Tables, secrets: bool) -> None:
    snapshot = snapshot_of(tables)
    text = export(snapshot, secrets=secrets)
    document = read(snapshot, text)
    assert plan(snapshot, document, document.header.covers or (), lambda problem: None) == []


@settings(deadline=None)
@given(configurations(), configurations())
def test_without_secrets_everything_else_arrives_and_secrets_of_rows_that_stay_are_kept(
    tables: Tables, others: Tables
) -> None:
    snapshot, other = snapshot_of(tables), snapshot_of(others)
    after = imported(other, export(snapshot, secrets=False), clean=True)
    assert contents(after, secrets=False) == contents(snapshot, secrets=False)
    for name in CONFIGURATION:
        layout = after.table(name).layout
        before = {layout.ident(row): row for row in dump_table(other.table(name))[1]}
        places = [layout.position[column] for column in secret_columns(SCHEMA[name])]
        for row in dump_table(after.table(name))[1]:
            old = before.get(layout.ident(row))
            assert [row[place] or "" for place in places] == [(old and old[place]) or "" for place in places]


@settings(deadline=None)
@given(configurations())
def test_the_order_in_the_tables_does_not_matter(tables: Tables) -> None:
    backwards = {name: list(reversed(rows)) for name, rows in reversed(tables.items())}
    assert export(snapshot_of(backwards)) == export(snapshot_of(tables))
