"""The database server's certificate, of the cluster's own authority, so that daemons can tell the server from another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from xcat_certs import files, keys, pem
from xcat_certs.accounts import acting_as_owner
from xcat_certs.authority import Authority, utc_now
from xcat_certs.errors import CertsError
from xcat_certs.names import AlternativeNames, Role, sorted_out
from xcat_certs.profile import new_key
from xcatd.dbsetup.hosts import own_addresses
from xcatd.dbsetup.job import Job
from xcatd.dbsetup.programs import account_of
from xcatd.dbsetup.textblock import keep_file

_LEFT = timedelta(days=30)
"""What a certificate must have left to be kept."""


@dataclass(frozen=True, slots=True)
class ServerFiles:
    """The server's files in a folder of its configuration; `account` is who it runs as."""

    folder: Path
    account: str

    @property
    def certificate(self) -> Path:
        return self.folder / "xcat-server-cert.pem"

    @property
    def key(self) -> Path:
        return self.folder / "xcat-server-key.pem"

    @property
    def authority(self) -> Path:
        return self.folder / "xcat-ca.pem"

    @property
    def revocations(self) -> Path:
        return self.folder / "xcat-crl.pem"


def server_certificate(job: Job, place: ServerFiles) -> Iterator[str]:
    """Keep the server's files as they must be. A certificate that is missing, ends soon or lacks a name is made anew."""
    yield from keep_file(place.authority, job.authority.certificate_pem, files.PUBLIC)
    if job.paths.revocations.is_file():
        yield from keep_file(place.revocations, job.paths.revocations.read_bytes(), files.PUBLIC)
    names = sorted_out(dict.fromkeys(name for name in (job.host, job.settings.name, *own_addresses(job)) if name))
    if _is_current(job.authority, place, names):
        return
    key = new_key("ec")
    holder = f"db-{job.settings.name}"
    request = keys.request_pem(key, holder, AlternativeNames())
    signed = job.authority.sign(request, Role.DATABASE, holder, dns=names.dns, addresses=map(str, names.addresses))
    yield from keep_file(place.key, pem.key_pem(key), files.PRIVATE)
    yield from keep_file(place.certificate, signed, files.PUBLIC)
    _give(place.key, place.account)


def _is_current(authority: Authority, place: ServerFiles, names: AlternativeNames) -> bool:
    try:
        with acting_as_owner(place.folder):
            certificate = pem.read_certificate(place.certificate)
            key = pem.read_key(place.key)
            owner = place.key.stat().st_uid
        return (
            owner == account_of(place.account)[0]
            and pem.same_key(key.public_key(), pem.key_of(certificate))
            and pem.is_signed_by(certificate, authority.certificate)
            and authority.entry(certificate.serial_number).is_valid(utc_now() + _LEFT)
            and not names - pem.names_in(certificate)
        )
    except (CertsError, OSError):
        return False


def _give(path: Path, account: str) -> None:
    user, group = account_of(account)
    if path.lstat().st_uid != user:
        os.chown(path, user, group, follow_symlinks=False)
