"""Bytes <-> keys, requests and certificates; what cannot be read is named by its file."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from xcat_certs import files
from xcat_certs.errors import Refused, Unusable
from xcat_certs.names import AlternativeNames, alternative_names
from xcat_certs.profile import PrivateKey, PublicKey, checked_key

_UNREADABLE = (
    ValueError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
# cryptography looks at these when they are asked for: what is damaged must be noticed here and not later
_READ_LATE = ("subject", "issuer", "not_valid_before_utc", "not_valid_after_utc", "extensions")


def key_pem(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def certificate_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def request_bytes(request: x509.CertificateSigningRequest) -> bytes:
    return request.public_bytes(Encoding.PEM)


def read_key(path: Path) -> PrivateKey:
    content = files.read(path, "private key")
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Unusable(f"{path} holds no private key that can be read without a password.") from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise Unusable(f"The key in {path} is neither an EC nor an RSA key.")
    return key


def read_certificate(path: Path, what: str = "certificate") -> x509.Certificate:
    return parse_certificate(files.read(path, what), str(path))


def parse_certificate(content: bytes, source: str) -> x509.Certificate:
    """The first certificate in `content`; `source` names it in an error."""
    try:
        certificate = x509.load_pem_x509_certificate(content)
        for field in _READ_LATE:
            getattr(certificate, field)
    except _UNREADABLE as error:
        raise Unusable(f"{source} holds no certificate in PEM.") from error
    return certificate


def parse_request(content: bytes) -> x509.CertificateSigningRequest:
    """A request whose sender has the key it asks for, and whose key is strong enough; else Refused."""
    try:
        request = x509.load_pem_x509_csr(content)
        proven = request.is_signature_valid
        checked_key(request.public_key())
    except _UNREADABLE as error:
        raise Refused("This is not a certificate request in PEM: make one with `xcatcert request`.") from error
    if not proven:
        raise Refused("The signature of the request is wrong: make it anew with `xcatcert request`.")
    return request


def names_in(holder: x509.Certificate | x509.CertificateSigningRequest) -> AlternativeNames:
    """The DNS names and IP addresses that a certificate has or a request asks for; Refused: they are no names."""
    names = alternatives_in(holder)
    if names is None:
        return AlternativeNames()
    return alternative_names(
        names.get_values_for_type(x509.DNSName), map(str, names.get_values_for_type(x509.IPAddress))
    )


def uris_in(certificate: x509.Certificate) -> list[str]:
    names = alternatives_in(certificate)
    return [] if names is None else names.get_values_for_type(x509.UniformResourceIdentifier)


def key_of(certificate: x509.Certificate) -> object | None:
    """None: a kind of key that nobody here knows."""
    try:
        return certificate.public_key()
    except _UNREADABLE:
        return None


def same_key(left: PublicKey, right: object) -> bool:
    return isinstance(right, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) and public_bytes(left) == public_bytes(right)


def public_bytes(key: PublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def is_signed_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def alternatives_in(
    holder: x509.Certificate | x509.CertificateSigningRequest,
) -> x509.SubjectAlternativeName | None:
    try:
        return holder.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    except _UNREADABLE as error:
        raise Refused("The alternative names in it cannot be read.") from error
