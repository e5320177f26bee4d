"""A service node's certificate and its successor, as files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from xcat_certs import pem
from xcat_certs.authority import Authority
from xcat_certs.index import serial_hex
from xcat_certs.keys import install as put
from xcat_certs.keys import make_request
from xcat_certs.layout import Credentials
from xcat_certs.names import Role
from xcatd.daemon.certificate import Own, before, install, read, request
from xcatd.errors import TrustError
from xcatd.tls import TlsFiles

NOW = datetime.now(UTC)
DAY = timedelta(days=1)

Sign = Callable[..., bytes]


@pytest.fixture
def place(tmp_path: Path) -> Credentials:
    """A service node's files; its certificate is 80 days old, of 100."""
    Authority.create(tmp_path / "ca", "xCAT CA alpha", "alpha")
    made = Credentials(tmp_path / "sn1", "server")
    make_request(made.directory, "sn1", addresses=["10.0.0.11"])
    put(made, signed(tmp_path, made, 80), Authority.open(tmp_path / "ca").certificate_pem)
    return made


def signed(folder: Path, place: Credentials, ago: int, role: Role = Role.SERVICE, name: str = "sn1") -> bytes:
    then = Authority.open(folder / "ca", clock=lambda: NOW - ago * DAY)
    return then.sign(place.request.read_bytes(), role, name, days=100)


def own(place: Credentials) -> Own:
    return read(TlsFiles.server(place.directory))


def test_the_last_third_of_its_life_is_the_time_for_a_new_one(place: Credentials) -> None:
    one = own(place)
    assert (one.name, one.serial) == ("sn1", serial_hex(pem.read_certificate(place.cred).serial_number))
    assert [one.is_due(NOW - ago * DAY) for ago in (15, 13, 0)] == [False, True, True]


def test_the_request_is_for_the_key_that_is_there(place: Credentials) -> None:
    serial, _, text = request(own(place), TlsFiles.server(place.directory)).partition("\n")
    assert serial == f"serial: {own(place).serial}"
    asked = pem.parse_request(text.encode())
    assert pem.public_bytes(pem.read_key(place.key).public_key()) == pem.public_bytes(asked.public_key())  # type: ignore[arg-type]


def test_the_new_one_takes_the_place_of_the_old_one_with_its_key(place: Credentials, tmp_path: Path) -> None:
    old = own(place).serial
    new = signed(tmp_path, place, 0).decode()
    install(
        f"{new}{Authority.open(tmp_path / 'ca').certificate_pem.decode()}", own(place), TlsFiles.server(place.directory)
    )
    assert place.certificate.read_text() == new
    assert place.cred.read_text() == new + place.key.read_text()
    assert place.cred.stat().st_mode & 0o777 == 0o600
    assert not own(place).is_due(NOW)
    assert serial_hex(pem.read_certificate(before(TlsFiles.server(place.directory))).serial_number) == old


def test_what_is_not_its_successor_is_refused_and_the_old_one_stays(place: Credentials, tmp_path: Path) -> None:
    there = {path.name: path.read_bytes() for path in place.directory.iterdir()}
    one, files = own(place), TlsFiles.server(place.directory)
    stranger = Credentials(tmp_path / "other", "server")
    make_request(stranger.directory, "sn1")
    Authority.create(tmp_path / "elsewhere/ca", "xCAT CA beta", "beta")
    foreign = Authority.open(tmp_path / "elsewhere/ca").sign(place.request.read_bytes(), Role.SERVICE, "sn1")
    for answer, why in (
        (signed(tmp_path, place, 0, name="sn2"), "of somebody else, or one that ends no later"),
        (signed(tmp_path, place, 90), "ends no later"),
        (signed(tmp_path, stranger, 0), "is not for the key"),
        (signed(tmp_path, place, 0, role=Role.NODE), "is not for this use"),
        (foreign, "was not signed by the authority"),
    ):
        with pytest.raises(TrustError, match=why):
            install(answer.decode(), one, files)
    with pytest.raises(ValueError, match="PEM"):
        install("", one, files)
    assert there == {path.name: path.read_bytes() for path in place.directory.iterdir()}
