"""Section 2.1.3 of the hierarchy manual on a real host: columns of table servicenode start real services, under a real systemd."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import PATIENCE
from tests.helpers.container import Wishes
from tests.helpers.containernode import ServiceNode, service_node

TABLES = (
    "chtab key=domain site.value=c.net",
    "chtab key=nameservers site.value=10.7.0.1",
    "chtab key=installdir site.value=/install",
    "chtab key=tftpdir site.value=/tftpboot",
    "chtab key=sharedtftp site.value=0",
    "chtab key=dhcpbackend site.value=kea",
    "mkdef -t network cluster net=10.7.0.0 mask=255.255.0.0 dynamicrange=10.7.200.1-10.7.200.9 dhcpserver=sn1",
    "nodeadd n1 groups=compute noderes.servicenode=sn1 hosts.ip=10.7.0.11 mac.mac=02:00:00:00:00:01",
    "chdef -t group -o service setupnfs=0",
)
UNITS = {
    "tftpserver": "tftpd-hpa",
    "ftpserver": "vsftpd",
    "ldapserver": "slapd",
    "ntpserver": "chrony",
    "nfsserver": "nfs-ganesha",
    "httpserver": "nginx",
    "dhcpserver": "kea-dhcp4-server",
}
COLUMNS = ("setuptftp", "setupftp", "setupldap", "setupntp", "setupnfs", "setupdhcp", "setupipforward")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceNode]:
    folder = tmp_path_factory.mktemp("whole")
    with tempfile.TemporaryDirectory(prefix="xcat-install-", dir="/tmp") as install:  # Ganesha exports no overlay
        Path(install).chmod(0o755)
        with service_node(folder, *TABLES, wishes=Wishes(binds={"/install": Path(install)})) as pair:
            yield pair


def words(pair: ServiceNode) -> dict[str, str]:
    """Each service of sn1 and how it is, in one word."""
    lines = pair.mn.run("xcatstatus", "sn1", "-a").stdout.splitlines()
    return {line.split()[1]: line for line in lines if line.startswith("sn1: ")}


def are_up(pair: ServiceNode) -> bool:
    found = words(pair)
    up = all(" running " in found.get(service, "") for service in UNITS)
    return up and " done " in found.get("ipforward", "") and pair.mn.run("xcatstatus", "sn1").returncode == 0


def come_up(pair: ServiceNode) -> None:
    try:
        until(lambda: are_up(pair), "all services", 3 * PATIENCE)  # a dozen servers on a busy host
    except AssertionError as error:
        done = pair.mn.run("xcatstatus", "sn1", "-a")
        error.add_note(f"{done.stdout}{done.stderr}{pair.log()[-3000:]}")
        raise


def test_without_columns_that_say_so_nothing_runs(pair: ServiceNode) -> None:
    assert [pair.sn.state(unit) for unit in UNITS.values()] == ["inactive"] * len(UNITS)


def test_columns_start_real_services_at_once(pair: ServiceNode) -> None:
    typed(pair.mn, f"chdef -t group -o service {' '.join(f'{name}=1' for name in COLUMNS)}")
    come_up(pair)
    assert [pair.sn.state(unit) for unit in UNITS.values()] == ["active"] * len(UNITS)
    enabled = pair.sn.run("systemctl", "is-enabled", *UNITS.values()).stdout.split()
    assert set(enabled) <= {"enabled", "enabled-runtime", "generated"}
    assert pair.sn.run("sysctl", "-n", "net.ipv4.ip_forward").stdout.strip() == "1"


def test_nothing_is_left_to_do(pair: ServiceNode) -> None:
    done = pair.mn.run("makeservices", "sn1", "--dry-run")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("unit", ["tftpd-hpa", "nginx"])
def test_a_service_that_dies_comes_back(pair: ServiceNode, unit: str) -> None:
    before = pair.log().count(" has died: ")
    pair.sn.done("systemctl", "kill", "--signal=KILL", unit)
    until(lambda: pair.log().count(" has died: ") > before, "a word about its death")
    come_up(pair)


def test_what_somebody_stops_stays_stopped_until_the_daemon_starts_again(pair: ServiceNode) -> None:
    pair.sn.done("systemctl", "stop", "vsftpd")
    until(lambda: " stopped " in words(pair).get("ftpserver", ""), "the stop")
    pair.sn.done("systemctl", "reload", "xcatd")
    until(lambda: " stopped " in words(pair).get("ftpserver", ""), "the reloaded daemon")
    assert pair.sn.state("vsftpd") == "inactive"
    pair.sn.done("systemctl", "restart", "xcatd")
    come_up(pair)


def test_a_column_that_is_taken_back_leaves_its_service_alone(pair: ServiceNode) -> None:
    typed(pair.mn, "chdef -t group -o service setupldap=0")
    until(lambda: " left alone" in words(pair).get("ldapserver", ""), "the column")
    assert pair.sn.state("slapd") == "active"


def test_a_service_that_is_not_installed_is_named_with_its_package(pair: ServiceNode) -> None:
    typed(pair.mn, "chtab key=dhcpbackend site.value=isc")
    pair.sn.done("mv", "/usr/sbin/dhcpd", "/usr/sbin/dhcpd.away")
    try:
        typed(pair.mn, "chtab key=domain site.value=d.net")
        until(lambda: "isc-dhcp-server" in pair.mn.run("xcatstatus", "sn1").stderr, "the name of the package")
        assert pair.sn.state("kea-dhcp4-server") == "active"
    finally:
        pair.sn.done("mv", "/usr/sbin/dhcpd.away", "/usr/sbin/dhcpd")
        typed(pair.mn, "chtab key=dhcpbackend site.value=kea")
    until(lambda: " running " in words(pair).get("dhcpserver", ""), "Kea")
