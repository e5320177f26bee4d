"""Certificates: there, whole, of one authority, of the right role, and not near their end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from xcat_certs import pem
from xcat_certs.errors import Unusable
from xcat_certs.layout import Credentials, Layout
from xcat_certs.names import sorted_out
from xcatd.model import Role
from xcatd.probe import Failed, Finding, Here, Noted, NotNow, Warned, check
from xcatd.tls import Identity, RevocationList, peer_context, server_context

SOON = timedelta(days=30)
_ALL = ("", "0.0.0.0", "::")  # noqa: S104 - addresses that nobody dials
_WORDS = {"mn": "a management node", "sn": "a service node", "user": "a user", "node": "a compute node"}


def _layout(here: Here) -> Layout:
    return Layout(here.paths.root)


def _own(here: Here) -> x509.Certificate:
    """The certificate of this daemon. Raises NotNow: another check says that it is missing or no certificate."""
    try:
        return pem.read_certificate(here.paths.tls.certificate)
    except Unusable as error:
        raise NotNow("there is no certificate") from error


def _name(certificate: x509.Certificate) -> str:
    return ", ".join(str(part.value) for part in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME))


def _role(certificate: x509.Certificate) -> str:
    """`mn`, `sn`, `user` or `node`; a certificate without a role is a user's."""
    uris = pem.uris_in(certificate)
    return uris[0].removeprefix("xcat://").split("/")[1] if uris and uris[0].count("/") == 4 else "user"


@check("xcatmn", "the certificate of this daemon is there and valid", rank=20)
def is_valid(here: Here) -> Iterator[Finding]:
    """The daemon itself tries its files in a handshake at its start: so do we. Raises TrustError."""
    server_context(here.paths.tls)
    peer_context(here.paths.tls)
    certificate = pem.read_certificate(here.paths.tls.certificate)
    yield Noted(f"{_name(certificate)}, {', '.join(pem.uris_in(certificate)) or 'without a role'}")


@check("xcatmn", "the certificate of this daemon has the right role and name", rank=21)
def has_role(here: Here) -> Iterator[Finding]:
    """A service node needs `sn`, a management node `mn`; the name is that in noderes.servicenode."""
    certificate = _own(here)
    role, name = _role(certificate), _name(certificate)
    wanted = str(here.role)
    if role != wanted:
        again = (
            f"sign its request on the management node with `xcatcert sign sn {here.name} server-req.pem` and install that"
            if here.role is Role.SERVICE
            else f"run `xcatd init --name {here.name}`, which makes the right one"
        )
        yield Failed(
            f"{here.paths.tls.certificate} is the certificate of {_WORDS.get(role, role)}, and this host is "
            f"{_WORDS[wanted]}: {again}"
        )
    if name.partition(".")[0] != here.name:
        yield Failed(
            f"The certificate is made out to {name}, and this daemon is called {here.name}: correct `name` in "
            f"{here.paths.settings}, or have a certificate for {here.name} signed"
        )


@check("xcatmn", "certificates do not end soon", rank=22)
def do_not_end(here: Here) -> Iterator[Finding]:
    """Those of this daemon, of root and of the authority."""
    now = datetime.now(UTC)
    for path, renewed in _dated(here):
        if not path.exists():
            continue
        end = pem.read_certificate(path).not_valid_after_utc
        if end < now:
            yield Failed(f"{path} has expired on {end:%Y-%m-%d}: {renewed}")
        elif end < now + SOON:
            yield Warned(f"{path} ends on {end:%Y-%m-%d}, in {(end - now).days} days: {renewed}")
        else:
            yield Noted(f"{path} ends on {end:%Y-%m-%d}")


def _dated(here: Here) -> Iterator[tuple[Path, str]]:
    """The files with certificates, and what renews each."""
    layout = _layout(here)
    renew = f"run `xcatcert renew {here.name}`"
    if here.role is Role.SERVICE:
        renew += " on the management node and `xcatcert install` the result here"
    yield layout.server.cred, renew
    yield layout.server.ca, "make a new authority with `xcatconfig -f -c` on the management node"
    yield layout.client("root").cred, "run `xcatcert renew root` on the management node"


@check("xcatmn", "callers find the names that they dial in the certificate", rank=23)
def has_names(here: Here) -> Iterator[Finding]:
    """The addresses on which the daemon listens, and the master of the site table."""
    there = pem.names_in(_own(here))
    wanted = [*here.settings.addresses]
    if here.role is Role.MANAGEMENT:
        wanted += [here.tables.site("master")] if here.has_database else []
    for text in dict.fromkeys(each for each in wanted if each not in _ALL):
        if missing := sorted_out([text]) - there:
            how = "xcatd init --name NAME --address" if here.role is Role.MANAGEMENT else "xcatcert request --address"
            yield Warned(
                f"Who dials {missing} will not believe this daemon: have it in the certificate with `{how} ...`"
            )


@check("xcatmn", "the authority of the cluster is whole", roles=(Role.MANAGEMENT,), rank=24)
def authority_is_whole(here: Here) -> Iterator[Finding]:
    """Its key belongs to its certificate, which is the one that this daemon and root believe."""
    layout = _layout(here)
    folder = layout.authority
    certificate = pem.read_certificate(folder / "ca-cert.pem", "certificate of the authority; see `xcatconfig -c`")
    key = pem.read_key(folder / "private/ca-key.pem")
    if not pem.same_key(key.public_key(), pem.key_of(certificate)):
        yield Failed(
            f"The key in {folder / 'private'} is not that of {folder / 'ca-cert.pem'}: put a back-up in its place"
        )
    for path in (layout.server.ca, layout.client("root").ca):
        if not path.exists() or pem.read_certificate(path) != certificate:
            yield Failed(
                f"{path} is not the certificate of the authority in {folder}: move {path.parent} away and run `xcatconfig "
                "-c`, which makes it anew"
            )


@check("xcatmn", "root has credentials to call the daemon with", roles=(Role.MANAGEMENT,), rank=25)
def root_has_credentials(here: Here) -> Iterator[Finding]:
    """Key and certificate of one pair, of this authority, for the user root."""
    root = _layout(here).client("root")
    missing = [str(path) for path in (root.key, root.certificate, root.cred, root.ca) if not path.exists()]
    if missing:
        yield Failed(f"{', '.join(missing)} missing: run `xcatconfig -c`, which makes what is missing")
        return
    yield from _pair(root, here)


def _pair(place: Credentials, here: Here) -> Iterator[Finding]:
    certificate = pem.read_certificate(place.cred)
    if not pem.same_key(pem.read_key(place.cred).public_key(), pem.key_of(certificate)):
        yield Failed(f"Certificate and key in {place.cred} do not belong together: run `xcatconfig -c`")
    if not pem.is_signed_by(certificate, pem.read_certificate(here.paths.tls.ca)):
        yield Failed(
            f"{place.cred} was signed by another authority than {here.paths.tls.ca}: move {place.directory} away and run "
            "`xcatconfig -c`"
        )
    if (role := _role(certificate)) != "user":
        yield Failed(f"{place.cred} is the certificate of {_WORDS.get(role, role)}: have it issued as a user's")


@check("xcatmn", "the list of revoked certificates can be believed", rank=26)
def nothing_is_revoked(here: Here) -> Iterator[Finding]:
    """A list that cannot be believed lets nobody in. Raises TrustError, also when our own certificate is on it."""
    certificate = _own(here)
    serial = f"{certificate.serial_number:X}"
    RevocationList(here.paths.revocations).check(Identity(_name(certificate), here.role, serial=serial))
    yield Noted(f"{here.paths.revocations} {'is read' if here.paths.revocations.exists() else 'does not exist'}")
