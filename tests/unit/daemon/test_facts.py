"""What a daemon knows of itself, as far as it stands in files."""

from __future__ import annotations

import hashlib
import ssl

from xcatd.daemon.facts import Facts, facts_of_files
from xcatd.daemon.paths import Paths
from xcatd.errors import Loop
from xcatd.hierarchy import Links
from xcatd.model import Role

SALT = "00" * 16


def test_the_files_of_a_host(host: Paths) -> None:
    facts = facts_of_files(host, SALT)
    der = ssl.PEM_cert_to_DER_cert((host.etc / "ca/ca-cert.pem").read_text())
    assert facts["authority"] == hashlib.sha256(der).hexdigest()
    assert facts["cfgloc"] == facts["host keys"] == "none"
    assert len(facts["certificate ends"]) == len("2031-01-01")


def test_of_cfgloc_only_a_salted_digest_is_told(host: Paths) -> None:
    host.cfgloc.write_text("Pg:dbname=xcatdb;host=mn1|xcatadm|secret\n")
    assert facts_of_files(host, "")["cfgloc"] == "there"
    one, other = facts_of_files(host, SALT)["cfgloc"], facts_of_files(host, "11" * 16)["cfgloc"]
    assert len(one) == len(other) == 64
    assert one != other


def test_host_keys_are_equal_whatever_their_comment(host: Paths) -> None:
    host.hostkeys.mkdir()
    key = host.hostkeys / "ssh_host_rsa_key.pub"
    key.write_text("ssh-rsa AAAA root@mn1\n")
    one = facts_of_files(host, SALT)["host keys"]
    key.write_text("ssh-rsa AAAA\n")
    assert facts_of_files(host, SALT)["host keys"] == one
    key.write_text("ssh-rsa BBBB\n")
    assert facts_of_files(host, SALT)["host keys"] != one


def test_what_cannot_be_read_says_why(host: Paths) -> None:
    host.tls.ca.write_text("nonsense")
    host.tls.certificate.unlink()
    facts = facts_of_files(host, SALT)
    assert facts["authority"] == "unreadable (it is damaged)"
    assert facts["certificate ends"] == "unreadable (No such file or directory)"


async def test_links_that_should_be_there_and_are_not(host: Paths) -> None:
    management = Facts(host, Role.MANAGEMENT, "Version 3", Links(), lambda: ("sn1",), lambda: "")
    facts = await management(SALT)
    assert list(facts)[:2] == ["version", "role"]
    assert facts["link sn1"] == "down, sn1 has not connected since this daemon started"
    service = Facts(host, Role.SERVICE, "Version 3", Links(), _circle, lambda: "no link to mn1: nobody listens")
    assert (await service(SALT))["link above"] == "down, no link to mn1: nobody listens"


def _circle() -> tuple[str, ...]:
    raise Loop("a circle")


async def test_what_is_under_way(host: Paths) -> None:
    facts = Facts(
        host, Role.MANAGEMENT, "Version 3", Links(), tuple, str, lambda: ("rpower of ann (request r2)", "xdsh of bob")
    )
    assert (await facts(SALT))["requests"] == "rpower of ann (request r2), xdsh of bob"
    idle = Facts(host, Role.MANAGEMENT, "Version 3", Links(), tuple, str)
    assert list((await idle(SALT)).items())[-1] == ("requests", "none")
