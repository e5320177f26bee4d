"""Time, logs, LDAP and consoles on a service node whose servers are the distribution's services under systemd."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.helpers.alone import credentials, typed, until
from tests.helpers.containernode import ABOVE, BELOW, ServiceNode, service_node
from tests.helpers.servicehosts import stop_servers

TABLES = (
    f"chtab key=master site.value={ABOVE}",
    f"nodech sn1 noderes.xcatmaster={ABOVE}",
    f"nodeadd mn1 groups=__mgmtnode hosts.ip={ABOVE}",
    "mkdef -t network up net=10.7.0.0 mask=255.255.0.0 mgtifname=up0",
    "chtab key=svloglocal site.value=1",
    "nodeadd n1 groups=compute nodehm.cons=echo noderes.servicenode=sn1",
    "chtab node=mn1 servicenode.ntpserver=1",
)
UNITS = ("chrony", "slapd", "rsyslog", "conserver-server")
WANTED = "servicenode.ntpserver=1 servicenode.ldapserver=1 servicenode.conserver=1"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceNode]:
    with service_node(tmp_path_factory.mktemp("node"), *TABLES) as pair:
        try:
            program = pair.sn.path("/etc/xcat/cons/echo")
            program.parent.mkdir(parents=True)
            program.write_text("#!/bin/sh\nexec cat\n")
            program.chmod(0o755)
            typed(pair.mn, f"chtab node=sn1 {WANTED}")
            await_units(pair)
            yield pair
        finally:
            stop_servers(pair.mn.root)


def await_units(pair: ServiceNode) -> None:
    """AssertionError, with what the daemon and the units say: one of them does not come up."""
    try:
        until(lambda: all(pair.sn.state(unit) == "active" for unit in UNITS), f"all of {UNITS}")
    except AssertionError as error:
        error.add_note(str(pair.run("xcatstatus")))
        for unit in (unit for unit in UNITS if pair.sn.state(unit) != "active"):
            error.add_note(f"{unit} is {pair.sn.state(unit)}: {pair.sn.journal(unit)[-2000:]}")
        error.add_note(pair.log()[-4000:])
        raise


def above(pair: ServiceNode, *words: str) -> str:
    """What a program says on the management node's host."""
    done = subprocess.run([*pair.mn.before, *words], capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def test_all_are_as_they_are_wanted_and_doing_it_again_does_nothing(pair: ServiceNode) -> None:
    done = pair.run("makeservices")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    shown = pair.run("xcatstatus")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert re.findall(r"^sn1: (\S+) +on +running ", shown.stdout, re.M) == [
        "syslog",
        "ldapserver",
        "ntpserver",
        "conserver",
    ]


def test_they_start_with_the_host(pair: ServiceNode) -> None:
    enabled = pair.sn.run("systemctl", "is-enabled", *UNITS).stdout.split()
    assert enabled == ["enabled"] * len(UNITS)


def test_the_clock_of_a_container_is_left_alone_and_given_out(pair: ServiceNode, tmp_path: Path) -> None:
    dropin = pair.sn.path("/run/systemd/system/chrony.service.d/xcat-clock.conf").read_text()
    assert "ExecStart=!/usr/sbin/chronyd -x $DAEMON_OPTS\n" in dropin
    assert "Disabled control of system clock" in pair.sn.journal("chrony")
    assert "pool" in pair.sn.path("/etc/chrony/chrony.conf.xcatbak").read_text()
    settings = [f"server {BELOW} iburst maxsamples 1", f"pidfile {tmp_path / 'pid'}", "cmdport 0", "bindcmdaddress /"]
    assert "System clock wrong by " in above(pair, "chronyd", "-Q", "-x", "-t", "30", "-u", "root", *settings)


def test_messages_are_kept(pair: ServiceNode) -> None:
    above(pair, "logger", "--server", BELOW, "--port", "514", "--udp", "--tag", "app", "from above")
    log = pair.sn.path("/var/log/xcat/computes.log")
    until(lambda: "from above" in log.read_text(), "the message")
    assert log.stat().st_mode & 0o7777 == 0o640
    checked = pair.sn.run("rsyslogd", "-N1")
    assert checked.returncode == 0, checked.stderr


def test_a_console_is_held_by_the_account_of_the_package(pair: ServiceNode, tmp_path: Path) -> None:
    own = pair.sn.path("/etc/conserver/xcat-cred.pem")
    assert own.stat().st_mode & 0o7777 == 0o600
    assert own.stat().st_uid != 0
    server = re.search(r"-----BEGIN CERT.*END CERTIFICATE-----\n", own.read_text(), re.S)
    assert server is not None
    (tmp_path / "server.pem").write_text(server[0])
    folder = credentials(pair.mn, "alice")
    config = tmp_path / "consolerc"
    config.write_text(
        f"config * {{ sslcredentials {folder}/client-cred.pem; sslcacertificatefile {tmp_path}/server.pem; }}\n"
    )
    listed = partial(above, pair, "console", "-C", str(config), "-M", BELOW, "-p", "3109", "-x")
    assert " n1 " in listed()
    process = pair.sn.process("conserver-server")
    typed(pair.mn, "nodeadd n2 groups=compute nodehm.cons=echo noderes.servicenode=sn1", "makeconservercf n2")
    assert " n2 " in listed()
    assert pair.sn.process("conserver-server") == process, "it has read its file again"
