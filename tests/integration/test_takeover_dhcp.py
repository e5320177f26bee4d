"""A service node that comes back serves DHCP with current tables only, where its nodes may have gone by themselves; with Kea."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.program import is_alive
from tests.helpers.servicehosts import ServiceHosts, service_hosts
from tests.simulators.kea import Kea
from xcatd.services.health.judgement import AFTER

TABLES = (
    "chtab key=domain site.value=c.net",
    "chtab key=dhcpbackend site.value=kea",
    "chtab key=takeover site.value=3600",
    "mkdef -t network rack net=10.5.0.0 mask=255.255.0.0",
    "nodeadd sn1 groups=service servicenode.dhcpserver=1 hosts.ip=10.5.0.1",
    "nodeadd sn2 groups=service hosts.ip=10.5.0.3",
    "nodeadd n1 groups=compute noderes.servicenode=sn1,sn2 hosts.ip=10.5.0.11 mac.mac=02:00:00:00:00:01",
)
NOT_SET = "0.0.0.0"


@pytest.fixture
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceHosts]:
    with service_hosts(tmp_path_factory.mktemp("takeover-dhcp")) as made:
        typed(made.mn, *TABLES)
        yield made


def boot_server(hosts: ServiceHosts) -> str:
    """From where n1 is told to boot by the server of sn1, which runs."""
    (subnet,) = Kea(hosts.sn.root, hosts.there.before).ask("config-get")["arguments"]["Dhcp4"]["subnet4"]
    own = [str(one.get("next-server", NOT_SET)) for one in subnet["reservations"]]
    return next((str(subnet["next-server"]) if one == NOT_SET else one for one in own), "none")


def process(hosts: ServiceHosts) -> int:
    path = hosts.sn.root / "run/xcat/services/kea-dhcp4.pid"
    return int(path.read_text().split()[0]) if path.exists() else 0


def is_copied(hosts: ServiceHosts, text: bytes) -> bool:
    files = [hosts.sn.root / "etc/xcat/replica" / name for name in ("tables.copy", "tables.journal")]
    return any(text in each.read_bytes() for each in files if each.exists())


def test_it_learns_that_its_nodes_have_gone_before_it_serves_them(hosts: ServiceHosts) -> None:
    hosts.becomes("dhcpserver", "running")
    until(lambda: boot_server(hosts) == "10.5.0.1", "n1 in the configuration of Kea")
    until(lambda: is_copied(hosts, b"02:00:00:00:00:01"), "n1 in the copy on disk")
    hosts.sn.stop(signal.SIGKILL)
    killed = time.time()
    number = process(hosts)
    assert is_alive(number), "a server outlives its daemon"
    typed(hosts.mn, "snmove n1 -d sn2 -i")
    hosts.mn.stop()
    until(lambda: time.time() - killed > AFTER, "the time after which it counts as away")

    hosts.sn.start(wait=False)
    until(lambda: "waiting for current tables" in hosts.sn.run("xcatstatus").stdout, "the word that it waits")
    until(lambda: not is_alive(number), "the end of the server that had the old tables")
    hosts.mn.start(wait=False)
    hosts.becomes("dhcpserver", "running")
    assert boot_server(hosts) == "10.5.0.3", "n1 boots from the other one now"
