"""The certificate of this daemon and its successor, as files. The key stays."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from xcatd.errors import TrustError
from xcatd.services.files import replace_text
from xcatd.tls import TlsFiles, identify, own_certificate, server_context

if TYPE_CHECKING:
    from cryptography import x509

SPARE = 3
"""A certificate is renewed when less than this part of its life is left: a third."""


@dataclass(frozen=True, slots=True)
class Own:
    """What the certificate of this daemon says. `serial`: in hexadecimal digits."""

    name: str
    serial: str
    begin: datetime
    end: datetime

    def is_due(self, now: datetime) -> bool:
        """Whether it is time for its successor."""
        return (self.end - now) * SPARE < self.end - self.begin


def read(files: TlsFiles) -> Own:
    """Raises TrustError: it cannot be read, or has expired."""
    said = own_certificate(files)
    begin = datetime.fromtimestamp(ssl.cert_time_to_seconds(said["notBefore"]), UTC)
    end = datetime.fromtimestamp(ssl.cert_time_to_seconds(said["notAfter"]), UTC)
    identity = identify(said)
    return Own(identity.name, identity.serial, begin, end)


def before(files: TlsFiles) -> Path:
    """Where the old certificate is, as long as the management node does not know that the new one is in use."""
    return files.certificate.with_name("server-cert.before")


def request(own: Own, files: TlsFiles) -> str:
    """What `nodeenrol --renew` reads: the serial number, and a request for the key that is there. Raises TrustError, OSError, and
    ValueError for a file that cannot be read."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
    from cryptography.x509.oid import NameOID

    key = load_pem_private_key(files.key.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise TrustError(f"The key of {own.name} is neither an EC nor an RSA key: enrol this host anew")
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, own.name)])
    made = x509.CertificateSigningRequestBuilder(subject).sign(key, SHA256())
    return f"serial: {own.serial}\n{made.public_bytes(Encoding.PEM).decode()}"


def install(answer: str, own: Own, files: TlsFiles) -> None:
    """Put the first certificate in an answer in the place of the old one, in one step with its key. Raises TrustError,
    ServiceError, OSError and ValueError: the old one stays."""
    from cryptography import x509

    new = x509.load_pem_x509_certificate(answer.encode())
    old = files.certificate.read_text(encoding="ascii")
    now = x509.load_pem_x509_certificate(old.encode())
    if new.subject != now.subject or new.not_valid_after_utc <= own.end:
        raise TrustError("The management node gave a certificate of somebody else, or one that ends no later")
    trial = files.certificate.with_suffix(".new")
    try:
        replace_text(trial, _pem(new) + old[old.rindex("-----BEGIN ") :], mode=0o600)
        server_context(TlsFiles(files.ca, trial, trial))  # a handshake in memory: it is what it must be
        replace_text(before(files), _pem(now))
        trial.replace(files.certificate)
    finally:
        trial.unlink(missing_ok=True)
    replace_text(files.certificate.with_name("server-cert.pem"), _pem(new))


def _pem(certificate: x509.Certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM).decode()
