"""`makedns` with a real daemon and the real named: its files, how it runs, and what can be wrong with it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.helpers.alone import typed, until
from tests.helpers.cluster import SOURCE
from tests.helpers.dnssite import DONE, QUIET, SETTINGS, ZONES, DnsSite
from tests.simulators.named import named

BROKEN = (
    (
        "namedincludes",
        "/no/such/file",
        "named would not take its new configuration, so the old one stays:",
        "/no/such/file",
    ),
    ("forwarders", "forwarderstest", "site.forwarders names 'forwarderstest', which is no address", ""),
    ("dnsinterfaces", "eth9", "site.dnsinterfaces names eth9, an interface that this host does not have", ""),
    ("bindzones", "/etc/xcat/xcat.sqlite/zones", "etc/xcat/xcat.sqlite", "not a directory"),
    ("domain", "", "domain not defined in site table", ""),
    ("nameservers", "", "nameservers not defined in site table", ""),
)


def test_a_bad_setting_leaves_the_old_server_as_it_is(place: DnsSite) -> None:
    place.makedns("-n")
    before = place.conf.read_text(), place.zone_files(), place.pid
    place.add_to_hosts("10.0.1.5 n5")
    for key, value, begin, end in BROKEN:
        typed(place.mn, f"chtab key={key} site.value={value}" if value else f"tabch -d key={key} site")
        for words in (("-n",), ()):
            said = place.refused(*words)
            assert begin in said
            assert end in said
            assert len(said.splitlines()) == 1
        old = SETTINGS.get(key)
        typed(place.mn, f"chtab key={key} site.value={old}" if old else f"tabch -d key={key} site")
    assert (place.conf.read_text(), place.zone_files(), place.pid) == before
    assert place.server.short("n1.cluster.net") == ["10.0.1.1"]
    assert place.server.short("n5.cluster.net") == []
    assert place.makedns()[-len(QUIET) :] == list(QUIET)


def test_a_port_that_somebody_else_has_is_told(place: DnsSite, tmp_path: Path) -> None:
    with named(tmp_path / "other", {"other.net": ""}, before=place.here.before):
        said = place.refused("-n")
    assert said == (
        "named cannot have port 53 at 127.0.0.1: stop the program that has it; `ss -lnp sport = 53` shows which"
    )
    assert place.makedns("-n")[-1] == "DNS setup is completed"


def test_a_server_that_does_not_run_is_started_with_what_it_had(place: DnsSite) -> None:
    place.makedns("-n")
    typed(place.mn, "nodeadd x1 groups=all hosts.ip=10.0.9.1")
    place.makedns("x1")
    place.stop_named()
    place.add_to_hosts("10.0.1.5 n5")
    assert (
        place.refused("-d", "x1")
        == "No name server answers at 127.0.0.1 port 53 (connection refused): start named there"
    )
    assert place.makedns()[-len(DONE) :] == list(DONE)
    assert place.server.short("x1.cluster.net") == ["10.0.9.1"]
    assert place.server.short("n5.cluster.net") == ["10.0.1.5"]


def test_a_key_that_changes_is_given_to_the_server(place: DnsSite) -> None:
    place.makedns("-n")
    typed(place.mn, "chtab key=omapi,username=xcat_key passwd.password=b3RoZXIgb2YgdGhpcnR5LXR3byBvY3RldHMgaGVyZSE=")
    place.add_to_hosts("10.0.1.5 n5")
    lines = place.makedns("--dry-run")
    assert f"{place.conf}.key would get the key of table passwd" in lines
    assert place.makedns()[-len(DONE) :] == list(DONE)
    assert place.server.short("n5.cluster.net") == ["10.0.1.5"]


def test_the_sites_own_configuration_is_kept_beside(place: DnsSite) -> None:
    place.conf.parent.mkdir(parents=True)
    place.conf.write_text("// mine\n")
    assert "No name server answers at 127.0.0.1" in place.refused()
    assert place.conf.read_text() == "// mine\n"
    place.makedns("-n")
    assert place.conf.with_name("named.conf.xcatbak").read_text() == "// mine\n"
    assert place.server.short("n1.cluster.net") == ["10.0.1.1"]


def test_the_sites_own_server_gets_updates_when_it_has_the_zones(place: DnsSite, tmp_path: Path) -> None:
    place.makedns("-n")
    key = place.conf.with_name("named.conf.key").read_text()
    place.stop_named()
    place.conf.write_text("// mine\n")
    rights = '\tallow-update { key "xcat_key"; };\n'
    secret = key.split('"')[3]
    zone_texts = dict.fromkeys(ZONES, "")
    with named(tmp_path / "mine", zone_texts, before=place.here.before, rights=rights, secret=secret) as server:
        (place.mn.root / "run/named/named.pid").write_text((tmp_path / "mine/named.pid").read_text())
        place.makedns()
        assert server.short("n1.cluster.net") == ["10.0.1.1"]
        typed(place.mn, "chtab net=172.16.0.0,mask=255.255.255.0 networks.netname=new")
        assert "does not have the zone 0.16.172.in-addr.arpa: add it there, or run makedns -n" in place.refused()
    (place.mn.root / "run/named/named.pid").unlink()


def test_it_listens_where_it_is_told_to(place: DnsSite) -> None:
    place.here.up("lo", "10.77.0.1/32")
    place.here.bridge("aside", "10.0.200.1/32")
    typed(place.mn, "chtab key=dnsinterfaces 'site.value=mn1|aside'")
    place.makedns("-n")
    words = [*place.here.before, "ss", "-Hltn", "sport", "=", "53"]
    out = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    place.here.ip("link", "del", "aside")
    place.here.ip("addr", "del", "10.77.0.1/32", "dev", "lo")
    assert {line.split()[3] for line in out.splitlines()} == {
        *("127.0.0.1:53", "[::1]:53", "10.77.0.1:53", "10.0.200.1:53")
    }


def test_the_rights_that_the_unit_leaves_are_enough_for_a_named_that_runs(place: DnsSite) -> None:
    place.makedns("-n")
    unit = (SOURCE / "systemd/xcatd.service").read_text()
    left = re.findall(r"^CapabilityBoundingSet=(.*)", unit, re.MULTILINE)[0].lower().replace("cap_", "+").split()
    place.mn.stop()
    place.mn.before = (*place.here.before, "setpriv", "--no-new-privs", "--bounding-set", ",".join(("-all", *left)))
    place.mn.start(wait=False)
    until(lambda: place.mn.run("nodels").returncode == 0, "its tables")
    (place.mn.root / "etc/hosts").write_text("10.0.1.9 n9\n")
    place.makedns("-n")
    assert place.server.short("n9.cluster.net") == ["10.0.1.9"]
