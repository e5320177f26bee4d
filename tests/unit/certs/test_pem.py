"""What comes in from elsewhere is read or refused, whatever it is."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from xcat_certs import keys, pem, profile, report
from xcat_certs.errors import CertsError, Unusable
from xcat_certs.names import Role, server_names, sorted_out

_KEY = ec.generate_private_key(ec.SECP256R1())
_NAMES = server_names("sn1", sorted_out(["10.0.0.7"]))
_REQUEST = x509.load_pem_x509_csr(keys.request_pem(_KEY, "sn1", _NAMES)).public_bytes(Encoding.DER)
_CERTIFICATE = (
    profile.leaf(_KEY.public_key(), "alpha", Role.SERVICE, "sn1", _NAMES)
    .issuer_name(profile.common_name("x"))
    .serial_number(7)
    .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
    .sign(_KEY, hashes.SHA256())
    .public_bytes(Encoding.DER)
)


def armoured(kind: str, content: bytes) -> bytes:
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (kind.encode(), base64.encodebytes(content), kind.encode())


def damaged(content: bytes) -> st.SearchStrategy[bytes]:
    """`content` with some bytes changed."""
    changes = st.dictionaries(st.integers(0, len(content) - 1), st.integers(0, 255), max_size=4)
    return changes.map(lambda at: bytes(at.get(place, byte) for place, byte in enumerate(content)))


@settings(max_examples=100, deadline=None)
@given(damaged(_REQUEST))
def test_a_damaged_request_is_refused_or_read(content: bytes) -> None:
    try:
        pem.names_in(pem.parse_request(armoured("CERTIFICATE REQUEST", content)))
    except CertsError as error:
        assert str(error).endswith(".")


@pytest.mark.filterwarnings("ignore:Parsed a serial number which wasn't positive")
@settings(max_examples=100, deadline=None)
@given(damaged(_CERTIFICATE))
def test_a_damaged_certificate_is_refused_or_shown(content: bytes) -> None:
    try:
        certificate = pem.parse_certificate(armoured("CERTIFICATE", content), "it")
        assert report.details(certificate, None, datetime(2026, 6, 1, tzinfo=UTC)).endswith("\n")
    except CertsError as error:
        assert str(error).endswith(".")


def test_only_ec_and_rsa_keys_are_used(tmp_path: Path) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    (tmp_path / "key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(Unusable, match="is neither an EC nor an RSA key"):
        pem.read_key(tmp_path / "key")
