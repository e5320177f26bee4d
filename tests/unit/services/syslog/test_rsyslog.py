"""What rsyslog is told."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

from xcatd.services.syslog.rsyslog import Settings, accounts, listening_line, main_file, probe_message, rendered

SENDERS = [ip_network("10.0.0.0/16"), ip_network("fd05::/64")]
KEPT, PROBE = Path("/var/log/xcat/computes.log"), Path("/var/log/xcat/syslog.probe")
HEAD = """# Written by xcatd (site.svloglocal). It is written anew when the tables change.
module(load="imudp")
$AllowedSender UDP, 127.0.0.1, 10.0.0.0/16, [fd05::]/64
module(load="imtcp")
$AllowedSender TCP, 127.0.0.1, 10.0.0.0/16, [fd05::]/64
ruleset(name="xcat") {
    if $programname == "xcat-probe" and $fromhost-ip == "127.0.0.1" then {
        action(type="omfile" file="/var/log/xcat/syslog.probe")
        stop
    }
"""
LISTEN = """input(type="imudp" port="514" ruleset="xcat")
input(type="imtcp" port="514" ruleset="xcat")
"""


def test_a_host_that_keeps_messages() -> None:
    assert rendered(Settings(SENDERS, (), KEPT, PROBE)) == (
        HEAD + '    action(type="omfile" file="/var/log/xcat/computes.log")\n}\n' + LISTEN
    )


def test_a_host_that_sends_them_on() -> None:
    text = rendered(Settings(SENDERS, ["10.0.0.1"], KEPT, PROBE))
    assert text.startswith(f'{HEAD}    call xcat-up\n}}\nruleset(name="xcat-up" queue.type="LinkedList" ')
    assert '    action(type="omfwd" target="10.0.0.1" port="514" protocol="tcp" ' in text
    assert text.endswith(f"}}\n{LISTEN}call xcat-up\n"), "its own messages go there, too"


def test_an_rsyslog_that_listens_already() -> None:
    quiet = 'module(load="imuxsock")\n#module(load="imudp")\n  # $ModLoad imudp\n$IncludeConfig /etc/rsyslog.d/*.conf\n'
    assert listening_line(quiet) == 0
    assert listening_line(f"{quiet}$ModLoad imudp.so\n") == 5
    assert listening_line(f"{quiet}\n$UDPServerRun 514\n") == 6
    assert listening_line(f'{quiet}input(type="imtcp" port="514")\n') == 5


def test_whom_rsyslog_becomes() -> None:
    assert accounts("$PrivDropToUser syslog\n$PrivDropToGroup syslog\n") == ("syslog", "syslog")
    assert accounts('global(privdrop.user.name="log")\n') == ("log", "")
    assert accounts("#$PrivDropToUser syslog\n") == ("", "")


def test_small_things() -> None:
    assert 'include(file="/r/etc/rsyslog.d/*.conf")' in main_file(Path("/r"))
    assert probe_message("abc") == b"<15>1 - localhost xcat-probe - - - abc"
