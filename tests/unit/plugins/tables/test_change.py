"""`tabch` and `chtab`."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk, Seen


async def table(desk: Desk, name: str) -> list[str]:
    return (await desk.ok(f"tabdump {name}")).splitlines()[1:]


@pytest.mark.parametrize("command", ["tabch", "chtab"])
async def test_a_row_is_added_then_changed(desk: Desk, command: str) -> None:
    assert await desk.ok(f"{command} key=a site.value=1") == ""
    assert await desk.ok(f"{command} key=a site.value=b=2 site.comments='x y'") == ""
    assert await table(desk, "site") == ['"a","b=2","x y",']


async def test_one_command_may_change_several_tables(desk: Desk) -> None:
    await desk.ok("chtab node=n1 nodehm.mgt=ipmi ipmi.bmc=10.0.0.1 nodehm.power=ipmi")
    assert await desk.ok("gettab node=n1 nodehm.mgt nodehm.power ipmi.bmc") == (
        "nodehm.mgt: ipmi\nnodehm.power: ipmi\nipmi.bmc: 10.0.0.1\n"
    )


async def test_several_columns_may_name_the_row(desk: Desk) -> None:
    await desk.ok("chtab key=ipmi,username=A passwd.password=1")
    await desk.ok("chtab key=ipmi,username=B passwd.password=2")
    await desk.ok("chtab key=ipmi,username=A passwd.password=3")
    assert await table(desk, "passwd") == ['"ipmi","A","3",,,,', '"ipmi","B","2",,,,']


async def test_all_rows_with_the_key_are_changed(desk: Desk) -> None:
    await desk.fill(passwd=[{"key": "ipmi", "username": "A"}, {"key": "ipmi", "username": "B"}, {"key": "x"}])
    await desk.ok("chtab key=ipmi passwd.comments+=seen")
    assert await table(desk, "passwd") == ['"ipmi","A",,,,"seen",', '"ipmi","B",,,,"seen",', '"x",,,,,,']


async def test_a_row_whose_key_is_partly_empty_is_found(desk: Desk) -> None:
    await desk.ok("chtab net=10.0.0.0 networks.netname=public")
    await desk.ok("chtab net=10.0.0.0 networks.netname=private networks.disable=1")
    assert [line.split(",")[0] for line in await table(desk, "networks")] == ['"private"']


async def test_items_are_added_to_a_list_once(desk: Desk) -> None:
    for words in ("key=l site.value+=a", "key=l site.value+=b,a", "key=l site.value+=c site.value+=d"):
        await desk.ok(f"chtab {words}")
    assert await desk.ok("gettab key=l site.value") == "a,b,c,d\n"


async def test_an_empty_value_or_null_clears_the_cell(desk: Desk) -> None:
    await desk.fill(site=[{"key": "a", "value": "1", "comments": "c", "disable": "1"}])
    await desk.ok("chtab key=a site.value= site.comments=NULL site.disable=")
    assert await table(desk, "site") == ['"a",,,']
    row = desk.store.snapshot.table("site").rows[0]
    assert (row.raw("value"), row.hidden) == (None, False)


async def test_with_an_empty_key_the_first_assignment_is_the_key(desk: Desk) -> None:
    await desk.ok("chtab '' site.key=a site.value=1")
    await desk.ok("chtab '' site.key=a site.value=2")
    assert await table(desk, "site") == ['"a","2",,']


async def test_without_a_key_the_first_assignment_is_the_key(desk: Desk) -> None:
    await desk.ok("chtab site.key=a site.value=1")
    await desk.ok("chtab site.key=a site.value+=2")
    assert await table(desk, "site") == ['"a","1,2",,']


async def test_a_dry_run_says_what_would_change_and_changes_nothing(desk: Desk) -> None:
    await desk.fill(site=[{"key": "a", "value": "0"}])
    assert await desk.ok("tabch --dry-run key=a site.value=1") == "site key=a: value 0 -> 1\n"
    assert await desk.ok("tabch --dry-run -d key=a site") == "site key=a: would be deleted\n"
    assert await table(desk, "site") == ['"a","0",,']


async def test_hidden_rows_are_changed_too(desk: Desk) -> None:
    await desk.fill(site=[{"key": "a", "value": "0", "disable": "1"}])
    await desk.ok("chtab key=a site.value=1")
    assert await table(desk, "site") == ['"a","1",,"1"']


async def test_rows_are_deleted_by_key(desk: Desk) -> None:
    await desk.fill(passwd=[{"key": "ipmi", "username": "A"}, {"key": "ipmi", "username": "B"}, {"key": "x"}])
    await desk.fill(site=[{"key": "ipmi", "value": "1"}])
    assert await desk.ok("chtab -d key=ipmi,username=A passwd") == ""
    assert await desk.ok("tabch -d key=ipmi passwd site") == ""
    assert await desk.ok("tabch -d key=nosuch passwd") == ""
    assert (await table(desk, "passwd"), await table(desk, "site")) == (['"x",,,,,,'], [])


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("tabch key=a site.value=1 nosuch.x=1", "No such table: nosuch"),
        ("tabch key=a site.value=1 site.x=1", 'No column "x" in table "site"'),
        ("tabch x=a site.value=1", 'No column "x" in table "site"'),
        ("tabch key=a site.value=1 passwd", "'passwd' is not an assignment; write it as table.column=value"),
        ("tabch key=a site.value=1 site=1", "'site' is not a table and a column; write it as table.column"),
        ("tabch key=a site.value=1 site.key=", "site.key must not be empty: give it a value, or delete the row"),
        ("tabch node=n1 deps.msdelay=3", "A new row of table deps needs a value for deps.cmd"),
        ("tabch a site.value=1", "'a' does not name a row; write it as column=value[,column=value]"),
        ("chtab key=a", "chtab: nothing to change; write chtab key=value table.column=value ..."),
        ("chtab '' site.key=a", "'site.key=a' is taken as the key, and nothing to change follows"),
        ("tabch -d '' site", "'' does not name a row; write it as column=value[,column=value]"),
        ("tabch '' site.comments= site.value=1", "comments= names no row: a key needs a value for each of its columns"),
        ("tabch -d comments= site", "comments= names no row: a key needs a value for each of its columns"),
        ("tabch key=a,comments= site.value=1", "comments= names no row: a key needs a value for each of its columns"),
        ("tabch -d key=a site nosuch", "No such table: nosuch"),
        (
            "tabch -d key=a site.value",
            "site.value: -d deletes whole rows; name the table, or clear the cell with site.value=",
        ),
        ("chtab -d key=a", "chtab: nothing to change; write chtab -d key=value table ..."),
        ("tabch recid=1 auditlog.status=x", "Table auditlog is a log, which holds no configuration"),
    ],
)
async def test_a_mistake_is_named_and_nothing_is_changed(desk: Desk, line: str, error: str) -> None:
    await desk.fill(site=[{"key": "a", "value": "0"}])
    before = desk.store.snapshot.revision
    assert await desk.type(line) == Seen("", f"Error: [mn1]: {error}\n", 1)
    assert desk.store.snapshot.revision == before


async def test_the_change_is_written_in_the_callers_name_only_if_policy_allows_it(desk: Desk) -> None:
    assert await desk.type("tabch key=a site.value=1", user="joe") == Seen(
        "", "Error: Permission denied for request\n", 1
    )
    assert await table(desk, "site") == []
