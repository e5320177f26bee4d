"""Key and certificate in one step, for holders on the authority's own host."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509

from xcat_certs import files, keys, pem
from xcat_certs.accounts import acting_as_owner
from xcat_certs.authority import Authority
from xcat_certs.errors import AlreadyThere, CertsError
from xcat_certs.layout import Credentials
from xcat_certs.names import AlternativeNames, Role
from xcat_certs.profile import KeyKind, new_key


def issue(
    authority: Authority,
    credentials: Credentials,
    role: Role,
    name: str,
    *,
    days: int,
    names: AlternativeNames,
    kind: KeyKind = "ec",
) -> bytes:
    """Make a key, have it certified and install both, as files of the folder's owner; the certificate, in PEM.

    AlreadyThere: there is a key; `renew` gives it a new certificate. After an error there is no new key.
    """
    key, ca = new_key(kind), authority.certificate  # read here: the owner may not
    with acting_as_owner(credentials.directory):
        if credentials.key.exists():
            raise AlreadyThere(f"{credentials.key} exists: `xcatcert renew {name}` gives it a new certificate.")
        keys.check_place(credentials, ca)
        keys.make_directory(credentials)
        files.write_new(credentials.key, pem.key_pem(key), files.PRIVATE)
    try:
        request = keys.request_pem(key, name, AlternativeNames())
        signed = authority.sign(request, role, name, days, names.dns, map(str, names.addresses))
    except CertsError:
        with acting_as_owner(credentials.directory):
            credentials.key.unlink()
        raise
    install(credentials, signed, pem.certificate_pem(ca))
    return signed


def install(
    credentials: Credentials, certificate: bytes, ca: bytes | None, source: str = "The certificate"
) -> tuple[Path, ...]:
    """As `keys.install`, with the rights of the folder's owner."""
    with acting_as_owner(credentials.directory):
        return keys.install(credentials, certificate, ca, source)


def holds_key_of(credentials: Credentials, certificate: x509.Certificate) -> bool:
    """Whether the key in this folder is the one that the certificate was made for."""
    wanted = pem.key_of(certificate)
    with acting_as_owner(credentials.directory):
        return credentials.key.exists() and pem.same_key(pem.read_key(credentials.key).public_key(), wanted)
