"""The check of values: what columns take, and how often one is told that something else was written."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from xcatd.store import TABLES, Change, Delete, Exact, Put, Replace, Snapshot
from xcatd.store.accepts import MANY, ValueCheck
from xcatd.store.schema import SITE_ATTRIBUTES
from xcatd.store.schema.site_accepted import SITE_ACCEPTS

EMPTY = Snapshot.from_tables({})


def complaints(*changes: Change, snapshot: Snapshot = EMPTY) -> Sequence[str]:
    check = ValueCheck(snapshot)
    for _ in check.look(changes):
        pass
    return list(check.complaints())


def mgt(node: str, value: str) -> Put:
    return Put("nodehm", {"node": node}, {"consoleondemand": value})


def test_every_pattern_is_one_and_every_meaning_says_something() -> None:
    forms = [column.accepts for table in TABLES.values() for column in table.columns if column.accepts]
    assert len(forms) > 150
    for accepts in [*forms, *SITE_ACCEPTS.values()]:
        assert accepts.meaning
        assert not re.compile(accepts.pattern).fullmatch("\n \x00")


def test_site_forms_are_of_attributes_that_exist() -> None:
    assert set(SITE_ACCEPTS) <= set(SITE_ATTRIBUTES)


@pytest.mark.parametrize(
    ("cell", "good", "bad"),
    [
        ("mac.mac", "00:11:22:33:44:55 001122334455 00:11:22:33:44:55!n1-eth0|00:11:22:33:44:56!*NOIP*", "00:11 eth0"),
        ("hosts.ip", "10.0.0.1 fe80::1 2001:db8::10.0.0.1", "10.0.0 10.0.0.256 n1"),
        ("networks.mask", "255.255.0.0 64 /64 0xffffff00", "255.255 x"),
        ("networks.gateway", "10.0.0.1 <xcatmaster> gw1", "<master>"),
        ("networks.dynamicrange", "10.0.0.1-10.0.0.9 10.0.0.0/24 10.0.0.1-10.0.0.9;10.0.1.1-10.0.1.9", "some"),
        ("networks.mtu", "1500", "big 1.5"),
        ("nodehm.serialspeed", "115200 9600 115200n8", "fast"),
        ("nodehm.mgt", "ipmi openbmc a-b", "ipmi,x"),
        ("noderes.netboot", "xnba GRUB2 grub2-http petitboot", "grub3"),
        ("nodetype.arch", "x86_64 ppc64le aarch64", "x68"),
        ("nodelist.hidden", "1 0 yes No TRUE", "maybe 2"),
        ("servicenode.nameserver", "0 1 2 yes", "3"),
        ("nics.nicips", "eth0!10.0.0.1|10.0.0.2,eth1!10.1.0.1 eth0:1.2.3.4", "10.0.0.1"),
        ("ipmi.taggedvlan", "1 4095 off", "4096 9999"),
        ("openbmc.consport", "2200 65535", "0 65536 port"),
        ("vpd.uuid", "01234567-89ab-cdef-0123-456789ABCDEF", "0123"),
        ("policy.priority", "1 4.4 1.2.3", "first"),
        ("policy.rule", "allow trusted deny Accept", "alow"),
        ("nodegroup.wherevals", "mgt==ipmi groups=~x::os!=y", "mgt=ipmi"),
        ("linuximage.permission", "755 0755", "rwx 999"),
        ("vm.memory", "4096 4G 1024/2048/4096", "much"),
        ("notification.tableops", "a aud a,d", "x"),
        ("litefile.options", "tmpfs tmpfs,rw link,persistent", "tmp"),
    ],
)
def test_what_a_column_takes(cell: str, good: str, bad: str) -> None:
    table, _, column = cell.partition(".")
    key = {TABLES[table].keys[0]: {"networks": "10.0.0.0", "policy": "1"}.get(table, "x")}
    for value in good.split():
        assert not complaints(Put(table, key, {column: value})), value
    for value in bad.split():
        assert complaints(Put(table, key, {column: value})), value


def test_the_same_value_is_told_once_for_all_rows() -> None:
    text = 'nodehm.consoleondemand of node=n0 and 2 more rows is "x"; it takes'
    (complaint,) = complaints(*(mgt(f"n{number}", "x") for number in range(3)))
    assert complaint.startswith(text)
    (complaint,) = complaints(mgt("n0", "x"), mgt("n1", "x"))
    assert " and 1 more row is " in complaint


def test_many_complaints_are_counted() -> None:
    told = complaints(*(mgt(f"n{number}", f"x{number}") for number in range(MANY + 5)))
    assert (len(told), told[-1]) == (MANY + 1, "and 5 more values that their columns do not take")


def test_a_value_that_the_row_has_already_is_left_alone() -> None:
    columns = TABLES["nodehm"].column_names
    row = {column: {"node": "n1", "consoleondemand": "x"}.get(column) for column in columns}
    snapshot = EMPTY.replace("nodehm", [tuple(row.values())])
    other = {**row, "power": "ipmi"}
    assert not complaints(mgt("n1", "x"), snapshot=snapshot)
    assert not complaints(Replace("nodehm", [other]), snapshot=snapshot)
    assert not complaints(Exact("nodehm", row, other), snapshot=snapshot)
    assert complaints(mgt("n2", "x"), snapshot=snapshot)
    assert complaints(Replace("nodehm", [{**row, "node": "n2"}]), snapshot=snapshot)
    assert complaints(Exact("nodehm", None, {**row, "node": "n2"}), snapshot=snapshot)


def test_a_key_is_looked_at_too_when_the_row_is_new() -> None:
    (complaint,) = complaints(Put("policy", {"priority": "high"}, {"rule": "allow"}))
    assert complaint == 'policy.priority of priority=high is "high"; it takes a number such as 4 or 4.5'


def test_removals_logs_and_unknown_tables_say_nothing() -> None:
    assert not complaints(
        Delete("nodehm", {"consoleondemand": "x"}),
        Exact("nodehm", {"node": "n1", "consoleondemand": "x"}, None),
        Put("nosuch", {"a": "b"}, {"c": "d"}),
    )


def test_a_long_value_is_cut() -> None:
    assert f'"{"x" * 60}..."' in complaints(mgt("n1", "x" * 100))[0]
