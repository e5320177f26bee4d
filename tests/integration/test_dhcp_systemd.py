"""`makedhcp` on a service node whose DHCP servers are the distribution's services under systemd."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.containernode import ServiceNode, service_node

CLIENTS = Path(__file__).parents[1] / "simulators"
MAC = "02:00:00:00:00:01"
SQUATTER = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
    taken.bind(("0.0.0.0", 67))
    print("taken", flush=True)
    sys.stdin.read()
"""
TABLES = (
    "chtab key=domain site.value=c.net",
    "chtab key=dhcpinterfaces site.value='sn1|up0'",
    "mkdef -t network four net=10.7.0.0 mask=255.255.0.0 dynamicrange=10.7.200.1-10.7.200.9 dhcpserver=sn1 nameservers=10.7.0.1",
    "mkdef -t network six net=fd07:: mask=/64 dynamicrange=fd07::100-fd07::1ff dhcpserver=sn1",
    f"nodeadd n1 groups=compute noderes.servicenode=sn1 hosts.ip=10.7.0.11 mac.mac='{MAC}|{MAC}!n1-six'",
    "chdef n1 nicips.six=fd07::11",
)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceNode]:
    with service_node(tmp_path_factory.mktemp("node"), *TABLES) as pair:
        pair.sn.space.ip("addr", "add", "fd07::2/64", "dev", "up0", "nodad")
        yield pair


def lease(pair: ServiceNode, client: str) -> Any:
    """What a machine on the management node's side of the network is told, which must be something."""
    words = [*pair.mn.before, sys.executable, str(CLIENTS / client), "up0", MAC]
    found = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    assert found is not None, "nobody answers"
    return found


@contextlib.contextmanager
def squatter(pair: ServiceNode) -> Iterator[None]:
    """Another program has the port of DHCP servers."""
    words = [*pair.sn.space.before, sys.executable, "-c", SQUATTER]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "taken\n"
        yield
        program.communicate()


def refused(pair: ServiceNode, sentence: str) -> None:
    done = pair.run("makedhcp", "-n")
    assert (done.returncode, done.stdout) == (1, "")
    assert sentence in done.stderr


def followed(pair: ServiceNode, line: str) -> None:
    """Type it, and wait until the service node's daemon has acted upon the tables by itself: it would do that later otherwise."""
    before = f"checked {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    typed(pair.mn, line)
    until(lambda: pair.run("xcatstatus").stdout.rpartition("  ")[2].strip() > before, "the daemon to follow the tables")


def makedhcp(pair: ServiceNode, *words: str) -> None:
    """Type it on the service node; it says nothing."""
    done = pair.run("makedhcp", *words)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("backend", "units"),
    [("kea", ("kea-dhcp4-server", "kea-dhcp6-server")), ("isc", ("isc-dhcp-server",))],
    ids=["kea", "isc"],
)
def test_both_servers_are_started_and_start_with_the_host(
    pair: ServiceNode, backend: str, units: tuple[str, ...]
) -> None:
    typed(pair.mn, f"chtab key=dhcpbackend site.value={backend}", "chtab node=sn1 servicenode.dhcpserver=1")
    makedhcp(pair, "-n")
    makedhcp(pair, "n1")
    assert [pair.sn.state(unit) for unit in units] == ["active"] * len(units)
    assert pair.sn.run("systemctl", "is-enabled", *units).stdout.split() == ["enabled"] * len(units)
    assert lease(pair, "dhcpclient.py")["address"] == "10.7.0.11"
    assert lease(pair, "dhcp6client.py")["address"] == "fd07::11"
    before = [pair.sn.done("systemctl", "show", "-P", "ActiveEnterTimestampMonotonic", unit) for unit in units]
    makedhcp(pair, "-n")
    makedhcp(pair, "-a")
    assert [pair.sn.done("systemctl", "show", "-P", "ActiveEnterTimestampMonotonic", unit) for unit in units] == before
    pair.sn.done("systemctl", "stop", *units)


def test_a_kea_that_runs_without_its_port_is_seen_and_mended(pair: ServiceNode) -> None:
    followed(pair, "chtab key=dhcpbackend site.value=kea")
    makedhcp(pair, "-n")
    makedhcp(pair, "n1")
    pair.sn.done("systemctl", "stop", "kea-dhcp4-server")
    with squatter(pair):
        refused(pair, "UDP port 67 of this host is taken by ")
        assert pair.sn.state("kea-dhcp4-server") == "inactive"
        pair.sn.done("systemctl", "start", "kea-dhcp4-server")
        refused(pair, "kea-dhcp4 has its new configuration and hears no machine: UDP port 67 of this host is taken by ")
    makedhcp(pair, "-n")
    assert lease(pair, "dhcpclient.py")["address"] == "10.7.0.11"


def test_the_other_kind_of_server_must_be_stopped_first(pair: ServiceNode) -> None:
    typed(pair.mn, "chtab key=dhcpbackend site.value=isc")
    refused(
        pair,
        "kea-dhcp4 still serves DHCP here, and dhcpd shall: stop it for good (`systemctl disable --now kea-dhcp4-server`)",
    )
    assert lease(pair, "dhcpclient.py")["address"] == "10.7.0.11"
