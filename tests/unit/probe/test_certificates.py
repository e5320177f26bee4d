"""Certificates that are not as they must be: what xcatprobe says, and that the remedy is one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.helpers.hosts import another_authority, certify, credentials_of, sign
from tests.unit.probe.seen import level, troubles
from xcat_certs.authority import Authority
from xcat_certs.layout import Layout
from xcat_certs.names import Role
from xcatd.daemon.paths import Paths
from xcatd.probe.check import Level
from xcatd.setup.main import main as xcatconfig

VALID = "certificate of this daemon is there and valid"
ROLE = "right role"
ENDS = "do not end soon"
AUTHORITY = "authority of the cluster is whole"
ROOT = "root has credentials"
REVOKED = "revoked"
PRIVATE = "root's alone"


@pytest.mark.parametrize(
    "title", [VALID, ROLE, "certificates do not end soon", "names that they dial", AUTHORITY, ROOT]
)
def test_a_host_that_was_just_set_up_is_well(host: Paths, title: str) -> None:
    assert level(host, title) is Level.OK


def test_an_expired_certificate(host: Paths) -> None:
    certify(host, Role.MANAGEMENT, "mn1", left=timedelta(days=-1))
    (said,) = troubles(host, VALID)
    assert "has expired: run `xcatcert renew`" in said
    (said,) = troubles(host, "certificates do not end soon")
    assert "server-cred.pem has expired on " in said
    assert said.endswith(": run `xcatcert renew mn1`")
    assert xcatconfig(["--root", str(host.root), "-c"]) == 0
    assert level(host, VALID) is Level.OK


def test_a_certificate_near_its_end_is_a_warning(host: Paths) -> None:
    certify(host, Role.MANAGEMENT, "mn1", left=timedelta(days=7, hours=1))
    assert level(host, VALID) is Level.OK
    assert level(host, "certificates do not end soon") is Level.WARNING
    assert "in 7 days: run `xcatcert renew mn1`" in troubles(host, "certificates do not end soon")[0]


def test_the_role_of_a_service_node_on_a_management_node(host: Paths) -> None:
    Authority.open(Layout(host.root).authority)
    certify(host, Role.SERVICE, "mn1")
    (said,) = troubles(host, ROLE)
    assert (
        "is the certificate of a service node, and this host is a management node: run `xcatd init --name mn1`" in said
    )


def test_the_role_of_a_management_node_on_a_service_node(host: Paths) -> None:
    host.settings.write_text("name: mn1\nmaster: mn0\n")
    (said,) = troubles(host, ROLE)
    assert "is the certificate of a management node, and this host is a service node: sign its request" in said


def test_a_certificate_of_another_name(host: Paths) -> None:
    certify(host, Role.MANAGEMENT, "mn2")
    (said,) = troubles(host, ROLE)
    assert said.startswith("The certificate is made out to mn2, and this daemon is called mn1: correct `name` in ")


def test_a_certificate_of_another_authority(host: Paths, tmp_path: Path) -> None:
    sign(another_authority(tmp_path / "other"), Layout(host.root).server, Role.MANAGEMENT, "mn1")
    (said,) = troubles(host, VALID)
    assert "was not signed by the authority in" in said


def test_an_authority_that_nobody_believes(host: Paths, tmp_path: Path) -> None:
    other = another_authority(tmp_path / "other")
    (host.etc / "cert/ca.pem").write_bytes(other.certificate_pem)
    (said,) = troubles(host, AUTHORITY)
    assert "cert/ca.pem is not the certificate of the authority in" in said
    assert "run `xcatconfig -c`" in said
    assert level(host, VALID) is Level.FAILED
    assert level(host, ROOT) is Level.FAILED


def test_the_key_of_another_authority(host: Paths, tmp_path: Path) -> None:
    another_authority(tmp_path / "other")
    key = host.etc / "ca/private/ca-key.pem"
    key.write_bytes((tmp_path / "other/etc/xcat/ca/private/ca-key.pem").read_bytes())
    (said,) = troubles(host, AUTHORITY)
    assert "put a back-up in its place" in said


@pytest.mark.parametrize("lost", ["etc/xcat/cert/server-cred.pem", "etc/xcat/cert/ca.pem"])
def test_a_file_that_is_missing_is_named_and_made_again(host: Paths, lost: str) -> None:
    (host.root / lost).unlink()
    (said,) = troubles(host, VALID)
    assert said.startswith(f"{host.root / lost} is missing: ")
    assert xcatconfig(["--root", str(host.root), "-c"]) == 0
    assert level(host, VALID) is Level.OK


def test_root_without_credentials(host: Paths) -> None:
    (host.root / "root/.xcat/client-cred.pem").unlink()
    (said,) = troubles(host, ROOT)
    assert said.endswith("client-cred.pem missing: run `xcatconfig -c`, which makes what is missing")
    assert xcatconfig(["--root", str(host.root), "-c"]) == 0
    assert level(host, ROOT) is Level.OK


def test_root_with_a_certificate_for_another_key(host: Paths, tmp_path: Path) -> None:
    root = Layout(host.root).client("root")
    other = credentials_of(Authority.open(Layout(host.root).authority), tmp_path / "other", Role.USER, "root")
    root.cred.write_bytes(other.certificate.read_bytes() + root.key.read_bytes())
    (said,) = troubles(host, ROOT)
    assert "do not belong together: run `xcatconfig -c`" in said


def test_our_own_certificate_is_revoked(host: Paths) -> None:
    authority = Authority.open(Layout(host.root).authority)
    authority.revoke(authority.named("mn1")[-1].serial)
    (said,) = troubles(host, REVOKED)
    assert "was revoked on" in said


def test_a_list_of_revocations_that_cannot_be_believed(host: Paths) -> None:
    host.revocations.write_text("nonsense")
    (said,) = troubles(host, REVOKED)
    assert said.startswith("Nobody is let in: ")


def test_an_address_that_is_not_in_the_certificate(host: Paths) -> None:
    host.settings.write_text("name: mn1\naddresses: [127.0.0.1, 127.0.0.7, '::']\n")
    (said,) = troubles(host, "names that they dial")
    assert said.startswith("Who dials 127.0.0.7 will not believe this daemon: ")


@pytest.mark.parametrize(
    "name",
    [
        "etc/xcat/cert/server-key.pem",
        "etc/xcat/cert/server-cred.pem",
        "etc/xcat/ca/private/ca-key.pem",
        "etc/xcat/hostkeys/ssh_host_rsa_key",
        "etc/xcat/xcat.sqlite",
        "root/.xcat/client-key.pem",
        "root/.ssh/id_rsa",
    ],
)
def test_a_key_that_others_may_read(host: Paths, name: str) -> None:
    assert level(host, PRIVATE) is Level.OK
    path = host.root / name
    path.chmod(0o644)
    (said,) = troubles(host, PRIVATE)
    assert said == (
        f"{path} may be used by others (mode 644): chmod 600 {path} and replace what is in it, as it may be known"
    )
    assert xcatconfig(["--root", str(host.root), "-c"]) == 0
    assert level(host, PRIVATE) is Level.OK


def test_a_folder_into_which_others_may_put_files(host: Paths) -> None:
    (host.etc / "cert").chmod(0o777)
    assert troubles(host, PRIVATE) == [f"Others may put files into {host.etc}/cert: chmod go-w {host.etc}/cert"]
