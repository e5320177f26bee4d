"""`makedns` with a real daemon and the real named: which names are there."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.helpers.alone import typed
from tests.helpers.dnssite import DONE, HOSTS, QUIET, DnsSite


def test_a_new_name_server_knows_the_names_of_the_hosts_file(place: DnsSite) -> None:
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


def test_a_resolver_agrees(place: DnsSite, tmp_path: Path) -> None:
    place.makedns("-n")
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\nsearch cluster.net\n")
    script = f"mount --bind {tmp_path}/resolv.conf /etc/resolv.conf && getent -s dns ahosts n1 && getent -s dns hosts 10.0.1.2"
    words = [*place.here.before, "unshare", "--mount", "sh", "-c", script]
    out = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert {line.split()[0] for line in out.splitlines()} == {"10.0.1.1", "2001:db8::1", "10.0.1.2"}
    assert out.splitlines()[-1].split() == ["10.0.1.2", "n2.cluster.net"]


def test_doing_it_again_changes_nothing(place: DnsSite) -> None:
    place.makedns("-n")
    before = place.serials(), place.pid, place.conf.stat(), sorted(place.zone_files())
    for words in (("-n",), (), (), ("-n", "--dry-run"), ("--dry-run",)):
        lines = place.makedns(*words)
        assert lines[-len(QUIET) :] == list(QUIET) if "--dry-run" not in words else lines == []
    assert (place.serials(), place.pid, place.conf.stat(), sorted(place.zone_files())) == before


def test_nodes_come_from_the_tables(place: DnsSite) -> None:
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


def test_thousands_of_hosts_are_loaded_and_moved(place: DnsSite) -> None:
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


def test_a_new_network_becomes_a_zone_and_the_others_go_on(place: DnsSite) -> None:
    place.makedns("-n")
    files, pid = place.zone_files(), place.pid
    typed(place.mn, "chtab net=172.16.0.0,mask=255.255.255.0 networks.netname=new")
    place.add_to_hosts("172.16.0.5 far\n10.0.1.5 n5")
    assert '+zone "0.16.172.in-addr.arpa" in {' in place.makedns("--dry-run")
    assert place.makedns()[-len(DONE) :] == list(DONE)
    assert place.server.dig("+short", "-x", "172.16.0.5") == ["far.cluster.net."]
    assert place.server.short("n5.cluster.net") == ["10.0.1.5"]
    assert place.pid == pid
    assert place.zone_files() > files


def test_a_dry_run_shows_files_and_records_and_makes_nothing(place: DnsSite) -> None:
    typed(place.mn, "chtab key=forwarders site.value=192.0.2.1")
    lines = place.makedns("-n", "--dry-run")
    assert "+\t\t192.0.2.1;" in lines
    assert "+n2.cluster.net. IN A 10.0.1.2" in lines
    assert not place.conf.exists()
    assert "xcat_key" not in typed(place.mn, "tabdump passwd")


def test_zones_made_anew_have_a_later_serial_number(place: DnsSite) -> None:
    place.makedns("-n")
    serial, files = place.server.serial("cluster.net"), place.zone_files()
    (place.mn.root / "etc/hosts").write_text("10.0.1.9 n9\n")
    place.makedns("-n")
    assert place.server.serial("cluster.net") > serial
    assert place.server.short("n1.cluster.net") == []
    place.stop_named()
    serial = serial + 1
    (place.mn.root / "etc/hosts").write_text("10.0.1.8 n8\n")
    place.makedns("-n")
    assert place.server.serial("cluster.net") > serial
    assert not files & place.zone_files()


def test_two_at_once_take_turns(place: DnsSite) -> None:
    place.makedns("-n")
    typed(place.mn, "nodeadd x1-x8 groups=all", *(f"nodech x{n} hosts.ip=10.0.9.{n}" for n in range(1, 9)))
    with ThreadPoolExecutor(4) as crew:
        done = list(crew.map(lambda n: place.mn.run("makedns", f"x{n}"), range(1, 9)))
    assert [each.returncode for each in done] == [0] * 8
    assert [place.server.short(f"x{n}.cluster.net") for n in range(1, 9)] == [[f"10.0.9.{n}"] for n in range(1, 9)]


def test_words_that_make_no_sense(place: DnsSite) -> None:
    assert place.refused("-d") == "makedns -d without noderange or -a is not supported"
    assert place.refused("-d", "-a") == "Unable to find omapi key in passwd table: makedns -n makes one"
