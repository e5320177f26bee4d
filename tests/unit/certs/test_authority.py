"""An authority issues, renews and revokes; openssl agrees with what it says."""

from __future__ import annotations

import resource
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from xcat_certs import pem
from xcat_certs.authority import Authority
from xcat_certs.errors import AlreadyThere, Mismatch, NotIssued, Refused, Unusable
from xcat_certs.names import Role, sorted_out
from xcat_certs.profile import AUTHORITY_DAYS, LEAF_DAYS, common_name

Requests = Callable[..., bytes]
Openssl = Callable[..., object]


def read(content: bytes) -> x509.Certificate:
    return x509.load_pem_x509_certificate(content)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_the_folder_is_laid_out_as_xcat_2_does_and_the_key_is_private(authority: Authority, tmp_path: Path) -> None:
    ca = tmp_path / "xcat/ca"
    assert mode(ca / "private") == 0o700
    assert mode(ca / "private/ca-key.pem") == 0o600
    assert mode(ca / "ca-cert.pem") == 0o644
    assert authority.cluster == "alpha"
    assert authority.list() == []


def test_the_authority_lives_20_years_and_signs_nothing_but_leaves(authority: Authority) -> None:
    certificate = authority.certificate
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert constraints.critical
    assert constraints.value == x509.BasicConstraints(ca=True, path_length=0)
    assert (usage.value.key_cert_sign, usage.value.crl_sign, usage.value.digital_signature) == (True, True, False)
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(days=AUTHORITY_DAYS + 1)
    assert isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)


@pytest.mark.parametrize(
    ("role", "uri", "purposes"),
    [
        (Role.MANAGEMENT, "xcat://alpha/mn/host1", [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
        (Role.SERVICE, "xcat://alpha/sn/host1", [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
        (Role.DATABASE, "xcat://alpha/db/host1", [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
        (Role.NODE, "xcat://alpha/node/host1", [ExtendedKeyUsageOID.CLIENT_AUTH]),
        (Role.USER, "xcat://alpha/user/host1", [ExtendedKeyUsageOID.CLIENT_AUTH]),
    ],
)
def test_role_and_name_stand_in_the_certificate(
    authority: Authority, request_of: Requests, role: Role, uri: str, purposes: list[x509.ObjectIdentifier]
) -> None:
    certificate = read(authority.sign(request_of("host1"), role, "host1"))
    assert pem.uris_in(certificate) == [uri]
    assert certificate.subject.rfc4514_string() == "CN=host1"
    assert list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == purposes
    assert str(pem.names_in(certificate)) == ("host1, localhost, 127.0.0.1, ::1" if role.is_server else "")
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False


def test_a_certificate_begins_a_day_ago_and_lasts_5_years(authority: Authority, request_of: Requests) -> None:
    certificate = read(authority.sign(request_of("sn1"), Role.SERVICE, "sn1"))
    now = datetime.now(UTC)
    assert timedelta(hours=23) < now - certificate.not_valid_before_utc < timedelta(hours=25)
    assert abs(certificate.not_valid_after_utc - now - timedelta(days=LEAF_DAYS)) < timedelta(minutes=5)
    assert 0 < certificate.serial_number < 1 << 160
    entry = authority.named("sn1")[0]
    assert (entry.serial, entry.not_after) == (certificate.serial_number, certificate.not_valid_after_utc)
    assert authority.issued(entry.serial) == certificate


def test_a_leaf_does_not_outlive_its_authority(authority: Authority, request_of: Requests) -> None:
    certificate = read(authority.sign(request_of("sn1"), Role.SERVICE, "sn1", days=10**9))
    assert certificate.not_valid_after_utc == authority.certificate.not_valid_after_utc


def test_an_expired_authority_signs_no_more(tmp_path: Path, authority: Authority, request_of: Requests) -> None:
    later = Authority.open(tmp_path / "xcat/ca", clock=lambda: datetime.now(UTC) + timedelta(days=AUTHORITY_DAYS + 1))
    with pytest.raises(Refused, match="has expired"):
        later.sign(request_of("sn1"), Role.SERVICE, "sn1")
    with pytest.raises(Refused, match="cannot be valid for 0 days"):
        authority.sign(request_of("sn1"), Role.SERVICE, "sn1", days=0)


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_openssl_verifies_the_chain_strictly(tmp_path: Path, request_of: Requests, openssl: Openssl, kind: str) -> None:
    authority = Authority.create(tmp_path / "xcat/ca", "xCAT CA alpha", "alpha", key=kind)  # type: ignore[arg-type]
    for role, purpose in ((Role.SERVICE, "sslserver"), (Role.USER, "sslclient")):
        content = authority.sign(request_of(f"{role}1", kind=kind), role, f"{role}1")
        (tmp_path / "cert.pem").write_bytes(content)
        openssl("verify", "-x509_strict", "-purpose", purpose, "-CAfile", "xcat/ca/ca-cert.pem", "cert.pem")
        expected = rsa.RSAPublicKey if kind == "rsa" else ec.EllipticCurvePublicKey
        assert isinstance(read(content).public_key(), expected)


def test_openssl_refuses_what_was_revoked_and_only_that(
    authority: Authority, tmp_path: Path, request_of: Requests, openssl: Openssl
) -> None:
    for name in ("sn1", "sn2"):
        (tmp_path / f"{name}.pem").write_bytes(authority.sign(request_of(name), Role.SERVICE, name))
    authority.revoke(authority.named("sn1")[0].serial, x509.ReasonFlags.superseded)
    verify = ("verify", "-crl_check", "-CAfile", "xcat/ca/ca-cert.pem", "-CRLfile", "xcat/cert/crl.pem")
    openssl(*verify, "sn2.pem")
    refused = openssl(*verify, "sn1.pem", status=2)
    assert "certificate revoked" in refused.stderr  # type: ignore[attr-defined]
    assert (tmp_path / "xcat/ca/crl.pem").read_bytes() == (tmp_path / "xcat/cert/crl.pem").read_bytes()
    entry = authority.named("sn1")[0]
    assert (entry.state(datetime.now(UTC)), entry.reason) == ("revoked", x509.ReasonFlags.superseded)


def test_there_is_no_list_before_the_first_revocation(authority: Authority, tmp_path: Path) -> None:
    assert not (tmp_path / "xcat/ca/crl.pem").exists()


def test_revoking_again_keeps_the_date_and_publishes_again(
    authority: Authority, tmp_path: Path, request_of: Requests
) -> None:
    authority.sign(request_of("sn1"), Role.SERVICE, "sn1")
    serial = authority.named("sn1")[0].serial
    authority.revoke(serial)
    before = authority.entry(serial)
    (tmp_path / "xcat/cert/crl.pem").unlink()
    authority.revoke(serial, x509.ReasonFlags.key_compromise)
    assert authority.entry(serial) == before
    assert (tmp_path / "xcat/cert/crl.pem").exists()


def test_what_was_never_issued_cannot_be_revoked(authority: Authority) -> None:
    with pytest.raises(NotIssued, match=r"serial number 12AB; `xcatcert list` shows all"):
        authority.revoke(0x12AB)
    with pytest.raises(Refused, match="cannot revoke itself"):
        authority.revoke(authority.certificate.serial_number)


def test_a_renewal_has_the_same_key_role_and_addresses(authority: Authority, request_of: Requests) -> None:
    old = read(authority.sign(request_of("sn1"), Role.SERVICE, "sn1", days=1, dns=["sn1-ib"], addresses=["fd00::7"]))
    new = read(authority.renew(old.serial_number))
    assert new.public_key() == old.public_key()
    assert pem.uris_in(new) == pem.uris_in(old)
    assert pem.names_in(new) == pem.names_in(old)
    assert new.not_valid_after_utc > old.not_valid_after_utc
    assert [entry.state(datetime.now(UTC)) for entry in authority.named("sn1")] == ["valid", "valid"]


def test_a_revoked_certificate_is_not_renewed(authority: Authority, request_of: Requests) -> None:
    serial = read(authority.sign(request_of("sn1"), Role.SERVICE, "sn1")).serial_number
    authority.revoke(serial)
    with pytest.raises(Refused, match="is revoked: have a new key signed"):
        authority.renew(serial)


def test_the_request_decides_nothing_but_the_key(authority: Authority, request_of: Requests) -> None:
    certificate = read(authority.sign(request_of("mn1", "10.0.0.1"), Role.SERVICE, "sn1"))
    assert pem.uris_in(certificate) == ["xcat://alpha/sn/sn1"]
    assert str(pem.names_in(certificate)) == "sn1, localhost, 127.0.0.1, ::1"


def test_a_request_may_not_ask_for_the_place_of_another_server(authority: Authority, request_of: Requests) -> None:
    authority.sign(request_of("mn1"), Role.MANAGEMENT, "mn1", addresses=["10.0.0.1"])
    wanted = pem.names_in(pem.parse_request(request_of("sn1", "10.0.0.1", "10.0.0.2")))
    with pytest.raises(Refused, match=r"asks for 10.0.0.1, which the certificate \w+ of mn1 has"):
        authority.check_unclaimed("sn1", wanted)
    with pytest.raises(Refused, match="asks for MN1"):
        authority.check_unclaimed("sn1", sorted_out(["MN1"]))
    authority.check_unclaimed("mn1", wanted)
    authority.check_unclaimed("sn1", sorted_out(["10.0.0.2", "sn1", "localhost", "127.0.0.1"]))
    authority.revoke(authority.named("mn1")[0].serial)
    authority.check_unclaimed("sn1", wanted)


def test_a_node_cannot_take_the_name_of_a_user(authority: Authority, request_of: Requests) -> None:
    authority.sign(request_of("root"), Role.USER, "root")
    with pytest.raises(Refused, match="root is a user already"):
        authority.sign(request_of("root"), Role.NODE, "root")
    authority.sign(request_of("sn1"), Role.NODE, "sn1")
    authority.sign(request_of("sn1"), Role.SERVICE, "sn1")
    with pytest.raises(Refused, match="sn1 is a node already"):
        authority.sign(request_of("sn1"), Role.USER, "sn1")


def test_a_user_has_no_addresses(authority: Authority, request_of: Requests) -> None:
    with pytest.raises(Refused, match="only servers have addresses"):
        authority.sign(request_of("alice"), Role.USER, "alice", addresses=["10.0.0.1"])


def test_a_weak_or_broken_request_is_refused(authority: Authority, request_of: Requests) -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    request = x509.CertificateSigningRequestBuilder(subject_name=common_name("sn1")).sign(weak, hashes.SHA256())
    with pytest.raises(Refused, match="use EC P-256"):
        authority.sign(request.public_bytes(Encoding.PEM), Role.SERVICE, "sn1")
    with pytest.raises(Refused, match="not a certificate request"):
        authority.sign(b"hello", Role.SERVICE, "sn1")
    good = x509.load_pem_x509_csr(request_of("sn1")).public_bytes(Encoding.DER)
    forged = x509.load_der_x509_csr(good.replace(b"\x03sn1", b"\x03sn2", 1))
    with pytest.raises(Refused, match="signature of the request is wrong"):
        authority.sign(forged.public_bytes(Encoding.PEM), Role.SERVICE, "sn1")
    assert authority.list() == []


def test_nothing_is_left_when_the_index_cannot_be_written(
    authority: Authority, tmp_path: Path, request_of: Requests
) -> None:
    request, index = request_of("sn1"), tmp_path / "xcat/ca/index"
    index.write_text("V\t300102030405Z\t\t01\tunknown\t/CN=other\n" * 1000)
    before = index.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before), limits[1]))  # as if the disk were full
    try:
        with pytest.raises(Unusable, match=r"Cannot write .*/index: file too large"):
            authority.sign(request, Role.SERVICE, "sn1")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert index.read_bytes() == before
    assert list((tmp_path / "xcat/ca/certs").iterdir()) == []


def test_an_authority_is_never_made_over_another(authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(AlreadyThere, match="holds an authority already"):
        Authority.create(tmp_path / "xcat/ca", "other", "beta")
    assert Authority.open(tmp_path / "xcat/ca").certificate == authority.certificate


def test_a_creation_that_was_cut_off_is_finished_with_its_key(authority: Authority, tmp_path: Path) -> None:
    key = (tmp_path / "xcat/ca/private/ca-key.pem").read_bytes()
    (tmp_path / "xcat/ca/ca-cert.pem").unlink()
    again = Authority.create(tmp_path / "xcat/ca", "xCAT CA alpha", "alpha")
    assert (tmp_path / "xcat/ca/private/ca-key.pem").read_bytes() == key
    assert again.certificate.public_key() == authority.certificate.public_key()


def test_the_error_says_what_is_wrong_with_the_folder(
    authority: Authority, tmp_path: Path, request_of: Requests
) -> None:
    with pytest.raises(Unusable, match="There is no authority in"):
        Authority.open(tmp_path / "none")
    other = Authority.create(tmp_path / "other/ca", "xCAT CA beta", "beta")
    assert other.cluster == "beta"
    key = tmp_path / "xcat/ca/private/ca-key.pem"
    key.write_bytes((tmp_path / "other/ca/private/ca-key.pem").read_bytes())
    with pytest.raises(Mismatch, match=r"ca-key.pem is not the key of"):
        authority.sign(request_of("sn1"), Role.SERVICE, "sn1")
    key.write_bytes(b"")
    with pytest.raises(Unusable, match="holds no private key"):
        authority.sign(request_of("sn1"), Role.SERVICE, "sn1")
    (tmp_path / "xcat/ca/ca-cert.pem").write_bytes(b"")
    with pytest.raises(Unusable, match="holds no certificate in PEM"):
        Authority.open(tmp_path / "xcat/ca")
