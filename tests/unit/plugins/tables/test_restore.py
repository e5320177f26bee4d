"""`tabrestore`."""

from __future__ import annotations

import json

import pytest

from tests.helpers.run import Desk, Seen
from xcatd.plugins.tables.csvtext import csv_lines, digest, rows_of
from xcatd.store import TABLES, Append, Put

HEAD = "#key,value,comments,disable\n"


async def table(desk: Desk, name: str) -> list[str]:
    return (await desk.ok(f"tabdump {name}")).splitlines()[1:]


def digest_of(desk: Desk, name: str) -> str:
    return digest(csv_lines(TABLES[name], rows_of(desk.store.snapshot, TABLES[name])))


async def test_the_rows_of_the_file_replace_those_of_the_table(desk: Desk) -> None:
    await desk.fill(site=[{"key": "a", "value": "1"}, {"key": "b", "disable": "1"}])
    assert await desk.ok("tabrestore site", stdin=f'{HEAD}"c","say ""é""\n",,\n"b","2",,\n') == ""
    assert await desk.ok("tabdump site") == f'{HEAD}"c","say ""é""\n",,\n"b","2",,\n'


async def test_what_tabdump_says_is_restored_as_it_was(desk: Desk) -> None:
    await desk.fill(passwd=[{"key": "a", "username": None, "password": 'x"y,z'}, {"key": "a", "username": "b"}])
    before = await desk.ok("tabdump passwd")
    await desk.ok("tabch -d key=a passwd")
    await desk.ok("tabrestore passwd", stdin=before)
    assert await desk.ok("tabdump passwd") == before


async def test_rows_are_added(desk: Desk) -> None:
    await desk.fill(site=[{"key": "a", "value": "1"}])
    await desk.ok("tabrestore -a site", stdin='#key,value\n"b","2"\n"b","2"\n')
    assert await table(desk, "site") == ['"a","1",,', '"b","2",,']


async def test_a_row_that_is_there_is_not_added(desk: Desk) -> None:
    await desk.fill(site=[{"key": "a", "value": "1"}])
    seen = await desk.type("tabrestore -a site", stdin='#key,value\n"b","2"\n"a","2"\n')
    assert seen == Seen("", 'Error: [mn1]: DB error a row with the key a is there already with line 3: "a","2"\n', 4)
    assert await table(desk, "site") == ['"a","1",,']


async def test_every_bad_line_is_named_and_nothing_is_changed(desk: Desk) -> None:
    await desk.fill(deps=[{"node": "n1", "cmd": "on"}])
    text = '#node,cmd\nn2,on\nn3,off,x,y\nb"d,on\nn4,\nn2,on\n"n2","on"\nn2,off\n'
    seen = await desk.type("tabrestore deps", stdin=text)
    assert (seen.stdout, seen.status) == ("", 4)
    assert seen.stderr.splitlines() == [
        "Error: [mn1]: Too many fields on line 3: n3,off,x,y",
        'Error: [mn1]: CSV missing opening " for record with " characters on line 4, character 0: b"d,on',
        'Error: [mn1]: DB error no value for "cmd" with line 5: n4,',
    ]
    assert await table(desk, "deps") == ['"n1",,,"on",,']


async def test_two_rows_with_one_key_must_be_the_same(desk: Desk) -> None:
    seen = await desk.type("tabrestore site", stdin="#key,value\na,1\na,1\na,2\n,3\n")
    assert seen.stderr.splitlines() == [
        "Error: [mn1]: DB error another row has the same key a with line 4: a,2",
        'Error: [mn1]: DB error no value for "key" with line 5: ,3',
    ]
    await desk.ok("tabrestore site", stdin="#key,value\na,1\na,1\n")
    assert await table(desk, "site") == ['"a","1",,']


@pytest.mark.parametrize(
    ("line", "text", "error", "status"),
    [
        ("tabrestore nosuch", "#a\n", "Unable to open nosuch: there is no such table; see: tabdump", 4),
        ("tabrestore site", "", "Data missing header line starting with #", 1),
        (
            "tabrestore site",
            "#kee\n",
            "The header line indicates that column 'kee' should exist, which is not defined in the schema for 'site'",
            1,
        ),
        (
            "tabrestore -a --unless-changed=x site",
            HEAD,
            "tabrestore: --unless-changed is for rows that are replaced, not for rows that are added",
            1,
        ),
    ],
)
async def test_a_mistake_is_named_and_nothing_is_changed(
    desk: Desk, line: str, text: str, error: str, status: int
) -> None:
    before = desk.store.snapshot.revision
    assert await desk.type(line, stdin=text) == Seen("", f"Error: [mn1]: {error}\n", status)
    assert desk.store.snapshot.revision == before


async def test_a_text_that_is_not_utf8_is_refused(desk: Desk) -> None:
    seen = await desk.type("tabrestore site", stdin="#key,value\na,\udce9\nb,é\nc,\udce8\n")
    assert seen == Seen(
        "",
        "Error: [mn1]: DB error text that is not UTF-8 with line 2: a,\udce9\n"
        "Error: [mn1]: DB error text that is not UTF-8 with line 4: c,\udce8\n",
        4,
    )


async def test_a_dry_run_says_what_would_change(desk: Desk) -> None:
    await desk.fill(site=[{"key": "a", "value": "1"}, {"key": "b", "value": "1"}])
    said = await desk.ok("tabrestore --dry-run site", stdin="#key,value\nb,2\nc,3\n")
    assert sorted(said.splitlines()) == [
        "site key=a: would be deleted",
        "site key=b: value 1 -> 2",
        "site key=c: would be added: key=c, value=3",
    ]
    assert len(await table(desk, "site")) == 2


async def test_a_log_is_restored_with_new_numbers(desk: Desk) -> None:
    await desk.store.write([Append("auditlog", {"command": "old"})], author="test")
    await desk.ok("tabrestore auditlog", stdin="#recid,command,args\n7,rpower,on\n9,nodels,\n")
    assert [line.split(",")[5:8] for line in await table(desk, "auditlog")] == [
        ['"rpower"', "", '"on"'],
        ['"nodels"', "", ""],
    ]
    await desk.ok("tabrestore -a auditlog", stdin="#command\nlsdef\n")
    assert len(await table(desk, "auditlog")) == 3


async def test_edited_rows_are_changed_one_by_one_if_the_table_is_what_it_was(desk: Desk) -> None:
    await desk.fill(site=[{"key": key, "value": "1"} for key in "abcd"])
    edited = '#key,value,comments,disable\n"a","1",,\n"b","2",,\n"e","1",,\n"c","1",,\n'
    await desk.ok(f"tabrestore --unless-changed={digest_of(desk, 'site')} site", stdin=edited)
    assert sorted(await table(desk, "site")) == ['"a","1",,', '"b","2",,', '"c","1",,', '"e","1",,']


async def test_a_table_that_somebody_else_has_changed_is_left_alone(desk: Desk) -> None:
    await desk.fill(site=[{"key": "a", "value": "1"}])
    before = digest_of(desk, "site")
    await desk.store.write([Put("site", {"key": "a"}, {"value": "2"})], author="somebody")
    seen = await desk.type(f"tabrestore --unless-changed={before} site", stdin=f'{HEAD}"a","3",,\n')
    assert seen == Seen("", "Error: [mn1]: Somebody else has changed table site meanwhile; nothing is restored\n", 8)
    assert await table(desk, "site") == ['"a","2",,']


async def test_a_row_that_was_hidden_by_an_empty_text_stays_so_unless_it_is_edited(desk: Desk) -> None:
    """tabdump shows "" and NULL alike, but only the first hides the row."""
    await desk.fill(site=[{"key": "a", "value": "1", "disable": ""}])
    digest_before = digest_of(desk, "site")
    await desk.ok(f"tabrestore --unless-changed={digest_before} site", stdin=f'{HEAD}"a","1",,\n"b","1",,\n')
    assert desk.store.snapshot.table("site").rows[0].hidden


async def test_the_performance_table_is_edited_too(desk: Desk) -> None:
    await desk.store.write([Append("performance", {"timestamp": "1", "node": "n", "attrname": "x"})], author="t")
    was = await desk.ok("tabdump performance")
    edited = was.replace('"x"', '"y"')
    await desk.ok(f"tabrestore --unless-changed={digest(was.splitlines())} performance", stdin=edited)
    assert await desk.ok("tabdump performance") == edited
    seen = await desk.type(f"tabrestore --unless-changed={digest(was.splitlines())} performance", stdin=was)
    assert seen.status == 8


async def test_a_caller_must_be_allowed_to(desk: Desk) -> None:
    assert (await desk.type("tabrestore site", user="joe", stdin=HEAD)).status == 1


async def test_many_rows_are_restored_and_dumped(desk: Desk) -> None:
    text = "#node,groups,status,statustime,appstatus,appstatustime,primarysn,hidden,updatestatus,updatestatustime"
    text += ",zonename,comments,disable\n" + "".join(
        f'"n{n:05}","all,rack{n % 40}",,,,,,,,,,,\n' for n in range(20_000)
    )
    await desk.ok("tabrestore nodelist", stdin=text)
    assert await desk.ok("tabdump nodelist") == text
    assert len(json.loads(await desk.ok("tabdump --json nodelist"))) == 20_000
