"""`regnotif` and `unregnotif`."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk, Seen


async def registered(desk: Desk) -> list[tuple[str, str, str]]:
    rows = desk.store.snapshot.table("notification").rows
    return [(row["filename"], row["tables"], row["tableops"]) for row in rows]


async def test_a_program_is_registered_changed_and_removed(desk: Desk) -> None:
    assert await desk.ok("regnotif /bin/true nodelist,nodehm") == ""
    assert await registered(desk) == [("/bin/true", "nodelist,nodehm", "a,d,u")]
    await desk.ok("regnotif /bin/true 'switch, site' -o u,a")
    await desk.ok("regnotif '/bin/echo a b' site --operation d")
    assert await registered(desk) == [("/bin/true", "switch,site", "u,a"), ("/bin/echo a b", "site", "d")]
    assert await desk.ok("unregnotif /bin/true") == ""
    assert await registered(desk) == [("/bin/echo a b", "site", "d")]


@pytest.mark.parametrize(
    ("file", "warning"),
    [
        ("/opt/watch.pm", "is a Perl module and will not be run: register a program"),
        ("/nosuch/program", "is registered, but there is no such program on the management node yet"),
        ("/bin/sh -c 'x", "cannot be run: No closing quotation"),
    ],
)
async def test_a_program_that_cannot_be_run_is_registered_with_a_warning(desk: Desk, file: str, warning: str) -> None:
    line = f'regnotif "{file}" site'
    assert await desk.type(line) == Seen("", f"Warning: [mn1]: {file} {warning}\n", 0)
    assert await registered(desk) == [(file, "site", "a,d,u")]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("regnotif /bin/true nosuch", "[mn1]: No such table: nosuch"),
        (
            "regnotif /bin/true auditlog",
            "[mn1]: Table auditlog is a log: nobody is told of its records; see tabdump -n",
        ),
        ("regnotif /bin/true ,", "[mn1]: regnotif: which tables? Write regnotif filename table[,table ...]"),
        (
            "regnotif /bin/true site -o x",
            "[mn1]: Invalid table operations: x; write letters of a, u and d with commas between them",
        ),
        ("regnotif /bin/true", "regnotif: tables is missing; see regnotif -h"),
        ("unregnotif", "unregnotif: filename is missing; see unregnotif -h"),
        ("regnotif ' ' site", "[mn1]: regnotif: which program? Write regnotif filename table[,table ...]"),
        ("unregnotif ''", "[mn1]: An empty name is not registered; see: tabdump notification"),
        ("unregnotif /bin/true", "[mn1]: /bin/true is not registered; see: tabdump notification"),
    ],
)
async def test_a_mistake_is_named_and_nothing_is_changed(desk: Desk, line: str, error: str) -> None:
    before = desk.store.snapshot.revision
    assert await desk.type(line) == Seen("", f"Error: {error}\n", 1)
    assert desk.store.snapshot.revision == before


async def test_a_dry_run_registers_nothing(desk: Desk) -> None:
    assert await desk.ok("regnotif --dry-run /bin/true site") == (
        "notification filename=/bin/true: would be added: filename=/bin/true, tables=site, tableops=a,d,u\n"
    )
    assert await registered(desk) == []
