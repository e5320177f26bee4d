"""Nodes and service nodes get the successor of their certificate by the one that they have: real daemons, the real signer, and on
the node the script that its timer runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.helpers.alone import alone, credentials, log_lines, typed, until
from tests.helpers.cluster import Daemon, running
from tests.helpers.scripts import FOLDER
from tests.helpers.signer import signing
from xcat_certs import pem
from xcat_certs.authority import Authority
from xcat_certs.index import serial_hex
from xcat_certs.issue import holds_key_of
from xcat_certs.keys import make_key, request_pem
from xcat_certs.layout import Credentials
from xcat_certs.names import AlternativeNames, Role


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("renewal")) as mn, signing(mn.root):
        typed(mn, "nodeadd cn[1-12] groups=all", "nodech cn1 hosts.ip=127.3.4.1")
        yield mn


@dataclass(frozen=True, slots=True)
class OnNode:
    """A node: its folder of credentials, and the daemon of whose cluster it is."""

    daemon: Daemon
    place: Credentials

    @property
    def serial(self) -> str:
        """Of the certificate that it uses."""
        return serial_hex(pem.read_certificate(self.place.cred).serial_number)

    @property
    def fits(self) -> bool:
        return all(
            holds_key_of(self.place, pem.read_certificate(path)) for path in (self.place.cred, self.place.certificate)
        )

    def states(self) -> list[str]:
        """Of all certificates of its name, the oldest first."""
        listed = self.daemon.xcatcert("list").stdout
        name = pem.read_certificate(self.place.cred).subject.rfc4514_string().removeprefix("CN=")
        return [line.split()[4] for line in listed.splitlines() if f" {name} " in line]

    def renew(self, *words: str, server: Daemon | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        """What the timer runs."""
        asked = server or self.daemon
        folder = self.place.directory
        given = {"MASTER": asked.address, "XCATDPORT": str(asked.port), "XCAT_CREDENTIALS": str(folder)}
        given |= {"XCAT_SSH": str(folder / "ssh"), "XCAT_INFO": str(folder / "xcatinfo"), "PATH": os.environ["PATH"]}
        return subprocess.run(
            [sys.executable, str(FOLDER / "renewcert"), *words],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, env=given | env, timeout=120,
        )  # fmt: skip

    def say(self, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Type a command with its certificate."""
        return self.daemon.run(*words, stdin=stdin, tls=True, XCAT_CREDENTIALS=str(self.place.directory))


def node(folder: Path, daemon: Daemon, name: str, ago: float = 80, authority: Daemon | None = None) -> OnNode:
    """One with a key of its own, and a certificate of a hundred days that was given so many days ago."""
    ca = (authority or daemon).root / "etc/xcat/ca"
    place = Credentials(folder / name, "client")
    make_key(place)
    then = Authority.open(ca, clock=lambda: datetime.now(UTC) - timedelta(days=ago))
    request = request_pem(pem.read_key(place.key), name, AlternativeNames())
    signed = then.sign(request, Role.NODE, name, days=100)
    place.certificate.write_bytes(signed)
    place.cred.write_bytes(signed + place.key.read_bytes())
    place.ca.write_bytes(then.certificate_pem)
    return OnNode(daemon, place)


def ok(done: subprocess.CompletedProcess[str]) -> str:
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def test_a_node_renews_its_certificate_in_the_last_third_of_its_life(site: Daemon, tmp_path: Path) -> None:
    made = node(tmp_path, site, "cn1")
    keys = made.place.directory / "ssh"
    keys.mkdir()
    for kind in ("ed25519", "ecdsa"):
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(keys / f"ssh_host_{kind}_key")], check=True)
    (keys / "ssh_host_ed25519_key-cert.pub").write_text("of before\n")
    old = made.serial
    assert ok(made.renew()).startswith("renewcert: the certificate of cn1 is good until ")
    assert made.serial != old and made.fits
    assert made.states() == ["revoked", "valid"]
    assert made.place.cred.stat().st_mode & 0o777 == 0o600
    shown = ["ssh-keygen", "-L", "-f", str(keys / "ssh_host_ed25519_key-cert.pub")]
    assert "127.3.4.1" in subprocess.run(shown, capture_output=True, text=True, check=True).stdout
    assert not (keys / "ssh_host_ecdsa_key-cert.pub").exists(), "this one had no certificate"
    assert ok(made.say("nodereport", "installstatus", "booted")) == ""
    until(lambda: log_lines(site, "certificate taken back"), "the lines in the log")
    events = [line["event"] for line in log_lines(site) if line.get("node") == "cn1" and "serial" in line]
    assert events == ["certificate renewed", "certificate taken back"]
    until(lambda: f"taken back: {old}" in noted(site), "the events in the table")
    assert f"certificate renewed: {made.serial}, asked by 127.0.0.1" in noted(site)
    assert ok(made.renew()) == "" and made.states() == ["revoked", "valid"]
    left = {path.name for path in made.place.directory.iterdir()}
    assert left == {"ca.pem", "client-key.pem", "client-cert.pem", "client-cred.pem", "ssh", "renewing"}


def noted(mn: Daemon) -> str:
    """What table eventlog has about cn1; events are written soon after the command has ended."""
    return typed(mn, "tabdump -w node==cn1 eventlog")


def test_one_that_is_young_is_left(site: Daemon, tmp_path: Path) -> None:
    made = node(tmp_path, site, "cn2", ago=60)
    assert ok(made.renew()) == "" and made.states() == ["valid"]
    assert "is good until" in ok(made.renew("--now")), "the signer gives one from the half on"
    young = node(tmp_path, site, "cn3", ago=40)
    refused = young.renew("--now")
    assert refused.returncode == 1 and "it is renewed in the last half of its life" in refused.stderr
    assert young.states() == ["valid"] and young.fits


def test_a_node_that_loses_the_answer_is_not_locked_out(site: Daemon, tmp_path: Path) -> None:
    made = node(tmp_path, site, "cn4")
    ok(made.say("nodeenrol", "cn4", "--renew", stdin=asked(made, "cn4")))
    assert made.states() == ["valid", "valid"]
    again = made.renew()
    assert again.returncode == 1 and "has just been given a certificate: ask again in 10 minutes" in again.stderr
    assert ok(made.say("nodereport", "installstatus", "booted")) == ""


def test_that_the_new_one_is_in_use_is_said_again_where_that_was_lost(site: Daemon, tmp_path: Path) -> None:
    node(tmp_path / "before", site, "cn10", ago=60)
    made = node(tmp_path, site, "cn10", ago=10)
    before = made.place.directory / "client-cert.before"
    before.touch()
    assert made.renew(XCATDPORT="1").returncode == 1 and before.exists()
    assert ok(made.renew()) == "" and not before.exists()
    assert made.states() == ["revoked", "valid"]


def asked(made: OnNode, name: str) -> str:
    """What is written to `nodeenrol --renew`."""
    request = request_pem(pem.read_key(made.place.key), name, AlternativeNames()).decode()
    return f"serial: {made.serial}\n{request}"


def test_others_and_with_what_is_no_good_certificate_it_is_refused(site: Daemon, tmp_path: Path) -> None:
    made, other = node(tmp_path, site, "cn6"), node(tmp_path, site, "cn7")
    for who, name, text, why in (
        (other, "cn6", asked(made, "cn6"), "a host renews its own certificate only"),
        (other, "cn7", asked(made, "cn7"), "is the serial number of no good certificate of a node cn7"),
        (made, "cn6", asked(made, "cn7"), "The request is for 'CN=cn7', and the certificate is that of cn6"),
        (made, "cn6", "", "write lines `serial: NUMBER`"),
    ):
        done = who.say("nodeenrol", name, "--renew", stdin=text)
        assert (done.returncode, done.stdout) == (1, "") and why in done.stderr, done.stderr
    user = credentials(site, "joe")
    done = site.run("nodeenrol", "joe", "--renew", stdin=asked(made, "joe"), tls=True, XCAT_CREDENTIALS=str(user))
    assert (done.returncode, done.stdout) == (1, "") and "a host renews its own certificate only" in done.stderr
    nobody = tmp_path / "nobody"
    nobody.mkdir()
    (nobody / "ca.pem").write_bytes(made.place.ca.read_bytes())
    for words in (("--renew",), ("--renewed", other.serial)):
        done = site.run("nodeenrol", "cn6", *words, stdin=asked(made, "cn6"), tls=True, XCAT_CREDENTIALS=str(nobody))
        assert (done.returncode, done.stdout) == (1, "") and "a host renews its own certificate only" in done.stderr
    assert made.states() == other.states() == ["valid"]
    assert site.xcatcert("revoke", "cn6").returncode == 0
    until(lambda: "was revoked" in made.renew().stderr, "the revocation")
    expired = node(tmp_path, site, "cn8", ago=101).renew()
    assert expired.returncode == 1 and "expired" in expired.stderr
    removed = node(tmp_path, site, "cn99").renew()
    assert removed.returncode == 1 and "There is no node cn99 any more" in removed.stderr


def test_when_the_server_is_away_all_stays_as_it_is(site: Daemon, tmp_path: Path) -> None:
    made = node(tmp_path, site, "cn9")
    before = {path.name: path.read_bytes() for path in made.place.directory.iterdir()}
    away = made.renew(XCATDPORT="1")
    assert away.returncode == 1 and f"renewcert: {site.address} port 1: " in away.stderr
    assert made.renew(MASTER="").stderr == "renewcert: no server is known: set MASTER\n"
    (made.place.directory / "xcatinfo").write_text(f"NODE=cn9\nXCATSERVER={site.address}\n")
    (made.place.directory / "renewing").unlink()
    assert before == {
        path.name: path.read_bytes() for path in made.place.directory.iterdir() if path.name != "xcatinfo"
    }
    assert "is good until" in ok(made.renew(MASTER="127.9.9.9"))


def test_through_a_service_node_which_renews_its_own_without_a_restart(tmp_path: Path) -> None:
    with running(tmp_path, ("sn1",)) as cluster, signing(cluster.management.root):
        mn, sn1 = cluster.management, cluster.services[0]
        typed(mn, "nodeadd sn1 groups=service", "nodeadd cn1 groups=all noderes.servicenode=sn1")
        made = node(tmp_path, sn1, "cn1", authority=mn)
        assert "is good until" in ok(made.renew())
        place = Credentials(sn1.root / "etc/xcat/cert", "server")
        before = pem.read_certificate(place.cred)
        then = Authority.open(mn.root / "etc/xcat/ca", clock=lambda: datetime.now(UTC) - timedelta(days=80))
        names = pem.names_in(before)
        request = request_pem(pem.read_key(place.key), "sn1", names)
        old = then.sign(request, Role.SERVICE, "sn1", 100, names.dns, map(str, names.addresses))
        sn1.stop()
        mn.xcatcert("revoke", serial_hex(before.serial_number))
        place.certificate.write_bytes(old)
        place.cred.write_bytes(old + place.key.read_bytes())
        sn1.start()
        until(lambda: log_lines(sn1, "the certificate of this service node is renewed"), "the new certificate")
        new = pem.read_certificate(place.cred)
        assert pem.names_in(new) == names and pem.read_certificate(place.certificate) == new
        until(lambda: log_lines(sn1, "the renewed certificate is in use"), "its use at the door")
        until(lambda: len(log_lines(mn, "link from sn1 ended")) >= 2, "the end of the link of before")
        assert sn1.run("nodels", "cn1").stdout == "cn1\n"
        assert mn.run("lsdaemons").stdout.count("link sn1: up") == 1
        sn1.stop()
        sn1.start()
        until(lambda: log_lines(mn, "certificate taken back"), "the end of the old certificate")
        cluster.linked()
        states = {
            line.split()[0]: line.split()[4] for line in mn.xcatcert("list").stdout.splitlines() if " sn1 " in line
        }
        assert [serial for serial, state in states.items() if state == "valid"] == [serial_hex(new.serial_number)]
