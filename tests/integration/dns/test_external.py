"""`makedns -e`: name servers on other hosts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import typed
from tests.helpers.dnssite import ZONES, DnsSite
from tests.simulators.named import NameServer, named


@pytest.fixture
def external(place: DnsSite, tmp_path: Path) -> Iterator[NameServer]:
    """A name server on another host, that has the forward zones and one reverse zone. It knows the key."""
    place.makedns("-n")
    secret = place.conf.with_name("named.conf.key").read_text().split('"')[3]
    place.stop_named()
    (place.mn.root / "etc/resolv.conf").write_text("search x\nnameserver 10.0.0.53\n")
    there = dict.fromkeys((*ZONES[:2], "10.in-addr.arpa"), "")
    with named(tmp_path / "external", there, address="10.0.0.53", before=place.there.before, secret=secret) as server:
        yield server


def test_an_external_server_gets_updates(place: DnsSite, external: NameServer) -> None:
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


def test_an_external_server_that_cannot_be_used_is_told(place: DnsSite, external: NameServer) -> None:
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
