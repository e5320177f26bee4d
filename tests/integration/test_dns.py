"""`makedns` with a real daemon and the real named, on hosts with networks of their own."""

from __future__ import annotations

import contextlib
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import SOURCE, Daemon
from tests.helpers.namespaces import Namespace, cable, namespaces
from tests.integration.conftest import port_of
from tests.simulators.named import NameServer, named, stop_named
from xcatd.services.dns.bind import Folders, forwarder_conf, secondary_conf
from xcatd.services.dns.setup import Setup
from xcatd.services.dns.zones import zones
from xcatd.services.networks import ClusterNetwork

HOSTS = """\
127.0.0.1 localhost
10.0.0.1 mn1 mn1.cluster.net
10.0.1.1 n1 n1.cluster.net one eins
10.0.1.2 n2.cluster.net n2
10.1.0.2 n2-ib
2001:db8::1 n1
192.168.0.9 outside
10.0.1.77 bad_name
"""
ZONES = (
    "cluster.net",
    "ib.net",
    "0.10.in-addr.arpa",
    "0.1.10.in-addr.arpa",
    "0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
)
SETTINGS = {"domain": "cluster.net", "nameservers": "10.0.0.1", "master": "10.0.0.1"}
NETWORKS = (
    "net=10.0.0.0,mask=255.255.0.0 networks.netname=main",
    "net=10.1.0.0,mask=255.255.255.0 networks.netname=ib networks.domain=ib.net",
    "net=2001:db8::/64,mask=/64 networks.netname=six",
)
DONE = (
    "Getting reverse zones, this may take several minutes for a large cluster.",
    "Completed getting reverse zones.",
    "Updating zones.",
    "Completed updating zones.",
    "Restarting named",
    "Restarting named complete",
    "Updating DNS records, this may take several minutes for a large cluster.",
    "Completed updating DNS records.",
    "DNS setup is completed",
)
QUIET = tuple(line for line in DONE if not line.startswith("Restarting"))


@dataclass(frozen=True)
class Place:
    """A management node with a network of its own, and a neighbour in the same network."""

    mn: Daemon
    here: Namespace
    there: Namespace

    @property
    def server(self) -> NameServer:
        return NameServer("127.0.0.1", 53, self.mn.root, self.here.before)

    @property
    def conf(self) -> Path:
        return self.mn.root / "etc/bind/named.conf"

    @property
    def pid(self) -> int:
        return int((self.mn.root / "run/named/named.pid").read_text())

    def zone_files(self) -> set[str]:
        return {path.name for path in (self.mn.root / "var/lib/bind").iterdir() if path.suffix != ".jnl"}

    def serials(self) -> Sequence[int]:
        return [self.server.serial(zone) for zone in ZONES]

    def makedns(self, *words: str) -> Sequence[str]:
        """What it prints; it must succeed without a word on standard error."""
        return typed(self.mn, shlex.join(("makedns", *words))).splitlines()

    def refused(self, *words: str) -> str:
        """What it says that does not succeed."""
        done = self.mn.run("makedns", *words)
        assert done.returncode == 1, done.stdout
        assert "DNS setup is completed" not in done.stdout
        return done.stderr.removeprefix("Error: [mn1]: ").strip()


@pytest.fixture(scope="module")
def hosts() -> Iterator[tuple[Namespace, Namespace]]:
    with namespaces("mn", "sn") as (here, there):
        cable(here, there, "eth0")
        here.up("eth0", "10.0.0.1/16", "2001:db8::f/64")
        there.up("eth0", "10.0.0.11/16", "10.0.0.53/16")
        yield here, there


@pytest.fixture
def place(hosts: tuple[Namespace, Namespace], installed: Path, tmp_path: Path) -> Iterator[Place]:
    """The tables are filled, the hosts file is written; no name server runs."""
    shutil.copytree(installed, tmp_path / "root", symlinks=True)
    mn = Daemon(tmp_path / "root", "mn1", "127.0.0.1", port_of(installed), before=hosts[0].before)
    (mn.root / "etc/hosts").write_text(HOSTS)
    mn.start(wait=False)
    try:
        until(lambda: mn.run("nodels").returncode == 0, "its tables")
        typed(mn, *(f"chtab key={key} site.value={value}" for key, value in SETTINGS.items()))
        typed(mn, *(f"chtab {network}" for network in NETWORKS))
        yield Place(mn, *hosts)
    finally:
        mn.stop()
        stop_named(mn.root / "run/named/named.pid")


def test_a_new_name_server_knows_the_names_of_the_hosts_file(place: Place) -> None:
    lines = place.makedns("-n")
    assert lines[0].startswith(
        "Ignoring line 10.0.1.77 bad_name in /etc/hosts, names bad_name contain invalid characters"
    )
    assert lines[1:7] == [
        f"Handling {name} in /etc/hosts." for name in ("mn1", "n1", "n2.cluster.net", "n2-ib", "n1", "outside")
    ]
    assert lines[7].startswith("Ignoring host outside, it does not belong to any nets defined in networks table")
    assert lines[8:] == list(DONE)
    server = place.server
    assert server.short("n1.cluster.net") == ["10.0.1.1"]
    assert server.short("n1.cluster.net", "AAAA") == ["2001:db8::1"]
    assert server.short("eins.cluster.net") == ["n1.cluster.net.", "10.0.1.1"]
    assert server.short("n2-ib.ib.net") == ["10.1.0.2"]
    assert server.dig("+short", "-x", "10.0.1.2") == ["n2.cluster.net."]
    assert server.dig("+short", "-x", "2001:db8::1") == ["n1.cluster.net."]
    assert server.short("cluster.net", "NS") == ["mn1.cluster.net."]
    assert server.short("mn1.cluster.net") == ["10.0.0.1"]
    key = place.conf.with_name("named.conf.key")
    assert key.stat().st_mode & 0o777 == 0o640
    assert key.read_text().split('"')[3] in typed(place.mn, "tabdump passwd")
    assert place.conf.stat().st_mode & 0o777 == 0o644


def test_a_resolver_agrees(place: Place, tmp_path: Path) -> None:
    place.makedns("-n")
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\nsearch cluster.net\n")
    script = f"mount --bind {tmp_path}/resolv.conf /etc/resolv.conf && getent -s dns ahosts n1 && getent -s dns hosts 10.0.1.2"
    words = [*place.here.before, "unshare", "--mount", "sh", "-c", script]
    out = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert {line.split()[0] for line in out.splitlines()} == {"10.0.1.1", "2001:db8::1", "10.0.1.2"}
    assert out.splitlines()[-1].split() == ["10.0.1.2", "n2.cluster.net"]


def test_doing_it_again_changes_nothing(place: Place) -> None:
    place.makedns("-n")
    before = place.serials(), place.pid, place.conf.stat(), sorted(place.zone_files())
    for words in (("-n",), (), (), ("-n", "--dry-run"), ("--dry-run",)):
        lines = place.makedns(*words)
        assert lines[-len(QUIET) :] == list(QUIET) if "--dry-run" not in words else lines == []
    assert (place.serials(), place.pid, place.conf.stat(), sorted(place.zone_files())) == before


def test_nodes_come_from_the_tables(place: Place) -> None:
    place.makedns("-n")
    serials = place.serials()
    typed(
        place.mn,
        "nodeadd x1 groups=all hosts.ip=10.0.9.1 hosts.hostnames=ex",
        "nodech x1 hosts.otherinterfaces=-ib:10.1.0.9",
    )
    assert place.makedns("x1") == ["Handling x1 in /etc/hosts.", "Handling x1-ib in /etc/hosts.", *QUIET]
    assert place.server.short("ex.cluster.net") == ["x1.cluster.net.", "10.0.9.1"]
    assert place.server.short("x1-ib.ib.net") == ["10.1.0.9"]
    assert place.server.dig("+short", "-x", "10.0.9.1") == ["x1.cluster.net."]
    assert [new - old for old, new in zip(serials, place.serials(), strict=True)] == [1, 1, 1, 1, 0]
    typed(place.mn, "nodech x1 hosts.ip=10.0.9.2")
    change = ["-1.9.0.10.in-addr.arpa. IN PTR x1.cluster.net.", "+2.9.0.10.in-addr.arpa. IN PTR x1.cluster.net."]
    assert place.makedns("x1", "--dry-run") == [
        *change,
        "-x1.cluster.net. IN A 10.0.9.1",
        "+x1.cluster.net. IN A 10.0.9.2",
    ]
    place.makedns("x1")
    assert place.server.short("x1.cluster.net") == ["10.0.9.2"]
    assert place.server.dig("+short", "-x", "10.0.9.1") == []
    typed(place.mn, "nodech x1 hosts.ip=10.0.9.3")
    assert place.makedns("-d", "x1")[-3:] == list(QUIET[-3:])
    for name in ("x1.cluster.net", "ex.cluster.net", "x1-ib.ib.net"):
        assert place.server.short(name) == []
    assert place.server.dig("+short", "-x", "10.0.9.2") == []
    assert place.server.short("n1.cluster.net") == ["10.0.1.1"]


def test_thousands_of_hosts_are_loaded_and_moved(place: Place) -> None:
    def lines(third: int) -> str:
        return "".join(f"10.0.{third + n // 250}.{n % 250 + 1} c{n} a{n}\n" for n in range(2000))

    (place.mn.root / "etc/hosts").write_text(HOSTS + lines(20))
    place.makedns("-n")
    assert place.server.short("a1999.cluster.net") == ["c1999.cluster.net.", "10.0.27.250"]
    (place.mn.root / "etc/hosts").write_text(HOSTS + lines(40))
    serial = place.server.serial("cluster.net")
    assert place.makedns()[-len(QUIET) :] == list(QUIET)
    assert place.server.short("a1999.cluster.net") == ["c1999.cluster.net.", "10.0.47.250"]
    assert place.server.dig("+short", "-x", "10.0.27.250") == []
    assert place.server.serial("cluster.net") - serial < 30


def test_a_new_network_becomes_a_zone_and_the_others_go_on(place: Place) -> None:
    place.makedns("-n")
    files, pid = place.zone_files(), place.pid
    typed(place.mn, "chtab net=172.16.0.0,mask=255.255.255.0 networks.netname=new")
    with (place.mn.root / "etc/hosts").open("a") as text:
        text.write("172.16.0.5 far\n10.0.1.5 n5\n")
    assert '+zone "0.16.172.in-addr.arpa" in {' in place.makedns("--dry-run")
    assert place.makedns()[-len(DONE) :] == list(DONE)
    assert place.server.dig("+short", "-x", "172.16.0.5") == ["far.cluster.net."]
    assert place.server.short("n5.cluster.net") == ["10.0.1.5"]
    assert place.pid == pid
    assert place.zone_files() > files


def test_a_dry_run_shows_files_and_records_and_makes_nothing(place: Place) -> None:
    typed(place.mn, "chtab key=forwarders site.value=192.0.2.1")
    lines = place.makedns("-n", "--dry-run")
    assert "+\t\t192.0.2.1;" in lines
    assert "+n2.cluster.net. IN A 10.0.1.2" in lines
    assert not place.conf.exists()
    assert "xcat_key" not in typed(place.mn, "tabdump passwd")


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


def test_a_bad_setting_leaves_the_old_server_as_it_is(place: Place) -> None:
    place.makedns("-n")
    before = place.conf.read_text(), place.zone_files(), place.pid
    with (place.mn.root / "etc/hosts").open("a") as text:
        text.write("10.0.1.5 n5\n")
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


def test_a_port_that_somebody_else_has_is_told(place: Place, tmp_path: Path) -> None:
    with named(tmp_path / "other", {"other.net": ""}, before=place.here.before):
        said = place.refused("-n")
    assert said == (
        "named cannot have port 53 at 127.0.0.1: stop the program that has it; `ss -lnp sport = 53` shows which"
    )
    assert place.makedns("-n")[-1] == "DNS setup is completed"


def test_a_server_that_does_not_run_is_started_with_what_it_had(place: Place) -> None:
    place.makedns("-n")
    typed(place.mn, "nodeadd x1 groups=all hosts.ip=10.0.9.1")
    place.makedns("x1")
    stop_named(place.mn.root / "run/named/named.pid")
    with (place.mn.root / "etc/hosts").open("a") as text:
        text.write("10.0.1.5 n5\n")
    assert (
        place.refused("-d", "x1")
        == "No name server answers at 127.0.0.1 port 53 (connection refused): start named there"
    )
    assert place.makedns()[-len(DONE) :] == list(DONE)
    assert place.server.short("x1.cluster.net") == ["10.0.9.1"]
    assert place.server.short("n5.cluster.net") == ["10.0.1.5"]


def test_zones_made_anew_have_a_later_serial_number(place: Place) -> None:
    place.makedns("-n")
    serial, files = place.server.serial("cluster.net"), place.zone_files()
    (place.mn.root / "etc/hosts").write_text("10.0.1.9 n9\n")
    place.makedns("-n")
    assert place.server.serial("cluster.net") > serial
    assert place.server.short("n1.cluster.net") == []
    stop_named(place.mn.root / "run/named/named.pid")
    serial = serial + 1
    (place.mn.root / "etc/hosts").write_text("10.0.1.8 n8\n")
    place.makedns("-n")
    assert place.server.serial("cluster.net") > serial
    assert not files & place.zone_files()


def test_a_key_that_changes_is_given_to_the_server(place: Place) -> None:
    place.makedns("-n")
    typed(place.mn, "chtab key=omapi,username=xcat_key passwd.password=b3RoZXIgb2YgdGhpcnR5LXR3byBvY3RldHMgaGVyZSE=")
    with (place.mn.root / "etc/hosts").open("a") as text:
        text.write("10.0.1.5 n5\n")
    lines = place.makedns("--dry-run")
    assert f"{place.conf}.key would get the key of table passwd" in lines
    assert place.makedns()[-len(DONE) :] == list(DONE)
    assert place.server.short("n5.cluster.net") == ["10.0.1.5"]


def test_the_sites_own_configuration_is_kept_beside(place: Place) -> None:
    place.conf.parent.mkdir(parents=True)
    place.conf.write_text("// mine\n")
    assert "No name server answers at 127.0.0.1" in place.refused()
    assert place.conf.read_text() == "// mine\n"
    place.makedns("-n")
    assert place.conf.with_name("named.conf.xcatbak").read_text() == "// mine\n"
    assert place.server.short("n1.cluster.net") == ["10.0.1.1"]


def test_the_sites_own_server_gets_updates_when_it_has_the_zones(place: Place, tmp_path: Path) -> None:
    place.makedns("-n")
    key = place.conf.with_name("named.conf.key").read_text()
    stop_named(place.mn.root / "run/named/named.pid")
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


def test_it_listens_where_it_is_told_to(place: Place) -> None:
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


def test_two_at_once_take_turns(place: Place) -> None:
    place.makedns("-n")
    typed(place.mn, "nodeadd x1-x8 groups=all", *(f"nodech x{n} hosts.ip=10.0.9.{n}" for n in range(1, 9)))
    with ThreadPoolExecutor(4) as crew:
        done = list(crew.map(lambda n: place.mn.run("makedns", f"x{n}"), range(1, 9)))
    assert [each.returncode for each in done] == [0] * 8
    assert [place.server.short(f"x{n}.cluster.net") for n in range(1, 9)] == [[f"10.0.9.{n}"] for n in range(1, 9)]


def test_the_rights_that_the_unit_leaves_are_enough_for_a_named_that_runs(place: Place) -> None:
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


def test_words_that_make_no_sense(place: Place) -> None:
    assert place.refused("-d") == "makedns -d without noderange or -a is not supported"
    assert place.refused("-d", "-a") == "Unable to find omapi key in passwd table: makedns -n makes one"


@pytest.fixture
def external(place: Place, tmp_path: Path) -> Iterator[NameServer]:
    """A name server on another host, that has the forward zones and one reverse zone. It knows the key."""
    place.makedns("-n")
    secret = place.conf.with_name("named.conf.key").read_text().split('"')[3]
    stop_named(place.mn.root / "run/named/named.pid")
    (place.mn.root / "etc/resolv.conf").write_text("search x\nnameserver 10.0.0.53\n")
    there = dict.fromkeys((*ZONES[:2], "10.in-addr.arpa"), "")
    with named(tmp_path / "external", there, address="10.0.0.53", before=place.there.before, secret=secret) as server:
        yield server


def test_an_external_server_gets_updates(place: Place, external: NameServer) -> None:
    done = place.mn.run("makedns", "-e")
    missing = (
        f"Error: [mn1]: Unable to find a name server that answers for the zone {ZONES[-1]}: its names are left out\n"
    )
    assert (done.stderr, done.returncode) == (missing, 1)
    assert done.stdout.splitlines()[-1] == "Completed updating DNS records."
    assert external.short("n1.cluster.net") == ["10.0.1.1"]
    assert external.dig("+short", "-x", "10.1.0.2") == ["n2-ib.ib.net."]
    typed(place.mn, "tabch -d net=2001:db8::/64 networks", "chtab key=externaldns site.value=1")
    assert place.makedns()[-1] == "DNS setup is completed"
    serial = external.serial("cluster.net")
    assert place.makedns()[-1] == "DNS setup is completed"
    assert external.serial("cluster.net") == serial
    typed(place.mn, "nodeadd n1 groups=all hosts.ip=10.0.1.1 hosts.hostnames=one")
    assert place.makedns("-d", "n1", "--dry-run") == [
        "-1.1.0.10.in-addr.arpa. IN PTR n1.cluster.net.",
        "-n1.cluster.net. IN A 10.0.1.1",
        "-one.cluster.net. IN CNAME n1.cluster.net.",
    ]
    place.makedns("-d", "n1")
    assert external.short("n1.cluster.net") == []
    assert external.dig("+short", "-x", "10.0.1.1") == []


def test_an_external_server_that_cannot_be_used_is_told(place: Place, external: NameServer) -> None:
    typed(place.mn, "tabch -d net=2001:db8::/64 networks")
    typed(place.mn, "chtab key=omapi,username=xcat_key passwd.password=b3RoZXIgb2YgdGhpcnR5LXR3byBvY3RldHMgaGVyZSE=")
    assert place.refused("-e") == (
        "The name server at 10.0.0.53 has another secret for the key of the request (BADSIG): give it that of table passwd"
    )
    typed(place.mn, "chtab key=ddnsserver site.value=10.0.0.54")
    assert "No name server answers at 10.0.0.54 port 53" in place.refused("-e")
    typed(place.mn, "tabch -d key=ddnsserver site", "tabch -d key=omapi passwd")
    assert place.refused("-e").splitlines()[0] == "Unable to find omapi key in passwd table"
    (place.mn.root / "etc/resolv.conf").unlink()
    assert "please ensure /etc/resolv.conf existing and pointed to this external DNS server" in place.refused(
        "-e", "--dry-run"
    )


def test_a_secondary_has_copies_that_follow(place: Place, tmp_path: Path) -> None:
    typed(place.mn, "nodeadd sn1 groups=service hosts.ip=10.0.0.11 servicenode.nameserver=2")
    place.makedns("-n")
    networks = tuple(ip_network(net) for net in ("10.0.0.0/16", "10.1.0.0/24", "2001:db8::/64"))
    served = tuple(ClusterNetwork(str(network), network) for network in networks)
    setup = Setup("mn1.cluster.net", zones(["cluster.net", "ib.net"], networks), served)
    with running(place.there, secondary_conf("10.0.0.1", setup, Folders(tmp_path, tmp_path)), tmp_path) as copy:
        until(lambda: copy.short("n1.cluster.net") == ["10.0.1.1"], "the copy of the zone")
        typed(place.mn, "nodeadd x1 groups=all hosts.ip=10.0.9.1")
        place.makedns("x1")
        until(lambda: copy.short("x1.cluster.net") == ["10.0.9.1"], "the change in the copy")


def test_a_forwarder_asks_the_management_node(place: Place, tmp_path: Path) -> None:
    place.makedns("-n")
    text = forwarder_conf("10.0.0.1", [ip_network("10.0.0.0/16")], Folders(tmp_path, tmp_path))
    with running(place.there, text, tmp_path) as forwarder:
        assert forwarder.short("n1.cluster.net") == ["10.0.1.1"]
        assert forwarder.dig("+short", "-x", "10.0.1.2") == ["n2.cluster.net."]


@contextlib.contextmanager
def running(where: Namespace, conf: str, folder: Path) -> Iterator[NameServer]:
    """A named with this configuration."""
    (folder / "named.conf").write_text(conf)
    words = [*where.before, "named", "-c", str(folder / "named.conf"), "-L", str(folder / "log")]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, (folder / "log").read_text()
    try:
        yield NameServer("10.0.0.11", 53, folder, where.before)
    finally:
        stop_named(folder / "named.pid")
