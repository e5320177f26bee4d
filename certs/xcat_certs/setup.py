"""First-time set-up of a host: everything it needs, made once; doing it again makes only what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from xcat_certs import keys, pem
from xcat_certs.authority import Authority
from xcat_certs.errors import CertsError
from xcat_certs.layout import Credentials, Layout
from xcat_certs.names import AlternativeNames, Role, role_uri, server_names, sorted_out


def setup_management_node(root: Path, name: str, cluster: str, addresses: Iterable[str] = ()) -> tuple[Path, ...]:
    """The authority, this daemon's certificate and root's; the files that were made, none when all was there.

    An authority that is there stays, and with it the name of its cluster; one that xCAT 2 made is adopted. A
    certificate that is missing, expired, revoked, of another name or without one of the `addresses` (IP addresses or
    DNS names) is made anew for the key that is there.
    """
    layout = Layout(root)
    names = sorted_out(addresses)
    made = _set_up_authority(layout.authority, cluster)
    authority = Authority.open(layout.authority)
    made += _ensure(authority, layout.server, Role.MANAGEMENT, name, names)
    made += _ensure(authority, layout.client("root"), Role.USER, "root", AlternativeNames())
    return made


def setup_service_node(root: Path, name: str, addresses: Iterable[str] = ()) -> tuple[Path, ...]:
    """A key (unless there is one) and a request for it, which the management node signs; the files written."""
    server = Layout(root).server
    names = sorted_out(addresses)
    had_key = server.key.exists()
    request = keys.make_request(server.directory, name, names.dns, map(str, names.addresses))
    return (request,) if had_key else (server.key, request)


def _set_up_authority(directory: Path, cluster: str) -> tuple[Path, ...]:
    if not (directory / "ca-cert.pem").exists():
        Authority.create(directory, f"xCAT CA {cluster}", cluster)
        return directory / "private/ca-key.pem", directory / "ca-cert.pem"
    authority = Authority.open(directory)
    if authority.cluster:
        return ()
    authority.adopt(cluster)
    return (directory / "cluster",)


def _ensure(
    authority: Authority, credentials: Credentials, role: Role, name: str, more: AlternativeNames
) -> tuple[Path, ...]:
    if _is_current(authority, credentials, role, name, more):
        return ()
    keys.check_place(credentials, authority.certificate)
    made = (credentials.key,) if keys.make_key(credentials) else ()
    request = keys.request_pem(pem.read_key(credentials.key), name, AlternativeNames())
    certificate = authority.sign(request, role, name, dns=more.dns, addresses=map(str, more.addresses))
    return made + keys.install(credentials, certificate, authority.certificate_pem)


def _is_current(authority: Authority, credentials: Credentials, role: Role, name: str, more: AlternativeNames) -> bool:
    """Whether the files can be used as they are. What cannot be read is not current, and then made anew or named."""
    try:
        key = pem.read_key(credentials.key)
        certificate = pem.read_certificate(credentials.certificate)
        if pem.read_certificate(credentials.ca) != authority.certificate:
            return False
        return (
            pem.read_certificate(credentials.cred) == certificate
            and pem.same_key(key.public_key(), pem.read_key(credentials.cred).public_key())
            and pem.same_key(key.public_key(), pem.key_of(certificate))
            and pem.is_signed_by(certificate, authority.certificate)
            and _is_for(authority.cluster, certificate, role, name, more)
            and authority.entry(certificate.serial_number).is_valid(datetime.now(UTC))
        )
    except CertsError:
        return False


def _is_for(cluster: str, certificate: x509.Certificate, role: Role, name: str, more: AlternativeNames) -> bool:
    uris = pem.uris_in(certificate)
    if role is Role.USER and not uris:  # made by xCAT 2: good enough for a user
        return [name] == [part.value for part in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    wanted = server_names(name, more) if role.is_server else AlternativeNames()
    return uris == [role_uri(cluster, role, name)] and not wanted - pem.names_in(certificate)
