"""A host makes its own key, sends a request, and installs what comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509

from xcat_certs import files, keys, pem
from xcat_certs.authority import Authority
from xcat_certs.errors import AlreadyThere, Mismatch, Refused, Unusable
from xcat_certs.layout import Credentials, Layout
from xcat_certs.names import Role


@pytest.fixture
def sn1(tmp_path: Path) -> Credentials:
    return Credentials(tmp_path / "sn1/etc/xcat/cert", "server")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def signed(authority: Authority, place: Credentials, role: Role = Role.SERVICE, name: str = "sn1") -> bytes:
    return authority.sign(place.request.read_bytes(), role, name)


def test_a_request_carries_the_name_and_the_addresses(sn1: Credentials) -> None:
    path = keys.make_request(sn1.directory, "sn1.cluster", dns=["sn1-ib"], addresses=["10.0.0.7"])
    request = x509.load_pem_x509_csr(path.read_bytes())
    assert path == sn1.request
    assert request.subject.rfc4514_string() == "CN=sn1.cluster"
    assert str(pem.names_in(request)) == "sn1.cluster, sn1, localhost, sn1-ib, 127.0.0.1, ::1, 10.0.0.7"
    assert (mode(sn1.directory), mode(sn1.key), mode(path)) == (0o755, 0o600, 0o644)


def test_a_second_request_is_for_the_same_key(sn1: Credentials) -> None:
    keys.make_request(sn1.directory, "sn1")
    key = sn1.key.read_bytes()
    keys.make_request(sn1.directory, "sn1", addresses=["10.0.0.7"])
    assert sn1.key.read_bytes() == key
    assert "10.0.0.7" in str(pem.names_in(pem.parse_request(sn1.request.read_bytes())))


def test_a_name_that_cannot_be_signed_leaves_no_key(sn1: Credentials) -> None:
    with pytest.raises(Refused):
        keys.make_request(sn1.directory, "sn 1")
    assert not sn1.directory.exists()


def test_a_signed_certificate_lies_beside_its_key_and_with_it_in_one_file(
    authority: Authority, sn1: Credentials
) -> None:
    keys.make_request(sn1.directory, "sn1")
    content = signed(authority, sn1)
    written = keys.install(sn1, content, authority.certificate_pem)
    assert written == (sn1.ca, sn1.certificate, sn1.cred)
    assert sn1.cred.read_bytes() == content + sn1.key.read_bytes()
    assert [mode(path) for path in written] == [0o644, 0o644, 0o600]
    assert keys.install(sn1, content) == (sn1.certificate, sn1.cred)


def test_a_client_has_a_folder_of_its_own(authority: Authority, tmp_path: Path) -> None:
    place = Credentials(tmp_path / "home/.xcat", "client")
    keys.make_request(place.directory, "alice", prefix="client", kind="rsa")
    keys.install(place, signed(authority, place, Role.USER, "alice"), authority.certificate_pem)
    assert mode(place.directory) == 0o700
    assert sorted(path.name for path in place.directory.iterdir()) == [
        "ca.pem",
        "client-cert.pem",
        "client-cred.pem",
        "client-key.pem",
        "client-req.pem",
    ]


def test_what_does_not_belong_together_is_not_installed(authority: Authority, sn1: Credentials, tmp_path: Path) -> None:
    keys.make_request(sn1.directory, "sn1")
    good, ca = signed(authority, sn1), authority.certificate_pem
    other = Credentials(tmp_path / "sn2", "server")
    keys.make_request(other.directory, "sn2")
    foreign = Authority.create(tmp_path / "foreign/ca", "xCAT CA beta", "beta")
    past = Authority.create(
        tmp_path / "past/ca", "xCAT CA", "alpha", clock=lambda: authority.certificate.not_valid_before_utc
    )
    with pytest.raises(Mismatch, match="was not made for the key"):
        keys.install(sn1, signed(authority, other, name="sn2"), ca)
    with pytest.raises(Mismatch, match="was not signed by the authority of this host"):
        keys.install(sn1, good, foreign.certificate_pem)
    with pytest.raises(Mismatch, match=r"is not a certificate of a server.*have it signed as such"):
        keys.install(sn1, authority.sign(sn1.request.read_bytes(), Role.NODE, "sn1"), ca)
    with pytest.raises(Mismatch, match="has expired"):
        keys.install(sn1, past.sign(sn1.request.read_bytes(), Role.SERVICE, "sn1", days=1), past.certificate_pem)
    with pytest.raises(Unusable, match=r"There is no .*ca.pem: give the authority's certificate with --ca"):
        keys.install(sn1, good)
    with pytest.raises(Unusable, match=r"sn1.pem holds no certificate"):
        keys.install(sn1, b"", ca, "sn1.pem")
    assert not sn1.certificate.exists()
    assert not sn1.ca.exists()


def test_the_files_of_another_cluster_stay(authority: Authority, sn1: Credentials, tmp_path: Path) -> None:
    keys.make_request(sn1.directory, "sn1")
    keys.install(sn1, signed(authority, sn1), authority.certificate_pem)
    foreign = Authority.create(tmp_path / "foreign/ca", "xCAT CA beta", "beta")
    with pytest.raises(Mismatch, match=r"ca.pem is the certificate of another authority: move .* away"):
        keys.install(sn1, signed(foreign, sn1), foreign.certificate_pem)
    assert pem.read_certificate(sn1.ca) == authority.certificate


def test_a_key_that_lies_only_in_the_cred_file_stays(authority: Authority, sn1: Credentials) -> None:
    keys.make_request(sn1.directory, "sn1")
    keys.install(sn1, signed(authority, sn1), authority.certificate_pem)
    before = sn1.cred.read_bytes()
    sn1.key.unlink()
    keys.make_request(sn1.directory, "sn1")
    with pytest.raises(AlreadyThere, match=r"server-cred.pem holds a key that is not in .*server-key.pem"):
        keys.install(sn1, signed(authority, sn1))
    assert sn1.cred.read_bytes() == before


def test_a_key_that_cannot_be_used_is_named(sn1: Credentials) -> None:
    files.make_directory(sn1.directory)
    sn1.key.write_text("-----BEGIN {0}-----\nAAAA\n-----END {0}-----\n".format("PRIVATE KEY"))
    with pytest.raises(Unusable, match=r"server-key.pem holds no private key"):
        keys.make_request(sn1.directory, "sn1")


def test_the_homes_are_below_the_root() -> None:
    layout = Layout(Path("/srv/xcat"))
    assert layout.home("root") == Path("/srv/xcat/root")
    assert layout.home("daemon").is_relative_to("/srv/xcat")
    with pytest.raises(Unusable, match="This host has no account no-such-user; name the directory with --dir"):
        layout.client("no-such-user")
