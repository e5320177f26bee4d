"""`gettab`."""

from __future__ import annotations

import json

import pytest

from tests.helpers.run import Desk, Seen
from xcatd.store import Append

ROWS = [
    {"key": "ipmi", "username": "ADMIN", "password": "a"},
    {"key": "system", "username": "joe", "disable": "1"},
    {"key": "system", "username": "root"},
]


@pytest.mark.parametrize(
    ("line", "output"),
    [
        ("gettab key=master site.value", "127.0.0.1\n"),
        ("gettab -H key=master site.value", "site.value: 127.0.0.1\n"),
        ("gettab key=zero site.value", "0\n"),
        ("gettab key=ipmi passwd.username passwd.password", "passwd.username: ADMIN\npasswd.password: a\n"),
        ("gettab key=ipmi,username=ADMIN passwd.password", "a\n"),
        ("gettab key=system passwd.username", "root\n"),
        ("gettab key=system passwd.password passwd.username", "passwd.password: \npasswd.username: root\n"),
        ("gettab key=system passwd.password", ""),
        ("gettab -H key=system passwd.password", ""),
        ("gettab key=system passwd.password passwd.comments", ""),
        ("gettab key=zero site.value site.value", "site.value: 0\n"),
        ("gettab key=master site.value passwd.username", "site.value: 127.0.0.1\n"),
        ("gettab key=nosuch site.value", ""),
        ("gettab value=a,b site.key", "list\n"),
        ("gettab comments=,value=0 site.key", "zero\n"),
    ],
)
async def test_cells_of_the_first_row_with_the_key(desk: Desk, line: str, output: str) -> None:
    await desk.fill(passwd=ROWS)
    await desk.fill(site=[{"key": "master", "value": "127.0.0.1"}, {"key": "zero", "value": "0"}])
    await desk.fill(site=[{"key": "list", "value": "a,b"}])
    assert await desk.ok(line) == output


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("gettab key=a nosuch.value", "No such table: nosuch"),
        ("gettab key=a site.nosuch", 'No column "nosuch" in table "site"'),
        ("gettab nosuch=a site.value", 'No column "nosuch" in table "site"'),
        ("gettab key=a site", "'site' is not a table and a column; write it as table.column"),
        ("gettab key site.value", "'key' does not name a row; write it as column=value[,column=value]"),
        ("gettab key=a", "gettab: which columns? Write gettab key=value table.column ..."),
    ],
)
async def test_what_does_not_exist_is_named(desk: Desk, line: str, error: str) -> None:
    assert await desk.type(line) == Seen("", f"Error: [mn1]: {error}\n", 1)


async def test_the_key_must_be_given(desk: Desk) -> None:
    assert await desk.type("gettab") == Seen("", "Error: gettab: key is missing; see gettab -h\n", 1)


async def test_logs_can_be_asked_too(desk: Desk) -> None:
    await desk.store.write([Append("auditlog", {"command": "rpower"})], author="test")
    assert await desk.ok("gettab recid=1 auditlog.command") == "rpower\n"


async def test_an_item_in_json_for_each_table_with_a_row(desk: Desk) -> None:
    await desk.fill(passwd=ROWS, site=[{"key": "ipmi", "value": "1"}])
    said = await desk.ok("gettab --json key=ipmi passwd.username passwd.password site.value passwd.comments")
    assert json.loads(said) == [
        {"type": "row", "name": "passwd", "attributes": {"username": "ADMIN", "password": "a"}},
        {"type": "row", "name": "site", "attributes": {"value": "1"}},
    ]
    assert json.loads(await desk.ok("gettab --json key=nosuch site.value")) == []
