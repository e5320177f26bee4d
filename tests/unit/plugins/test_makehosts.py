"""`makehosts` as it is typed; what it renders is tested in tests/unit/services."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.run import Desk

HEAD = "127.0.0.1 localhost\n# mine\n"


@pytest.fixture
async def hosts(desk: Desk) -> Path:
    """The hosts file of a host whose tables have two nodes."""
    await desk.fill(
        site=[{"key": "domain", "value": "c.net"}],
        nodelist=[{"node": "n1", "groups": "all"}, {"node": "n2", "groups": "all"}, {"node": "n3", "groups": "all"}],
        hosts=[
            {"node": "n1", "ip": "10.0.0.1", "hostnames": "one"},
            {"node": "n2", "ip": "10.0.0.2"},
        ],
        mac=[{"node": "n1", "mac": "00:16:3e:12:34:56"}],
    )
    path = desk.hall.host.root / "etc/hosts"
    path.parent.mkdir(exist_ok=True)
    path.write_text(HEAD)
    return path


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("makehosts", ["10.0.0.1 n1 n1.c.net one", "10.0.0.2 n2 n2.c.net"]),
        ("makehosts n1", ["10.0.0.1 n1 n1.c.net one"]),
        ("makehosts n1 -l", ["10.0.0.1 n1.c.net n1 one"]),
        ("makehosts n1 --longnamefirst", ["10.0.0.1 n1.c.net n1 one"]),
        ("makehosts n1 -oa", ["10.0.0.1 one.c.net one n1.c.net n1"]),
        ("makehosts n1 --othernamesfirst --adddomaintohostnames", ["10.0.0.1 one.c.net one n1.c.net n1"]),
        ("makehosts n1,n2 -m", ["fe80::216:3eff:fe12:3456 n1 n1.c.net"]),
    ],
)
async def test_lines_are_added(desk: Desk, hosts: Path, line: str, lines: list[str]) -> None:
    assert await desk.ok(line) == ""
    assert hosts.read_text() == HEAD + "".join(f"{one}\n" for one in lines)
    assert (hosts.parent / "hosts.xcatbak").read_text() == HEAD


async def test_a_new_file_keeps_nothing(desk: Desk, hosts: Path) -> None:
    assert await desk.ok("makehosts -n n2") == ""
    assert hosts.read_text() == "127.0.0.1 localhost\n10.0.0.2 n2 n2.c.net\n"


@pytest.mark.parametrize("value", ["1", "YES", "enable"])
async def test_a_site_may_want_the_long_name_first(desk: Desk, hosts: Path, value: str) -> None:
    await desk.fill(site=[{"key": "FQDNfirst", "value": value}])
    await desk.ok("makehosts n2")
    assert hosts.read_text() == f"{HEAD}10.0.0.2 n2.c.net n2\n"


async def test_lines_are_removed_and_without_nodes_nothing_is(desk: Desk, hosts: Path) -> None:
    await desk.ok("makehosts")
    full = hosts.read_text()
    assert await desk.ok("makehosts -d") == ""
    assert hosts.read_text() == full
    assert await desk.ok("makehosts n1 -d") == ""
    assert hosts.read_text() == f"{HEAD}10.0.0.2 n2 n2.c.net\n"


async def test_a_dry_run_shows_a_diff(desk: Desk, hosts: Path) -> None:
    out = await desk.ok("makehosts n2 --dry-run")
    assert (
        out
        == f"--- {hosts}\n+++ {hosts} (new)\n@@ -1,2 +1,3 @@\n 127.0.0.1 localhost\n # mine\n+10.0.0.2 n2 n2.c.net\n"
    )
    assert hosts.read_text() == HEAD


async def test_what_cannot_be_used_is_a_warning_and_the_rest_is_done(desk: Desk, hosts: Path) -> None:
    await desk.fill(hosts=[{"node": "n1", "ip": "10.0.0.2"}])
    seen = await desk.type("makehosts n1,n2,n3")
    assert (seen.stdout, seen.status) == ("", 0)
    assert seen.stderr == (
        "Warning: [mn1]: Ignoring node 'n3', it can not be resolved.\n"
        "Warning: [mn1]: Ignoring the address 10.0.0.2 of node 'n2', it is that of node 'n1': correct the table hosts or nics "
        "of one of them.\n"
    )
    assert hosts.read_text() == f"{HEAD}10.0.0.2 n1 n1.c.net one\n"


async def test_without_nodes_a_row_without_an_address_is_an_error(desk: Desk, hosts: Path) -> None:
    await desk.fill(hosts=[{"node": "n3", "hostnames": "three"}])
    seen = await desk.type("makehosts")
    assert (seen.stdout, seen.stderr, seen.status) == ("", "Error: [mn1]: Invalid IP Addr '' for node 'n3'.\n", 1)
    assert hosts.read_text().count("\n") == 4


async def test_a_file_that_cannot_be_written_is_a_sentence(desk: Desk, hosts: Path) -> None:
    hosts.unlink()
    hosts.mkdir()
    seen = await desk.type("makehosts n1")
    assert (seen.stderr, seen.status) == (f"Error: [mn1]: {hosts} cannot be read: is a directory\n", 1)
