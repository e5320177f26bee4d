"""`xcat-inventory diff`."""

from __future__ import annotations

import json

import pytest

from tests.helpers.run import Desk, Seen

BORDER = "\n# --- the second file ---\n"


async def newest(desk: Desk) -> int:
    return (await desk.store.history.entries(last=1))[0].id


async def test_nothing_differs(cluster: Desk) -> None:
    text = await cluster.ok("xcat-inventory export")
    assert await cluster.ok("xcat-inventory diff --from -", stdin=text) == ""
    assert await cluster.ok(f"xcat-inventory diff --from @{await newest(cluster)}") == ""
    assert await cluster.ok("xcat-inventory diff --from - --to -", stdin=text + BORDER + text) == ""


async def test_a_moment_and_now(cluster: Desk) -> None:
    moment = await newest(cluster)
    await cluster.ok("nodech n1 ipmi.bmc=10.1.0.9 ipmi.password=neu")
    await cluster.ok("noderm n2")
    await cluster.ok("chtab key=ipmi passwd.username=admin passwd.password=x")
    await cluster.ok("chtab netname=mgmt networks.gateway=10.0.0.1")
    seen = await cluster.type(f"xcat-inventory diff --from @{moment}")
    assert seen == Seen(
        f"""\
--- @{moment}
+++ database
network mgmt
+   gateway: 10.0.0.1
node n1
-   bmc: 10.1.0.1
+   bmc: 10.1.0.9
-   bmcpassword: xxxxxxxx
+   bmcpassword: xxxxxxxx
node n2: removed
-   groups: compute,all
-   openbmc.bmc: 10.9.0.2
-   serialport: 0
-   switch: sw1
-   switchport: 3
-   vpd[0].serial: 4711
-   vpd[0].disable: 1
passwd key=ipmi,username=admin: added
+   password: xxxxxxxx
4 differ
""",
        "",
        1,
    )
    shown = await cluster.type(f"xcat-inventory diff --from @{moment} --secrets -t node -o n1")
    assert "-   bmcpassword: geheim\n+   bmcpassword: neu\n1 differ\n" in shown.stdout
    backwards = await cluster.type(f"xcat-inventory diff --from database --to @{moment} -t network")
    assert backwards.stdout == f"--- database\n+++ @{moment}\nnetwork mgmt\n-   gateway: 10.0.0.1\n1 differ\n"


async def test_a_file_and_the_database_differ_where_an_import_would_change_something(cluster: Desk) -> None:
    text = await cluster.ok("xcat-inventory export -t node")
    text = text.replace("serialport: '0'", "serialport: '1'")
    await cluster.ok("nodeadd n3 groups=all")
    seen = await cluster.type("xcat-inventory diff --from=-:cluster.yaml", stdin=text)
    assert seen.stdout == (
        "--- cluster.yaml\n+++ database\nnode n2\n-   serialport: 1\n+   serialport: 0\nnode n3: added\n+   groups: all\n2 differ\n"
    )
    chosen = "inventory: 1\nchosen: n2\nnode: {n2: {groups: all}}\n"
    seen = await cluster.type("xcat-inventory diff --from database --to -", stdin=chosen)
    assert seen.stdout.splitlines()[2:4] == ["node n2", "-   groups: compute,all"]
    assert "n3" not in seen.stdout


async def test_a_file_and_a_moment(cluster: Desk) -> None:
    text, moment = await cluster.ok("xcat-inventory export"), await newest(cluster)
    await cluster.ok("noderm n1,n2")
    assert await cluster.ok(f"xcat-inventory diff --from - --to @{moment}", stdin=text) == ""


async def test_two_files_of_other_clusters(desk: Desk) -> None:
    first = "inventory: 1\nnode: {a: {groups: all, mgt: ipmi, bmc: x}, b: {groups: all}}\n"
    second = "inventory: 1\nnode: {a: {groups: all, mgt: ipmi, ipmi.bmc: x}, c: {groups: all}}\n"
    seen = await desk.type("xcat-inventory diff --from=-:1 --to=-:2", stdin=first + BORDER + second)
    assert seen.stdout == ("--- 1\n+++ 2\nnode b: removed\n-   groups: all\nnode c: added\n+   groups: all\n2 differ\n")


async def test_as_json(cluster: Desk) -> None:
    moment = await newest(cluster)
    await cluster.ok("nodech n1 ipmi.bmc=10.1.0.9")
    await cluster.ok("chtab key=system,username=root passwd.password=x")
    seen = await cluster.type(f"xcat-inventory diff --from @{moment} --json")
    assert json.loads(seen.stdout) == [
        {"type": "node", "name": "n1", "attributes": {"-bmc": "10.1.0.1", "+bmc": "10.1.0.9"}},
        {
            "type": "row",
            "name": "passwd",
            "attributes": {"key": "system", "username": "root", "-password": "xxxxxxxx", "+password": "xxxxxxxx"},
        },
    ]
    assert seen.status == 1


@pytest.mark.parametrize(
    ("line", "stdin", "error"),
    [
        ("", None, "xcat-inventory diff: compare what? Write --from FILE, --from @TIME or --from @NUMBER"),
        ("--from /etc/passwd", None, "'/etc/passwd' is nothing to compare with: write database, @TIME or @NUMBER, "),
        ("--from @never", None, "'never' is no time; write it as 2026-11-21 or '2026-11-21 14:00', or give "),
        ("--from @99", None, "There is no change 99 in the history; list it to see which there are"),
        (
            "--from @1999-01-01",
            None,
            "How it was at 1999-01-01 is not known, because the history begins with change 1 ",
        ),
        ("--from -:f", "inventory: 1\nx: {}\n", "f: x: there is no such type of objects"),
        ("--from -:f", "a: [\n", "f: line 2: this is no YAML: "),
        ("--from -:f", "inventory: 1\nnode: {a: {groups: b, c: d}}", "f: node a: 'c' is not a valid attribute name "),
        ("--from - --to -", "inventory: 1\n", "Two files are needed on standard input, with the line "),
    ],
)
async def test_what_cannot_be_compared_is_named(desk: Desk, line: str, stdin: str | None, error: str) -> None:
    seen = await desk.type(f"xcat-inventory diff {line}", stdin=stdin)
    assert (seen.stdout, seen.status) == ("", 1)
    assert seen.stderr.removeprefix("Error: [mn1]: ").startswith(error)
