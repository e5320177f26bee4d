"""`xcathist` and `xcathist show`."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import pytest

from tests.helpers.run import Desk, Seen

STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


def untimed(text: str) -> str:
    return re.sub(STAMP, "TIME", text)


async def test_changes_are_listed_the_newest_last(cluster: Desk) -> None:
    assert untimed(await cluster.ok("xcathist")) == (
        "     1  TIME  test       (the daemon itself)  (policy 15)\n"
        "     2  TIME  root@desk  nodeadd n[1-2] groups=all nodehm.mgt=ipmi  (nodelist 2, nodehm 2)\n"
        "     3  TIME  root@desk  nodech n1 ipmi.bmc=10.0.0.1 ipmi.password=xxxxxxxx  (ipmi 1)\n"
        "     4  TIME  root@desk  chtab key=domain site.value=a.b  (site 1)\n"
        "     5  TIME  root@desk  nodech n1 nodehm.mgt=openbmc  (nodehm 1)\n"
    )


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ("-n 2", "45"),
        ("list -n 0", "12345"),
        ("--table nodehm", "25"),
        ("--user test", "1"),
        ("--user root --table site", "4"),
        ("--since 1999-01-01", "12345"),
        ("--since 2999-01-01", ""),
    ],
)
async def test_changes_are_chosen(cluster: Desk, options: str, numbers: str) -> None:
    lines = (await cluster.ok(f"xcathist {options}")).splitlines()
    assert "".join(line.split()[0] for line in lines) == numbers


async def test_the_newest_twenty_are_listed_unless_more_are_wanted(desk: Desk) -> None:
    for number in range(25):
        await desk.ok(f"chtab key=k{number} site.value=x")
    assert len((await desk.ok("xcathist")).splitlines()) == 20
    assert len((await desk.ok("xcathist -n 0")).splitlines()) == 26


async def test_a_list_as_json(cluster: Desk) -> None:
    (item,) = json.loads(await cluster.ok("xcathist -n 1 --json"))
    assert (item["type"], item["name"]) == ("change", "5")
    time = datetime.fromisoformat(item["attributes"].pop("time"))
    assert abs(datetime.now(time.tzinfo) - time) < timedelta(hours=1)
    assert item["attributes"] == {
        "user": "root",
        "client": "desk",
        "request": "r1",
        "command": "nodech",
        "words": "n1 nodehm.mgt=openbmc",
        "tables": "nodehm=1",
    }


async def test_one_change_with_its_rows(cluster: Desk) -> None:
    assert untimed(await cluster.ok("xcathist show 5")) == (
        "Change 5 of TIME by root@desk, request r1\n"
        "    nodech n1 nodehm.mgt=openbmc\n"
        "nodehm node=n1\n"
        "-   mgt: ipmi\n"
        "+   mgt: openbmc\n"
    )
    await cluster.ok("noderm n2")
    lines = (await cluster.ok("xcathist show 6")).splitlines()
    assert sorted(zip(lines[2::2], lines[3::2], strict=True)) == [
        ("nodehm node=n2: removed", "-   mgt: ipmi"),
        ("nodelist node=n2: removed", "-   groups: all"),
    ]


async def test_secrets_are_shown_only_when_that_is_asked_for(cluster: Desk) -> None:
    await cluster.fill(site=[{"key": "ldappassword", "value": "geheim"}])
    for words in ("show 3", "show 6", "show 3 --json", "show 6 --json", "diff ipmi 2", "diff site 5"):
        assert "geheim" not in await cluster.ok(f"xcathist {words}")
        assert "geheim" in await cluster.ok(f"xcathist {words} --secrets")


async def test_one_change_as_json(cluster: Desk) -> None:
    items = json.loads(await cluster.ok("xcathist show 3 --json"))
    assert items[0]["attributes"]["tables"] == "ipmi=1"
    assert items[1:] == [
        {
            "type": "row",
            "name": "ipmi",
            "attributes": {"node": "n1", "+bmc": "10.0.0.1", "+password": "xxxxxxxx"},
        }
    ]


async def test_lines_in_a_text_stay_on_one_line(desk: Desk) -> None:
    await desk.fill(site=[{"key": "a", "value": "two\nlines"}])
    assert (await desk.ok("xcathist show 2")).splitlines()[2:] == ["site key=a: added", "+   value: two\\nlines"]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("show", "Usage: xcathist show NUMBER"),
        ("show x", "'x' is not the number of a change; write xcathist show NUMBER"),
        ("show 77", "There is no change 77 in the history; list it to see which there are"),
        (
            "show 99999999999999999999",
            "There is no change 99999999999999999999 in the history; list it to see which there are",
        ),
        (
            "diff site 99999999999999999999",
            "There is no change 99999999999999999999 in the history; list it to see which there are",
        ),
        ("-n -3", "xcathist: -n takes how many changes to show, 0 for all, not -3"),
        ("undo 77", "There is no change 77 in the history; list it to see which there are"),
        ("undo 1 2", "Usage: xcathist undo NUMBER"),
        ("list 3", "xcathist: '3' is one word too many; see xcathist -h"),
        ("revert 3", "xcathist: 'revert' is not one of list, show, undo, restore, diff, prune; see xcathist -h"),
        ("--table nosuch", "No such table: nosuch"),
        (
            "--since tomorrow",
            "'tomorrow' is no time; write it as 2026-11-21 or '2026-11-21 14:00', or give the number of a change",
        ),
        ("restore site", "Usage: xcathist restore TABLE TIME|NUMBER"),
        ("restore nosuch 1", "No such table: nosuch"),
        ("restore auditlog 1", "Table auditlog is a log, which holds no configuration"),
        ("diff site", "Usage: xcathist diff TABLE TIME|NUMBER [TIME|NUMBER]"),
        ("diff site 1 2 3", "Usage: xcathist diff TABLE TIME|NUMBER [TIME|NUMBER]"),
        ("prune", "Usage: xcathist prune TIME"),
    ],
)
async def test_what_makes_no_sense_gets_a_sentence(cluster: Desk, line: str, error: str) -> None:
    seen = await cluster.type(f"xcathist {line}")
    assert (seen.stdout, seen.status) == ("", 1)
    assert seen.stderr.removeprefix("Error: ").removeprefix("[mn1]: ") == f"{error}\n"


async def test_others_need_a_row_in_the_policy_table(cluster: Desk) -> None:
    assert await cluster.type("xcathist", user="joe") == Seen("", "Error: Permission denied for request\n", 1)
