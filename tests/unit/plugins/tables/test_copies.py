"""The daemon's side of `dumpxCATdb` and `restorexCATdb`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.run import Desk, Seen
from tests.helpers.xcat2 import run
from xcatd.store import TABLES, Append


def texts(said: str) -> dict[str, str | None]:
    gathered: dict[str, str | None] = {}
    for line in said.splitlines():
        name, piece = json.loads(line)
        gathered[name] = None if piece is None else (gathered.get(name) or "") + piece
    return gathered


def sent(**files: str) -> str:
    return "".join(f"{json.dumps([name, text])}\n" for name, text in files.items())


async def test_all_tables_are_sent_as_tabdump_shows_them(desk: Desk) -> None:
    await desk.fill(site=[{"key": f"é{number}", "value": "x" * 1000} for number in range(100)])
    dumped = texts(await desk.ok("dumpxCATdb"))
    assert sorted(dumped) == sorted(TABLES)
    assert {name for name, text in dumped.items() if text is None} == {"auditlog", "eventlog"}
    assert dumped["site"] == await desk.ok("tabdump site")
    assert dumped["passwd"] == await desk.ok("tabdump passwd")


async def test_logs_are_sent_when_they_are_asked_for(desk: Desk) -> None:
    await desk.store.write([Append("auditlog", {"command": "x"})], author="test")
    assert texts(await desk.ok("dumpxCATdb -a"))["auditlog"] == await desk.ok("tabdump auditlog")


async def test_the_site_says_which_tables_are_left_out(desk: Desk) -> None:
    await desk.fill(site=[{"key": "skiptables", "value": "passwd, policy"}])
    dumped = texts(await desk.ok("dumpxCATdb"))
    assert {name for name, text in dumped.items() if text is None} == {"auditlog", "eventlog", "passwd", "policy"}


async def test_all_that_is_sent_is_restored(desk: Desk) -> None:
    await desk.fill(site=[{"key": "a", "value": "1\n2"}], passwd=[{"key": "a", "username": "x"}])
    dumped = await desk.ok("dumpxCATdb")
    pieces = [json.loads(line) for line in dumped.splitlines()]
    await desk.ok("tabprune -a site")
    await desk.ok("chtab key=b passwd.username=y")
    stdin = "".join(f"{json.dumps(piece)}\n" for piece in pieces if piece[1] is not None)
    assert await desk.ok("restorexCATdb", stdin=stdin) == ""
    assert await desk.ok("dumpxCATdb") == dumped


async def test_tables_that_are_left_out_are_named(desk: Desk) -> None:
    await desk.fill(site=[{"key": "skiptables", "value": "passwd"}])
    stdin = sent(passwd="nonsense", auditlog="nonsense", rack="#rackname\nr1\n")
    assert await desk.ok("restorexCATdb", stdin=stdin) == "auditlog\npasswd\n"
    assert await desk.ok("tabdump rack") == '#rackname,displayname,num,height,room,comments,disable\n"r1",,,,,,\n'


async def test_one_bad_file_is_enough_to_change_nothing(desk: Desk) -> None:
    stdin = sent(rack="#rackname\nr1\n", zone='#zonename\nz"\nz2,3,4\n', nosuch="#x\n", vpd="#nodes\n")
    seen = await desk.type("restorexCATdb", stdin=stdin)
    assert seen.stderr.splitlines() == [
        "Error: [mn1]: nosuch.csv: there is no table nosuch: leave the file out, or name the table in XCAT_SKIPTABLES",
        "Error: [mn1]: vpd.csv: The header line indicates that column 'nodes' should exist, which is not defined in the schema "
        "for 'vpd'",
        'Error: [mn1]: zone.csv: CSV missing opening " for record with " characters on line 2, character 0: z"',
        "Error: [mn1]: zone.csv: Too many fields on line 3: z2,3,4",
    ]
    assert (seen.stdout, seen.status) == ("", 5)
    assert len((await desk.ok("tabdump rack")).splitlines()) == 1


async def test_a_dry_run_says_what_would_change(desk: Desk) -> None:
    said = await desk.ok("restorexCATdb --dry-run", stdin=sent(rack="#rackname\nr1\n"))
    assert said == "rack rackname=r1: would be added: rackname=r1\n"
    assert len((await desk.ok("tabdump rack")).splitlines()) == 1


@pytest.mark.parametrize("stdin", ["x\n", "[" * 100_000, '["site"]\n', '{"site": "x"}\n', '["site", 1]\n'])
async def test_what_the_program_does_not_send_is_refused(desk: Desk, stdin: str) -> None:
    assert await desk.type("restorexCATdb", stdin=stdin) == Seen(
        "",
        "Error: [mn1]: restorexCATdb reads what the program of this name sends: call it with -p folder\n",
        1,
    )


async def test_nothing_to_restore_is_an_error(desk: Desk) -> None:
    seen = await desk.type("restorexCATdb", stdin="")
    assert seen.stderr == "Error: [mn1]: There is no table to restore: name the folder that dumpxCATdb has written\n"
    assert seen.status == 1


async def test_the_database_is_copied_by_itself(desk: Desk, tmp_path: Path) -> None:
    await desk.fill(rack=[{"rackname": "r1"}])
    assert await desk.ok(f"dumpxCATdb -b -p {tmp_path}") == f"{tmp_path}/xcat.sqlite\n"
    assert run(tmp_path / "xcat.sqlite", "SELECT rackname FROM rack") == [("r1",)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("dumpxCATdb -b", "dumpxCATdb: -b needs -p with a path on the management node"),
        ("restorexCATdb -b", "restorexCATdb: -b needs -p with a path on the management node"),
        (
            "restorexCATdb -b -p /x",
            "restorexCATdb -b puts files of SQLite back table by table: call the program of this name",
        ),
        (
            "restorexCATdb -b -p /x --dry-run",
            "restorexCATdb: what a copy of a database would change can be seen only without -b",
        ),
    ],
)
async def test_what_cannot_be_done_with_a_copy(desk: Desk, line: str, said: str) -> None:
    seen = await desk.type(line)
    assert (seen.stdout, seen.stderr, seen.status) == ("", f"Error: [mn1]: {said}\n", 1)
