"""The certificate of the database server."""

from __future__ import annotations

import os
import pwd
import ssl
from pathlib import Path

import pytest

from xcat_certs import pem
from xcat_certs.authority import Authority
from xcat_certs.layout import Layout
from xcat_certs.names import Role
from xcatd.daemon.paths import Paths
from xcatd.dbsetup.job import Job
from xcatd.dbsetup.servercert import ServerFiles, server_certificate
from xcatd.dbsetup.wishes import Wishes
from xcatd.errors import TrustError
from xcatd.store.location import Engine
from xcatd.tls import identify

ROOT = os.geteuid() == 0
ACCOUNT = "nobody" if ROOT else pwd.getpwuid(os.geteuid()).pw_name
"""Who a server runs as; only root can give him files."""


@pytest.fixture
def place(tmp_path: Path) -> ServerFiles:
    folder = tmp_path / "conf"
    folder.mkdir()
    return ServerFiles(folder, ACCOUNT)


def made(host: Paths, place: ServerFiles) -> list[str]:
    return [
        Path(line.split()[-1]).name for line in server_certificate(Job("x", Engine.POSTGRES, host, Wishes()), place)
    ]


def test_it_is_for_the_names_at_which_the_server_is_dialled(host: Paths, place: ServerFiles) -> None:
    assert made(host, place) == ["xcat-ca.pem", "xcat-server-key.pem", "xcat-server-cert.pem"]
    certificate = pem.read_certificate(place.certificate)
    names = pem.names_in(certificate)
    assert {"mn1", "localhost"} <= set(names.dns)
    assert "127.0.0.1" in map(str, names.addresses)
    assert pem.uris_in(certificate) == ["xcat://mn1/db/db-mn1"]
    found = place.key.stat()
    assert (found.st_mode & 0o777, found.st_uid) == (0o600, pwd.getpwnam(ACCOUNT).pw_uid)
    assert made(host, place) == [], "it is there"


def test_it_is_no_second_certificate_of_the_daemon(host: Paths, place: ServerFiles) -> None:
    """`xcatcert renew mn1` would have to ask which one is meant."""
    made(host, place)
    assert {entry.role for entry in Authority.open(Layout(host.root).authority).named("mn1")} == {Role.MANAGEMENT}


def test_no_daemon_takes_its_holder_for_a_caller(host: Paths, place: ServerFiles) -> None:
    made(host, place)
    shown = ssl._ssl._test_decode_cert(str(place.certificate))  # type: ignore[attr-defined]
    with pytest.raises(TrustError):
        identify(shown)


@pytest.mark.parametrize("harm", ["key", "revoked", "authority", *(["owner"] if ROOT else [])])
def test_one_that_cannot_be_used_is_made_anew(host: Paths, place: ServerFiles, harm: str) -> None:
    made(host, place)
    before = place.certificate.read_bytes()
    if harm == "key":
        place.key.unlink()
    elif harm == "owner":
        os.chown(place.key, 0, 0)
    elif harm == "authority":
        place.certificate.write_bytes(place.authority.read_bytes())
    else:
        serial = pem.read_certificate(place.certificate).serial_number
        Authority.open(Layout(host.root).authority).revoke(serial)

    said = made(host, place)

    assert [name for name in said if name != "xcat-crl.pem"] == ["xcat-server-key.pem", "xcat-server-cert.pem"]
    assert place.certificate.read_bytes() != before
    assert place.revocations.exists() == (harm == "revoked")
    assert made(host, place) == []
