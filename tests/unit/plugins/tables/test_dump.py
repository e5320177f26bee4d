"""`tabdump`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.run import Desk, Seen
from xcatd.store import SITE_ATTRIBUTES, TABLES, Append

HEADER = "#priority,name,host,commands,noderange,parameters,time,rule,comments,disable\n"


async def test_alone_it_lists_the_tables(desk: Desk) -> None:
    lines = (await desk.ok("tabdump")).splitlines()
    assert lines == sorted(TABLES)


async def test_a_table_is_a_header_and_a_line_per_row_in_database_order(desk: Desk) -> None:
    await desk.fill(
        site=[
            {"key": "b", "value": 'say "hi", all'},
            {"key": "a", "value": None, "comments": "two\nlines"},
            {"key": "c", "value": "0", "disable": "1"},
        ]
    )
    assert await desk.ok("tabdump site") == (
        '#key,value,comments,disable\n"b","say ""hi"", all",,\n"a",,"two\nlines",\n"c","0",,"1"\n'
    )


async def test_an_empty_table_is_its_header(desk: Desk) -> None:
    assert await desk.ok("tabdump site") == "#key,value,comments,disable\n"


async def test_descriptions_of_all_tables_and_of_the_columns_of_one(desk: Desk) -> None:
    lines = (await desk.ok("tabdump -d")).splitlines()
    assert lines[0] == f"auditlog:\t{TABLES['auditlog'].description}"
    assert len(lines) == len(TABLES)
    assert await desk.ok("tabdump -d rack") == (
        f"{TABLES['rack'].description}\n"
        + "".join(f"{column.name}:\t{column.description}\n" for column in TABLES["rack"].columns)
    )


async def test_the_description_of_the_site_table_names_its_attributes(desk: Desk) -> None:
    lines = (await desk.ok("tabdump -d site")).splitlines()
    assert [line.partition(":")[0] for line in lines[1:5]] == ["key", "value", "comments", "disable"]
    assert f"    auditskipcmds:\t{SITE_ATTRIBUTES['auditskipcmds']}" in lines


@pytest.mark.parametrize(
    ("conditions", "priorities"),
    [
        ("-w name==root", ["1"]),
        ("-w name!=root -w priority<=2.1", ["1.2", "2", "2.1"]),
        ("-w commands=~get%", ["2", "4", "4.4", "4.5", "4.9"]),
        ("-w commands=~GET%s%", ["4", "4.4", "4.5"]),
        ("-w commands=~get_estiny", ["4"]),
        ("-w commands=~", ["1", "1.2"]),
        ("-w commands!~% -w priority<9", []),
        ("-w priority>4.7", ["4.8", "4.9", "4.91", "4.92"]),
        ("-w priority>=4.7 -w commands<lm", ["4.7", "4.8", "4.9"]),
        ("-w host<x", []),
    ],
)
async def test_conditions_choose_rows(desk: Desk, conditions: str, priorities: list[str]) -> None:
    words = " ".join(f"'{word}'" if word != "-w" else word for word in conditions.split())
    output = await desk.ok(f"tabdump {words} policy")
    assert output.startswith(HEADER)
    assert [line.split('"')[1] for line in output.splitlines()[1:]] == priorities


@pytest.mark.parametrize(
    ("conditions", "keys"),
    [
        ("-w value==1", ["a"]),
        ("-w key!=x", ["a", "c"]),
        ("-w value==1 -w disable==1", ["b"]),
        ("-w disable==", ["a"]),
        ("-w disable!=x", ["a", "b", "c"]),
        ("", ["a", "b", "c"]),
    ],
)
async def test_conditions_leave_disabled_rows_out_unless_they_are_about_them(
    desk: Desk, conditions: str, keys: list[str]
) -> None:
    rows = [("a", "1", None), ("b", "1", "1"), ("c", "2", "no")]
    await desk.fill(site=[{"key": key, "value": value, "disable": disable} for key, value, disable in rows])
    output = await desk.ok(f"tabdump {conditions} site")
    assert [line.split('"')[1] for line in output.splitlines()[1:]] == keys


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("tabdump nosuchtable", "Error: [mn1]: No such table: nosuchtable\n"),
        ("tabdump -d nosuchtable", "Error: [mn1]: No such table: nosuchtable\n"),
        ("tabdump -w 'x==1' site", 'Error: [mn1]: No column "x" in table "site"\n'),
        (
            "tabdump -w key site",
            "Error: [mn1]: 'key' is not a condition; write it as column==value (or != =~ !~ < <= > >=)\n",
        ),
        (
            "tabdump -n 3 site",
            "Error: [mn1]: site table is not supported in tabdump -n. You may only use this option on the auditlog or the "
            "eventlog.\n",
        ),
        ("tabdump -n -3 auditlog", "Error: [mn1]: tabdump: -n counts records, which -3 is no number of\n"),
        ("tabdump -n -1 eventlog", "Error: [mn1]: tabdump: -n counts records, which -1 is no number of\n"),
        ("tabdump -d -n 1 eventlog", "Error: [mn1]: You cannot use the -n and -d flag together.\n"),
        ("tabdump ''", "Error: [mn1]: No such table: \n"),
        ("tabdump -n 3", "Error: [mn1]: table name missing from the command input: -f, -w and -n need one\n"),
    ],
)
async def test_what_does_not_exist_is_named(desk: Desk, line: str, error: str) -> None:
    assert await desk.type(line) == Seen("", error, 1)


async def log(desk: Desk, *commands: str) -> None:
    await desk.store.write([Append("auditlog", {"command": command}) for command in commands], author="test")


@pytest.mark.parametrize(
    ("options", "commands"),
    [
        ("", ["a", "b", "c"]),
        ("-n 2", ["b", "c"]),
        ("-n 9", ["a", "b", "c"]),
        ("-n 1000000000000000", ["a", "b", "c"]),
        ("-n 0", []),
        ("-n 1 -w 'recid<3'", ["b"]),
    ],
)
async def test_the_last_records_of_a_log(desk: Desk, options: str, commands: list[str]) -> None:
    await log(desk, "a", "b", "c")
    lines = (await desk.ok(f"tabdump {options} auditlog")).splitlines()
    assert lines[0] == "#recid,audittime,userid,clientname,clienttype,command,noderange,args,status,comments,disable"
    assert [line.split(",")[5] for line in lines[1:]] == [f'"{command}"' for command in commands]


async def test_a_log_without_records_says_so_when_the_last_ones_are_asked_for(desk: Desk) -> None:
    assert await desk.ok("tabdump --lines 3 eventlog") == "Nothing to display from eventlog.\n"
    assert (await desk.ok("tabdump eventlog")).startswith("#recid,")


async def test_every_table_and_column_has_a_description(desk: Desk) -> None:
    for name, table in TABLES.items():
        assert table.description.strip(), name
        assert all(column.description.strip() for column in table.columns), name


async def test_rows_in_json_have_the_cells_that_are_not_empty(desk: Desk) -> None:
    await desk.fill(site=[{"key": "a", "value": "é", "disable": "1"}, {"key": "b", "value": ""}])
    assert json.loads(await desk.ok("tabdump --json site")) == [
        {"type": "row", "name": "site", "attributes": {"key": "a", "value": "é", "disable": "1"}},
        {"type": "row", "name": "site", "attributes": {"key": "b"}},
    ]


async def test_tables_and_columns_in_json_have_descriptions(desk: Desk) -> None:
    tables = json.loads(await desk.ok("tabdump --json"))
    assert tables == json.loads(await desk.ok("tabdump -d --json"))
    assert {each["name"]: each["attributes"] for each in tables}["rack"] == {"description": TABLES["rack"].description}
    columns = {each["name"]: each for each in json.loads(await desk.ok("tabdump -d --json nodehm"))}
    assert columns["consoleondemand"]["type"] == "column"
    assert columns["consoleondemand"]["attributes"]["accepts"].startswith("yes, y, 1")


async def test_root_may_have_a_table_written_into_a_file_that_nobody_else_can_read(desk: Desk, tmp_path: Path) -> None:
    await desk.fill(site=[{"key": "a", "value": "é"}])
    assert await desk.type("tabdump -f site.csv site", cwd=str(tmp_path)) == Seen("", "", 0)
    file = tmp_path / "site.csv"
    assert file.read_text() == '#key,value,comments,disable\n"a","é",,\n'
    assert file.stat().st_mode & 0o777 == 0o600


async def test_others_may_not_write_with_the_rights_of_the_daemon(desk: Desk, tmp_path: Path) -> None:
    await desk.fill(policy=[{"priority": "6", "name": "joe", "rule": "allow"}])
    assert await desk.type(f"tabdump -f {tmp_path}/x site", user="joe") == Seen(
        "",
        "Error: [mn1]: tabdump -f writes with the rights of the daemon, so only root may use it; redirect the output instead\n",
        1,
    )
    assert not (tmp_path / "x").exists()


async def test_a_file_that_cannot_be_written_is_named(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name, reason in (("no/such", "No such file or directory"), ("link", "Too many levels of symbolic links")):
        seen = await desk.type(f"tabdump -f {tmp_path}/{name} site")
        wanted = f"Error on tabdump to {tmp_path}/{name}. Unable to open the file for write: {reason}"
        assert seen == Seen("", f"Error: [mn1]: {wanted}\n", 1)
