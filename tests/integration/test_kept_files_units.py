"""TFTP, HTTP, FTP and PXE on a service node with systemd: the distribution's units, their files and the sandbox of the daemon."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import SOURCE
from tests.helpers.container import Wishes
from tests.helpers.containernode import ServiceNode, service_node

TABLES = (
    "chtab key=installdir site.value=/install",
    "chtab key=tftpdir site.value=/tftpboot",
    "chtab key=sharedtftp site.value=no",
    "mkdef -t network up net=10.7.0.0 mask=255.255.0.0",
    "chtab node=sn1 servicenode.tftpserver=1 servicenode.nfsserver=1 servicenode.ftpserver=1 servicenode.proxydhcp=1",
)
SERVICES = {"tftpserver": "tftpd-hpa", "httpserver": "nginx", "ftpserver": "vsftpd", "proxydhcp": "xcatd-proxydhcp"}
UNIT = "xcatd-proxydhcp.service"
TREE = "/opt/tree"
"""This source tree, in the container: the unit sees neither homes nor /tmp."""
PYTHON = f'#!/bin/sh\n[ "$1" = -I ] && shift\nPYTHONPATH={TREE} exec /usr/bin/python3 "$@"\n'
"""Where the unit expects the environment of an installation."""
WISHES = Wishes(
    binds={TREE: SOURCE},
    files={
        f"/etc/systemd/system/{UNIT}": (SOURCE / "systemd" / UNIT).read_text(),
        "/opt/xcatd/lib/xcatd/bin/python": PYTHON,
    },
)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceNode]:
    with service_node(tmp_path_factory.mktemp("units"), *TABLES, wishes=WISHES) as made:
        await_all(made)
        yield made


def status(pair: ServiceNode, service: str) -> str:
    done = pair.run("xcatstatus", "-a")
    return "\n".join(line for line in (done.stdout + done.stderr).splitlines() if f" {service}" in line)


def is_well(pair: ServiceNode, service: str) -> bool:
    line = status(pair, service)
    return " running " in line and "checked" in line and "Error" not in line


def await_all(pair: ServiceNode) -> None:
    """Wait until all are well. AssertionError, with what the host says of them."""
    try:
        until(lambda: all(is_well(pair, service) for service in SERVICES), "the services")
    except AssertionError as error:
        error.add_note("\n".join(status(pair, service) for service in SERVICES))
        raise


def test_the_units_of_the_distribution_run_and_start_with_the_host(pair: ServiceNode) -> None:
    for unit in SERVICES.values():
        assert pair.sn.state(unit) == "active", unit
        assert pair.sn.run("systemctl", "is-enabled", unit).stdout == "enabled\n", unit


def test_what_was_there_before_is_kept(pair: ServiceNode) -> None:
    assert 'TFTP_DIRECTORY="/srv/tftp"' in pair.sn.path("/etc/default/tftpd-hpa.xcatbak").read_text()
    assert "anonymous_enable=NO" in pair.sn.path("/etc/vsftpd.conf.xcatbak").read_text()
    assert pair.sn.path("/etc/nginx/sites-enabled/default").exists()


def test_doing_it_again_does_nothing(pair: ServiceNode) -> None:
    before = [pair.sn.process(unit) for unit in SERVICES.values()]
    words = ("makeservices", "--service", ",".join(SERVICES))
    plan = pair.run(*words, "--dry-run")
    assert (plan.returncode, plan.stdout, plan.stderr) == (0, "", "")
    assert pair.run(*words).returncode == 0
    assert [pair.sn.process(unit) for unit in SERVICES.values()] == before


def test_a_change_reaches_the_units(pair: ServiceNode) -> None:
    pair.sn.done("mkdir", "/srv/other")  # where the daemon may not write
    typed(pair.mn, "chtab key=tftpdir site.value=/srv/other", "chtab key=httpport site.value=8080")
    until(lambda: "/srv/other" in pair.sn.path("/etc/default/tftpd-hpa").read_text(), "the other folder")
    await_all(pair)
    assert "listen 8080;" in pair.sn.path("/etc/nginx/conf.d/xcat.conf").read_text()
    typed(pair.mn, "chtab key=tftpdir site.value=/srv/none")
    sentence = "The folder /srv/none cannot be made: read-only file system; make it, or add ReadWritePaths=/srv/none in a drop-in"
    until(lambda: sentence in status(pair, "tftpserver"), "the sentence")
    assert pair.sn.state("tftpd-hpa") == "active"
    assert "/srv/other" in pair.sn.path("/etc/default/tftpd-hpa").read_text()
    typed(pair.mn, "chtab key=tftpdir site.value=/tftpboot")
    await_all(pair)


def test_another_server_in_the_way_is_named(pair: ServiceNode) -> None:
    """The daemon may not look into a process that has more rights than it has."""
    pair.sn.done("systemctl", "stop", "vsftpd")
    other = "import socket; s = socket.create_server(('', 21)); print(flush=True); s.accept()"
    pair.sn.done("systemd-run", "--unit=other", "/usr/bin/python3", "-c", other)
    until(lambda: ":21" in pair.sn.done("ss", "-lnt", "sport = :21"), "the other server")
    done = pair.run("makeservices", "--service", "ftpserver")
    pair.sn.done("systemctl", "stop", "other")
    assert done.returncode == 1
    assert "TCP port 21 of this host is taken by" in done.stderr, done.stderr
    assert pair.run("makeservices", "--service", "ftpserver").returncode == 0
    assert pair.sn.state("vsftpd") == "active"
