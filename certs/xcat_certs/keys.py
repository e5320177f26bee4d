"""Keys on the host that will use them: make one, ask for a certificate, put the certificate beside it.

A key is made where it is used and never leaves that host; what travels is the request and the certificate.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from xcat_certs import files, pem
from xcat_certs.errors import AlreadyThere, Mismatch, Unusable
from xcat_certs.layout import Credentials, Prefix
from xcat_certs.names import AlternativeNames, Role, alternative_names, checked_name, server_names
from xcat_certs.profile import HASH, KeyKind, PrivateKey, common_name, new_key


def make_request(
    directory: Path,
    name: str,
    dns: Iterable[str] = (),
    addresses: Iterable[str] = (),
    *,
    prefix: Prefix = "server",
    kind: KeyKind = "ec",
) -> Path:
    """Make a key (a key that is there is used again) and a request for it; the path of the request.

    A server's request names all that its certificate should hold; a client's (`prefix="client"`) only the name.
    """
    checked_name(Role.SERVICE if prefix == "server" else Role.USER, name)
    more = alternative_names(dns, addresses)
    names = server_names(name, more) if prefix == "server" else AlternativeNames()
    credentials = Credentials(directory, prefix)
    make_key(credentials, kind)
    files.write(credentials.request, request_pem(pem.read_key(credentials.key), name, names), files.PUBLIC)
    return credentials.request


def make_key(credentials: Credentials, kind: KeyKind = "ec") -> bool:
    """Make a key unless there is one; whether it was made."""
    if credentials.key.exists():
        return False
    make_directory(credentials)
    files.write_new(credentials.key, pem.key_pem(new_key(kind)), files.PRIVATE)
    return True


def make_directory(credentials: Credentials) -> None:
    private = credentials.prefix == "client"
    files.make_directory(credentials.directory, files.PRIVATE_DIRECTORY if private else files.PUBLIC_DIRECTORY)


def request_pem(key: PrivateKey, name: str, names: AlternativeNames) -> bytes:
    builder = x509.CertificateSigningRequestBuilder(subject_name=common_name(name))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names.general_names()), critical=False)
    return pem.request_bytes(builder.sign(key, HASH()))


def install(
    credentials: Credentials, certificate_pem: bytes, ca_pem: bytes | None = None, source: str = "The certificate"
) -> tuple[Path, ...]:
    """Put a signed certificate beside the key it was made for; the files written.

    `ca_pem` is the authority's certificate; None takes the `ca.pem` that is there. `source` names the certificate in
    errors. Mismatch: certificate, key and authority do not belong together, or the role is of the other kind.
    """
    key = pem.read_key(credentials.key)
    certificate = pem.parse_certificate(certificate_pem, source)
    authority = _authority(credentials, ca_pem)
    check_place(credentials, authority)
    _check(credentials, certificate, key, authority, source)
    content = pem.certificate_pem(certificate)
    written = [
        (credentials.certificate, content, files.PUBLIC),
        (credentials.cred, content + pem.key_pem(key), files.PRIVATE),
    ]
    if not credentials.ca.exists():
        written.insert(0, (credentials.ca, pem.certificate_pem(authority), files.PUBLIC))
    for path, data, mode in written:
        files.write(path, data, mode)
    return tuple(path for path, _, _ in written)


def check_place(credentials: Credentials, authority: x509.Certificate) -> None:
    """Raise when the folder holds what must stay: another authority's files, or a key with no other copy."""
    if credentials.ca.exists() and pem.read_certificate(credentials.ca) != authority:
        raise Mismatch(f"{credentials.ca} is the certificate of another authority: move {credentials.directory} away.")
    if not credentials.cred.exists():
        return
    key = pem.read_key(credentials.key) if credentials.key.exists() else None
    if key is None or not pem.same_key(key.public_key(), pem.read_key(credentials.cred).public_key()):
        raise AlreadyThere(
            f"{credentials.cred} holds a key that is not in {credentials.key} and is not overwritten: move it away."
        )


def _authority(credentials: Credentials, ca_pem: bytes | None) -> x509.Certificate:
    if ca_pem is not None:
        return pem.parse_certificate(ca_pem, "The authority's file")
    if not credentials.ca.exists():
        raise Unusable(f"There is no {credentials.ca}: give the authority's certificate with --ca.")
    return pem.read_certificate(credentials.ca)


def _check(
    credentials: Credentials,
    certificate: x509.Certificate,
    key: PrivateKey,
    authority: x509.Certificate,
    source: str,
) -> None:
    if not pem.same_key(key.public_key(), pem.key_of(certificate)):
        raise Mismatch(f"{source} was not made for the key {credentials.key}: have {credentials.request} signed.")
    if not pem.is_signed_by(certificate, authority):
        raise Mismatch(f"{source} was not signed by the authority of this host ({credentials.ca}).")
    if certificate.not_valid_after_utc < datetime.now(UTC):
        raise Mismatch(f"{source} has expired: have {credentials.request} signed again.")
    if is_server(certificate) != (credentials.prefix == "server"):
        kind = "a server" if credentials.prefix == "server" else "a user or node"
        raise Mismatch(
            f"{source} is not a certificate of {kind}, which {credentials.key} is for: have it signed as such."
        )


def is_server(certificate: x509.Certificate) -> bool:
    """Whether a daemon may serve with it."""
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return x509.oid.ExtendedKeyUsageOID.SERVER_AUTH in purposes
