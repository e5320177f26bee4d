"""A key and a certificate for a server that is not root, and so must not have this host's own ones.

The certificate is its own issuer: callers' certificates are what counts, and those the cluster's authority has signed.
"""

from __future__ import annotations

import os
import pwd
from datetime import UTC, datetime, timedelta
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.files import replace_text

_VALID = timedelta(days=3650)


def make_credentials(path: Path, name: str, account: str) -> None:
    """Put new ones into a file that this account alone can read, "" for root. It blocks. Raises ServiceError."""
    if not path.exists():
        replace_text(path, _pem(name), mode=0o600)
    give(path, account)


def is_given(path: Path, account: str) -> bool:
    """Whether a file is there, and this account's."""
    return path.exists() and (not account or path.stat().st_uid == _user(account).pw_uid)


def give(path: Path, account: str) -> None:
    """Make a file or folder an account's own. Raises ServiceError."""
    if not account:
        return
    user = _user(account)
    try:
        os.chown(path, user.pw_uid, user.pw_gid)
    except OSError as error:
        raise ServiceError(
            f"{path} cannot be given to the account {account}: {(error.strerror or str(error)).lower()}"
        ) from error


def _user(account: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(account)
    except KeyError as error:
        raise ServiceError(
            f"There is no account {account}, which the package of the server makes: install it"
        ) from error


def _pem(name: str) -> str:
    from cryptography import x509  # it takes its time, and few hosts need it
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _VALID)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return (private + certificate.public_bytes(Encoding.PEM)).decode("ascii")
