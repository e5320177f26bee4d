"""`tabprune`."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.helpers.run import Desk, Seen
from xcatd.store import Append

HEAD = "#recid,audittime,userid,clientname,clienttype,command,noderange,args,status,comments,disable\n"


@pytest.fixture
async def logged(desk: Desk) -> Desk:
    """Ten records, one a day, today's last."""
    days = [datetime.now() - timedelta(days=9 - number, hours=-1) for number in range(10)]
    records = [{"audittime": day.strftime("%Y-%m-%d %H:%M:%S"), "command": f"c{n}"} for n, day in enumerate(days)]
    await desk.store.write([Append("auditlog", record) for record in records], author="test")
    return desk


async def left(desk: Desk) -> list[str]:
    return [row["command"] for row in await desk.store.scan("auditlog")]


@pytest.mark.parametrize(
    ("options", "removed"),
    [
        ("-n 3", 3),
        ("--number=0", 0),
        ("-n 99", 10),
        ("-p 25", 2),
        ("--percent 100", 10),
        ("-i 4", 3),
        ("-i 1", 0),
        ("-d 5", 4),
        ("--days 30", 0),
        ("-a", 10),
    ],
)
async def test_the_oldest_records_go(logged: Desk, options: str, removed: int) -> None:
    assert await logged.ok(f"tabprune auditlog {options}") == "tabprune of auditlog complete.\n"
    assert await left(logged) == [f"c{number}" for number in range(removed, 10)]


async def test_the_removed_records_are_shown(logged: Desk) -> None:
    first = (await logged.ok("tabdump auditlog")).splitlines()[1]
    said = await logged.ok("tabprune auditlog -V -n 1")
    assert said.replace("[mn1]: ", "") == f"{HEAD}{first}\n"
    assert len(await left(logged)) == 9


async def test_a_dry_run_removes_nothing(logged: Desk) -> None:
    assert await logged.ok("tabprune --dry-run auditlog -n 3") == "auditlog: 3 records would be deleted\n"
    assert await logged.ok("tabprune --dry-run auditlog -a") == "auditlog: 10 records would be deleted\n"
    assert len(await left(logged)) == 10


async def test_all_rows_of_any_table_may_go(desk: Desk) -> None:
    await desk.fill(site=[{"key": "a", "value": "1"}, {"key": "b", "disable": "1"}])
    said = await desk.ok("tabprune -a -V site")
    assert said.replace("[mn1]: ", "") == '#key,value,comments,disable\n"a","1",,\n"b",,,"1"\n'
    assert await desk.ok("tabdump site") == "#key,value,comments,disable\n"


async def test_an_empty_log_has_nothing_to_prune(desk: Desk) -> None:
    assert await desk.ok("tabprune eventlog -V -n 5") == "[mn1]: Nothing to prune from eventlog.\n"
    assert await desk.ok("tabprune eventlog -n 5") == (
        "Nothing to prune from eventlog.\ntabprune of eventlog complete.\n"
    )


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("", "Table name required."),
        ("site -n 3", "Table site not supported, see tabprune -h for supported tables."),
        ("auditlog", "One option -p or -i or -n or -a or -d must be supplied."),
        ("auditlog -a -n 3", "Only one option -p or -i or -n or -a maybe used at a time."),
        ("auditlog -d 3 -i 3", "Only one option -p or -i or -n or -a maybe used at a time."),
        ("site -a -d 3", "Table site not supported for the -d option."),
    ],
)
async def test_what_old_scripts_read_on_standard_output(logged: Desk, words: str, text: str) -> None:
    seen = await logged.type(f"tabprune {words}")
    assert (seen.stdout.replace("[mn1]: ", ""), seen.stderr, seen.status) == (f"{text}\n", "", 1)
    assert len(await left(logged)) == 10


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("auditlog -i x", "tabprune: -i takes the number of a record, not 'x'"),
        ("auditlog -p 101", "tabprune: -p takes a number from 0 to 100, not 101"),
        ("auditlog -n -5", "tabprune: -n takes a number from 0, not -5"),
        ("auditlog -n -1", "tabprune: -n takes a number from 0, not -1"),
        ("auditlog -d -1", "tabprune: -d takes a number from 0 to 365000, not -1"),
        ("auditlog -i ''", "tabprune: -i takes the number of a record, not ''"),
        ("nosuch -a", "No such table: nosuch"),
    ],
)
async def test_a_mistake_is_named_and_nothing_is_removed(logged: Desk, words: str, error: str) -> None:
    assert await logged.type(f"tabprune {words}") == Seen("", f"Error: [mn1]: {error}\n", 1)
    assert len(await left(logged)) == 10
