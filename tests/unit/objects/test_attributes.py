"""The attribute map fits the tables, and is the one that scripts know."""

from __future__ import annotations

import pytest

from xcatd.objects import TYPES, ObjectType
from xcatd.store.schema import TABLES


@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
def test_every_entry_names_a_cell_that_exists(kind: ObjectType) -> None:
    for entry in kind.attributes:
        columns = TABLES[entry.table].column_names
        assert {entry.column, *dict(entry.fixed), *filter(None, [entry.key])} <= set(columns), entry
        if kind.name in ("node", "group") and entry.table != "nodegroup":
            assert entry.key == TABLES[entry.table].node_column, entry
        assert entry.only_if is None or entry.only_if[0] in kind.names, entry


def test_the_types_and_the_number_of_their_entries() -> None:
    assert {name: len(kind.attributes) for name, kind in TYPES.items()} == {
        "auditlog": 11,
        "boottarget": 5,
        "eventlog": 14,
        "firmware": 3,
        "group": 227,
        "kit": 9,
        "kitcomponent": 15,
        "kitrepo": 8,
        "monitoring": 4,
        "network": 19,
        "node": 233,
        "notification": 4,
        "osdistro": 7,
        "osdistroupdate": 5,
        "osimage": 68,
        "pdu": 3,
        "policy": 9,
        "rack": 6,
        "route": 6,
        "site": 3,
        "taskstate": 6,
        "zone": 5,
        "zvmivp": 10,
    }


def test_the_names_that_look_wrong_are_kept() -> None:
    assert {"storagcontroller", "vmnicnicmodel", "passwd.HMC", "prescripts-begin", "pdu"} <= TYPES["node"].names


def test_the_type_of_zvm_hardware_is_where_xcat_2_has_it() -> None:
    entry = next(
        entry for entry in TYPES["node"].attributes if entry.only_if == ("mgt", "zvm") and entry.name == "hwtype"
    )
    assert (entry.table, entry.column) == ("ppc", "nodetype")


def test_a_type_knows_its_main_table() -> None:
    assert (TYPES["osimage"].table, TYPES["node"].table, TYPES["zvmivp"].table) == ("osimage", "nodelist", "zvmivp")
