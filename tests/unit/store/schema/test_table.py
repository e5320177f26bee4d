"""The declared tables are those of xCAT 2."""

from __future__ import annotations

import pytest

from xcatd.store import TABLES
from xcatd.store.schema import table as declaration
from xcatd.store.schema.own import TABLES as OWN

KEYS = {
    "auditlog": ("recid",),
    "deps": ("node", "cmd"),
    "litefile": ("image", "file"),
    "litetree": ("priority",),
    "mpa": ("mpa", "username"),
    "networks": ("net", "mask"),
    "nodelist": ("node",),
    "notification": ("filename",),
    "passwd": ("key", "username"),
    "performance": ("timestamp", "node", "attrname"),
    "policy": ("priority",),
    "prodkey": ("node", "product"),
    "site": ("key",),
    "switch": ("node", "switch", "port"),
    "zvmivp": ("id",),
}

REQUIRED = {
    "deps": ("node", "cmd"),
    "firmware": ("node",),
    "kvm_nodedata": ("node",),
    "litefile": ("image", "file"),
    "litetree": ("priority", "directory"),
    "monitoring": ("name",),
    "monsetting": ("name", "key"),
    "notification": ("tables", "filename"),
    "statelite": ("node", "statemnt"),
}

NODE_COLUMNS = {
    "kvm_masterdata": "name",
    "mpa": "mpa",
    "ppcdirect": "hcp",
    "ppchcp": "hcp",
    "switches": "switch",
    "vmmaster": "name",
}


def test_there_are_the_73_tables_of_xcat_2_with_their_707_columns_and_our_own() -> None:
    own = {table.name for table in OWN}
    theirs = [table for table in TABLES.values() if table.name not in own]
    assert len(theirs) == 73
    assert sum(len(table.columns) for table in theirs) == 707
    assert own <= set(TABLES)


def test_tables_come_in_alphabetical_order() -> None:
    assert list(TABLES) == sorted(TABLES)
    assert all(name == table.name for name, table in TABLES.items())


@pytest.mark.parametrize("name", KEYS)
def test_keys(name: str) -> None:
    assert TABLES[name].keys == KEYS[name]


def test_required_columns() -> None:
    assert {name: table.required for name, table in TABLES.items() if table.required} == REQUIRED


def test_the_node_column_is_called_node_except_where_declared() -> None:
    for name, table in TABLES.items():
        expected = NODE_COLUMNS.get(name, "node" if "node" in table.column_names else None)
        assert table.node_column == expected


def test_columns_are_printed_in_this_order() -> None:
    assert TABLES["nodelist"].column_names == (
        "node",
        "groups",
        "status",
        "statustime",
        "appstatus",
        "appstatustime",
        "primarysn",
        "hidden",
        "updatestatus",
        "updatestatustime",
        "zonename",
        "comments",
        "disable",
    )
    assert TABLES["passwd"].column_names[:2] == ("key", "username")


def test_the_standard_columns_are_last_and_taskstate_has_no_comments() -> None:
    for name, table in TABLES.items():
        last = table.column_names[-2:]
        assert last == ("comments", "disable") or (name == "taskstate" and last == ("reserve", "disable"))


def test_every_table_and_column_is_described_and_no_column_occurs_twice() -> None:
    for table in TABLES.values():
        assert table.description
        assert all(column.description for column in table.columns)
        assert len(set(table.column_names)) == len(table.columns)
        assert set(table.keys) | set(table.required) <= set(table.column_names)


def test_columns_are_text_unless_declared_otherwise() -> None:
    others = {
        (table.name, column.name): column.type
        for table in TABLES.values()
        for column in table.columns
        if column.type != "TEXT"
    }
    assert others == {
        ("auditlog", "recid"): "INTEGER AUTO_INCREMENT",
        ("eventlog", "recid"): "INTEGER AUTO_INCREMENT",
        ("discoverydata", "otherdata"): "VARCHAR(2048)",
        ("kvm_masterdata", "xml"): "VARCHAR(16000)",
        ("kvm_nodedata", "xml"): "VARCHAR(16000)",
        ("osimage", "osupdatename"): "VARCHAR(1024)",
    }


def test_three_tables_are_logs() -> None:
    assert [name for name, table in TABLES.items() if table.log] == ["auditlog", "eventlog", "performance"]


def test_rows_are_looked_up_by_the_node_column_else_by_the_first_of_the_key() -> None:
    assert TABLES["switch"].lookup == "node"
    assert TABLES["switches"].lookup == "switch"
    assert TABLES["discoverydata"].lookup == "node"
    assert TABLES["passwd"].lookup == "key"


def test_a_declaration_adds_the_standard_columns() -> None:
    declared = declaration.table("lab", "rooms", declaration.Column("room", "its number"), keys=("room",))
    assert declared.column_names == ("room", "comments", "disable")
    assert declared.node_column is None
