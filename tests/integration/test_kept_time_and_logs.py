"""Time, logs and LDAP on a service node: a machine on its other network asks the real servers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.servicehosts import ServiceHosts, service_hosts

SERVER, STRANGE = "10.5.0.1", "192.0.2.1"
"""The service node on the network of the machines, and on one that is not in the tables."""
TABLES = (
    "chtab key=master site.value=10.7.0.1",
    "nodeadd mn1 groups=__mgmtnode hosts.ip=10.7.0.1",
    "nodeadd sn1 groups=service hosts.ip=10.7.0.2 noderes.xcatmaster=10.7.0.1",
    "mkdef -t network up net=10.7.0.0 mask=255.255.0.0 mgtifname=up0",
    "mkdef -t network rack net=10.5.0.0 mask=255.255.0.0 mgtifname=rack0",
)
LISTEN = "import socket, sys; s = socket.create_server(('', 389)); print('on', flush=True); sys.stdin.read()"


@pytest.fixture(scope="module")
def hosts() -> Iterator[ServiceHosts]:
    with tempfile.TemporaryDirectory(prefix="xcat-kept-") as folder:
        Path(folder).chmod(0o755)
        with service_hosts(Path(folder)) as made:
            typed(made.mn, *TABLES)
            made.there.up("rack0", f"{STRANGE}/24")
            made.client.up("rack0", "192.0.2.9/24")
            yield made


def process_of(hosts: ServiceHosts, name: str) -> int:
    """Its number; 0 for a moment in which there is none."""
    path = hosts.sn.root / f"run/xcat/services/{name}.pid"
    words = path.read_text().split() if path.exists() else []
    return int(words[0]) if words else 0


def dies_and_comes_back(hosts: ServiceHosts, name: str, service: str) -> None:
    hosts.becomes(service, "running")
    line = f"{name} has died: it was killed by signal 9"
    before = process_of(hosts, name)
    os.kill(before, signal.SIGKILL)
    until(lambda: line in hosts.sn.log() or process_of(hosts, name) != before, "the line about its end")
    if line not in hosts.sn.log():  # what was typed before this was just starting it anew
        before = process_of(hosts, name)
        os.kill(before, signal.SIGKILL)
        until(lambda: line in hosts.sn.log(), "the line about its end")
    hosts.becomes(service, "running")
    assert process_of(hosts, name) != before


# -- time ----------------------------------------------------------------------------------------------------------


def time_of(hosts: ServiceHosts, server: str, folder: Path, within: str = "30") -> str:
    """What chrony as a client says of a server's time, or of its silence for so many seconds; it leaves the clock alone."""
    settings = [f"server {server} iburst maxsamples 1", f"pidfile {folder / 'pid'}", "cmdport 0", "bindcmdaddress /"]
    done = hosts.in_client("chronyd", "-Q", "-x", "-t", within, "-u", "root", *settings)
    return done.stdout + done.stderr


def test_machines_get_the_time_of_the_management_node_from_the_service_node(
    hosts: ServiceHosts, tmp_path: Path
) -> None:
    typed(hosts.mn, "chtab node=mn1 servicenode.ntpserver=1", "chtab node=sn1 servicenode.ntpserver=1")
    hosts.becomes("ntpserver", "checked", "mn1")
    hosts.becomes("ntpserver", "checked")
    assert hosts.mn.run("xcatstatus").stderr == "", "both know the time"
    assert "System clock wrong by " in time_of(hosts, SERVER, tmp_path)
    assert "System clock wrong by " not in time_of(hosts, STRANGE, tmp_path, "3")
    conf = hosts.sn.root / "etc/chrony/chrony.conf"
    assert "server 10.7.0.1 iburst\n" in conf.read_text()
    assert "local stratum 10\n" in (hosts.mn.root / "etc/chrony/chrony.conf").read_text()


def test_time_by_hand_on_both(hosts: ServiceHosts) -> None:
    before = process_of(hosts, "chrony")
    said = typed(hosts.mn, "makentp -a").splitlines()
    assert said == ["configuring management node: mn1.", "configuring service node: sn1."]
    assert typed(hosts.mn, "makentp --dry-run -a") == ""
    assert process_of(hosts, "chrony") == before, "nothing differs"


def test_other_servers_in_the_tables_and_bad_ones(hosts: ServiceHosts, tmp_path: Path) -> None:
    conf = hosts.sn.root / "etc/chrony/chrony.conf"
    typed(hosts.mn, "chtab key=ntpservers site.value='<xcatmaster>,sn1,10.7.0.1,10.7.0.77'")
    until(lambda: "server 10.7.0.77 iburst\n" in conf.read_text(), "the new server")
    assert conf.read_text().count("\nserver ") == 2, "the host itself is left out, and nobody is there twice"
    hosts.becomes("ntpserver", "checked")
    good = conf.read_text()
    assert hosts.mn.run("chtab", "key=ntpservers", "site.value=10.7.0.1;local").returncode == 0
    line = hosts.becomes("ntpserver", "failed")
    assert "site.ntpservers has '10.7.0.1;local', which is neither a name nor an address of a host: correct it" in line
    assert conf.read_text() == good
    assert "System clock wrong by " in time_of(hosts, SERVER, tmp_path)
    typed(hosts.mn, "chtab -d key=ntpservers site")
    hosts.becomes("ntpserver", "running")


def test_a_time_server_that_dies_comes_back(hosts: ServiceHosts) -> None:
    dies_and_comes_back(hosts, "chrony", "ntpserver")


# -- logs ----------------------------------------------------------------------------------------------------------


def log(hosts: ServiceHosts, server: str, text: str, *words: str) -> None:
    done = hosts.in_client("logger", "--server", server, "--port", "514", "--tag", "app", *words, text)
    assert done.returncode == 0, done.stderr


def has(root: Path, text: str) -> bool:
    path = root / "var/log/xcat/computes.log"
    return path.exists() and text in path.read_text(errors="replace")


def test_logs_are_left_alone_until_the_site_says_where_they_go(hosts: ServiceHosts) -> None:
    assert "left alone" in hosts.status("syslog")
    assert not (hosts.sn.root / "etc/rsyslog.d").exists()


def test_messages_go_through_the_service_node_to_the_management_node(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "chtab key=svloglocal site.value=0")
    for host in ("mn1", "sn1"):
        hosts.becomes("syslog", "checked", host)
    log(hosts, SERVER, "first over UDP", "--udp")
    log(hosts, SERVER, "second over TCP", "--tcp")
    log(hosts, STRANGE, "from a stranger", "--udp")
    log(hosts, SERVER, "last over UDP", "--udp")
    for text in ("first over UDP", "second over TCP", "last over UDP"):
        until(partial(has, hosts.mn.root, text), text)
    assert not has(hosts.mn.root, "from a stranger")
    assert not has(hosts.sn.root, "over")
    for root in (hosts.mn.root, hosts.sn.root):
        probe = root / "var/log/xcat/syslog.probe"
        until(lambda probe=probe: probe.read_text() == "", "the end of the test message")  # type: ignore[misc]
    assert not has(hosts.mn.root, "xcat-probe")


def test_messages_stay_where_the_site_says_so(hosts: ServiceHosts) -> None:
    assert typed(hosts.mn, "makeservices --service syslog") == "", "all is as it is wanted"
    typed(hosts.mn, "chtab key=svloglocal site.value=1", "makeservices sn1 --service syslog")
    log(hosts, SERVER, "kept here", "--udp")
    until(lambda: has(hosts.sn.root, "kept here"), "the message")
    assert not has(hosts.mn.root, "kept here")


def test_a_management_node_that_takes_no_messages_is_named(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "chtab -d node=mn1 servicenode", "chtab key=svloglocal site.value=0")
    hosts.becomes("syslog", "left alone", "mn1")
    os.kill(int((hosts.mn.root / "run/xcat/services/rsyslog.pid").read_text().split()[0]), signal.SIGKILL)
    done = hosts.mn.run("makeservices", "sn1", "--service", "syslog")
    assert done.returncode == 0
    assert done.stderr == (
        "Warning: [sn1]: syslog: 10.7.0.1 does not take messages at TCP port 514, and they wait here: give the management node a "
        "row in table servicenode, or see its firewall\n"
    )
    log(hosts, SERVER, "waits on the way", "--udp")
    typed(hosts.mn, "chtab node=mn1 servicenode.ntpserver=1")
    until(lambda: has(hosts.mn.root, "waits on the way"), "the message")


def test_another_file_that_breaks_rsyslog_is_named_and_the_old_state_serves_on(hosts: ServiceHosts) -> None:
    mine = hosts.sn.root / "etc/rsyslog.d/mine.conf"
    mine.write_text('action(type="no-such-module")\n')
    typed(hosts.mn, "chtab key=svloglocal site.value=1")
    line = hosts.becomes("syslog", "failed")
    assert "rsyslog refuses its new configuration: " in line
    log(hosts, SERVER, "still on its way up", "--udp")
    until(lambda: has(hosts.mn.root, "still on its way up"), "the message")
    mine.unlink()
    typed(hosts.mn, "makeservices sn1 --service syslog")
    assert not list((hosts.sn.root / "etc/rsyslog.d").glob(".xcat-*"))


def test_an_rsyslog_that_dies_comes_back(hosts: ServiceHosts) -> None:
    dies_and_comes_back(hosts, "rsyslog", "syslog")


# -- LDAP ----------------------------------------------------------------------------------------------------------


def test_slapd_is_started_and_asked(hosts: ServiceHosts) -> None:
    with subprocess.Popen(
        [*hosts.there.before, sys.executable, "-c", LISTEN], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"on\n"
        typed(hosts.mn, "chtab node=sn1 servicenode.ldapserver=1")
        assert "TCP port 389 of this host is taken by python" in hosts.becomes("ldapserver", "failed")
        other.kill()
    done = hosts.mn.run("makeservices", "sn1", "--service", "ldapserver")
    assert "slapd does not start: " in done.stderr, "it has no configuration"
    folder = hosts.sn.root / "etc/ldap"
    folder.mkdir(parents=True)
    (folder / "slapd.conf").write_text(f"pidfile {folder}/pid\nargsfile {folder}/args\n")
    typed(hosts.mn, "makeservices sn1 --service ldapserver")
    assert "running" in hosts.becomes("ldapserver", "checked")
    asked = hosts.in_client(
        "ldapsearch", "-x", "-H", f"ldap://{SERVER}", "-s", "base", "-b", "", "supportedLDAPVersion"
    )
    assert "supportedLDAPVersion: 3" in asked.stdout
    assert typed(hosts.mn, "makeservices sn1 --service ldapserver") == ""
    dies_and_comes_back(hosts, "slapd", "ldapserver")
