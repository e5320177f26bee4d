"""What the certificates of this authority say: lifetimes, extensions, key kinds.

Lifetimes. The authority lives 20 years, as xCAT 2's does: to replace it, every host and every user's home has to be
touched, so it should outlive the cluster. A leaf lives 5 years: about the life of the hardware it runs on. Hosts renew
theirs in the last third, but a service node must go on serving however long its management node is away, and users and
nodes without the timer renew nothing by themselves, so days or weeks would turn an outage into a second one; a key that
is lost earlier is what the revocation list is for.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from xcat_certs.errors import Refused
from xcat_certs.names import AlternativeNames, Role, role_uri

LEAF_DAYS = 5 * 365 + 1
AUTHORITY_DAYS = 20 * 365 + 5
CLOCK_SKEW = timedelta(days=1)
"""How far back validity begins: a host whose clock is behind must not refuse a certificate made now."""

KeyKind = Literal["ec", "rsa"]
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
HASH = hashes.SHA256

_RSA_BITS = 2048
_CURVES = ("secp256r1", "secp384r1", "secp521r1")


def new_key(kind: KeyKind) -> PrivateKey:
    """EC on P-256, or RSA of 2048 bits."""
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    return ec.generate_private_key(ec.SECP256R1())


def checked_key(key: object) -> PublicKey:
    """`key` when it is strong enough to be certified, else Refused."""
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= _RSA_BITS:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return key
    raise Refused(
        f"The key of this request is not accepted: use EC P-256 (or larger) or RSA of {_RSA_BITS} bits or more."
    )


def common_name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def authority_certificate(key: PrivateKey, name: str, serial: int, now: datetime) -> x509.Certificate:
    """Self-signed; it may sign leaves and revocation lists and nothing else."""
    subject = common_name(name)
    builder = (
        _builder(key.public_key(), subject, subject, serial)
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, HASH())


def leaf(key: PublicKey, cluster: str, role: Role, name: str, names: AlternativeNames) -> x509.CertificateBuilder:
    """A certificate without issuer, serial number and dates, which the authority adds when it signs."""
    purposes = [ExtendedKeyUsageOID.CLIENT_AUTH]
    if role.is_server:
        purposes.insert(0, ExtendedKeyUsageOID.SERVER_AUTH)
    alternatives = [x509.UniformResourceIdentifier(role_uri(cluster, role, name)), *names.general_names()]
    return (
        x509.CertificateBuilder(subject_name=common_name(name), public_key=key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(encipher=isinstance(key, rsa.RSAPublicKey)), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    )


def authority_key_identifier(certificate: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """What points from a leaf or a revocation list to `certificate`, also to one without the extension."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(checked_key(certificate.public_key()))
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(extension.value)


def _builder(key: PublicKey, subject: x509.Name, issuer: x509.Name, serial: int) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer_name=issuer, subject_name=subject, public_key=key, serial_number=serial
    ).add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _usage(*, encipher: bool = False, sign_certificates: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        content_commitment=False,
        key_encipherment=encipher,  # the RSA key exchange of TLS 1.2
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )
