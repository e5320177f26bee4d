"""`makedhcp` as it is typed, on a host without a DHCP server that runs."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk

NOT_RUNNING = "Error: [mn1]: dhcp server is not running.  please start the dhcp server.\n"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("makedhcp", "makedhcp needs a noderange, -a for all nodes or -n for a new configuration; -h says more"),
        ("makedhcp -d", "makedhcp needs a noderange, -a for all nodes or -n for a new configuration; -h says more"),
        ("makedhcp -q n1 -l", "The -q option cannot be used with other options."),
        ("makedhcp -q n1 -s x", "The -q option cannot be used with other options."),
        ("makedhcp -n n1", "The -n option cannot be used with other options."),
        ("makedhcp -n -d", "The -n option cannot be used with other options."),
    ],
)
async def test_words_that_make_no_sense(desk: Desk, line: str, sentence: str) -> None:
    await desk.fill(nodelist=[{"node": "n1", "groups": "all"}])
    seen = await desk.type(line)
    assert (seen.stdout, seen.stderr, seen.status) == ("", f"Error: [mn1]: {sentence}\n", 1)


@pytest.mark.parametrize("line", ["makedhcp n1", "makedhcp -a", "makedhcp -a -d", "makedhcp n1 -l"])
@pytest.mark.parametrize("kind", ["kea", "isc"])
async def test_without_a_server_that_runs(desk: Desk, line: str, kind: str) -> None:
    await desk.fill(
        nodelist=[{"node": "n1", "groups": "all"}],
        site=[{"key": "dhcpbackend", "value": kind}, {"key": "domain", "value": "c.net"}],
    )
    seen = await desk.type(line)
    assert (seen.stdout, seen.stderr, seen.status) == ("", NOT_RUNNING, 1)


async def test_without_networks(desk: Desk) -> None:
    seen = await desk.type("makedhcp -n")
    assert seen.status == 1
    assert seen.stderr == (
        "Error: [mn1]: No interface of this host leads to a network of table networks: run makenetworks, or correct "
        "site.dhcpinterfaces\n"
    )


async def test_a_dry_run_needs_no_server_but_a_configuration(desk: Desk) -> None:
    await desk.fill(nodelist=[{"node": "n1", "groups": "all"}], mac=[{"node": "n1", "mac": "02:00:00:00:00:01"}])
    seen = await desk.type("makedhcp n1 --dry-run")
    assert seen.stderr == "Error: [mn1]: There is no DHCP configuration of xCAT on this host: run makedhcp -n first\n"


async def test_dhcp_servers_elsewhere(desk: Desk) -> None:
    await desk.fill(site=[{"key": "externaldhcpservers", "value": "10.0.0.9"}])
    seen = await desk.type("makedhcp -n")
    assert (seen.stdout, seen.status) == ("", 0)
    assert (
        seen.stderr == "Warning: [mn1]: site.externaldhcpservers is set: the DHCP server of this host is left alone\n"
    )
