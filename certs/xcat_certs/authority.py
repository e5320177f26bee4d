"""The authority of one cluster: a folder with its key, its certificate, what it issued and what it revoked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Self

from cryptography import x509

from xcat_certs import files, index, pem, profile, revocations
from xcat_certs.errors import AlreadyThere, CertsError, Mismatch, NotIssued, Refused, Unusable
from xcat_certs.index import Entry, Index
from xcat_certs.names import (
    EVERY_SERVER,
    AlternativeNames,
    Role,
    alternative_names,
    checked_cluster,
    checked_name,
    server_names,
    sorted_out,
)

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class _Places:
    directory: Path

    @property
    def certificate(self) -> Path:
        return self.directory / "ca-cert.pem"

    @property
    def key(self) -> Path:
        return self.directory / "private/ca-key.pem"

    @property
    def issued(self) -> Path:
        return self.directory / "certs"

    @property
    def cluster(self) -> Path:
        return self.directory / "cluster"

    @property
    def lock(self) -> Path:
        return self.directory / "lock"

    @property
    def revocation_lists(self) -> tuple[Path, Path]:
        """The authority's own and the copy that the daemon of this host reads."""
        return self.directory / "crl.pem", self.directory.parent / "cert/crl.pem"


class Authority:
    """Open or make one with `open` and `create`; several processes may use the same folder."""

    def __init__(self, directory: Path, clock: Clock = utc_now) -> None:
        self._places = _Places(directory)
        self._index = Index(directory / "index")
        self._now = clock

    @classmethod
    def create(
        cls, directory: Path, common_name: str, cluster: str, key: profile.KeyKind = "ec", clock: Clock = utc_now
    ) -> Self:
        """Make the folder `ca`; its sibling `cert` will receive the revocation list.

        A creation that was cut off half-way is finished with the key it made. AlreadyThere: there is an authority.
        """
        self = cls(directory, clock)
        checked_cluster(cluster)
        for folder in (directory, self._places.key.parent, self._places.issued):
            files.make_directory(folder, files.PRIVATE_DIRECTORY)
        with files.locked(self._places.lock):
            if self._places.certificate.exists():
                raise AlreadyThere(f"{directory} holds an authority already; move it away to make a new one.")
            if not self._places.key.exists():
                files.write_new(self._places.key, pem.key_pem(profile.new_key(key)), files.PRIVATE)
            certificate = profile.authority_certificate(
                pem.read_key(self._places.key), common_name, x509.random_serial_number(), clock()
            )
            files.write(self._places.cluster, f"{cluster}\n".encode(), files.PUBLIC)
            files.write_new(self._places.certificate, pem.certificate_pem(certificate), files.PUBLIC)
        return self

    @classmethod
    def open(cls, directory: Path, clock: Clock = utc_now) -> Self:
        """Unusable: no authority there, or its certificate cannot be read. The key is read when it is needed."""
        self = cls(directory, clock)
        if not self._places.certificate.exists():
            raise Unusable(
                f"There is no authority in {directory}: run this on the management node, after `xcatd init`."
            )
        _ = self.certificate
        return self

    @cached_property
    def certificate(self) -> x509.Certificate:
        return pem.read_certificate(self._places.certificate, "certificate of the authority")

    @property
    def certificate_pem(self) -> bytes:
        return pem.certificate_pem(self.certificate)

    @property
    def cluster(self) -> str:
        """The name in each role URI; "" for an authority that xCAT 2 made and nobody has adopted."""
        path = self._places.cluster
        return files.read(path, "name of the cluster").decode(errors="replace").strip() if path.exists() else ""

    def adopt(self, cluster: str) -> None:
        """Give an authority that xCAT 2 made the name it needs to issue certificates with roles."""
        files.write_new(self._places.cluster, f"{checked_cluster(cluster)}\n".encode(), files.PUBLIC)

    def sign(
        self,
        csr_pem: bytes,
        role: Role,
        name: str,
        days: int = profile.LEAF_DAYS,
        dns: Iterable[str] = (),
        addresses: Iterable[str] = (),
    ) -> bytes:
        """The certificate, in PEM, for the key in the request. Nothing else is taken from the request.

        `dns` and `addresses` come on top of what each server has (name, short name, localhost, loopback addresses).
        Refused: the request, the name or the period must not be signed.
        """
        key = profile.checked_key(pem.parse_request(csr_pem).public_key())
        return self._issue(key, role, name, days, alternative_names(dns, addresses))

    def renew(self, serial: int, days: int = profile.LEAF_DAYS) -> bytes:
        """A new certificate, in PEM, for the key, role, name and addresses of an issued one, which stays valid."""
        entry = self.entry(serial)
        if entry.revoked is not None:
            raise Refused(f"Certificate {entry.serial_hex} of {entry.name} is revoked: have a new key signed instead.")
        old = self.issued(serial)
        role = entry.role or Role.USER
        names = pem.names_in(old) if role.is_server else AlternativeNames()
        return self._issue(profile.checked_key(pem.key_of(old)), role, entry.name, days, names)

    def revoke(self, serial: int, reason: x509.ReasonFlags = x509.ReasonFlags.unspecified) -> None:
        """From now on no daemon believes this certificate. Revoking it again publishes the list again."""
        key = self._key()  # before anything is changed
        if serial == self.certificate.serial_number:
            raise Refused("The authority cannot revoke itself: make a new one instead.")
        with files.locked(self._places.lock):
            if self.entry(serial).revoked is None:
                now = self._now()
                self._index.change({serial}, lambda entry: index.revoked(entry, now, reason))
            self._publish(key)

    def list(self) -> Sequence[Entry]:
        """All that was issued, oldest first."""
        return self._index.entries()

    def named(self, name: str) -> Sequence[Entry]:
        """The certificates of one name, oldest first."""
        return self._index.named(name)

    def entry(self, serial: int) -> Entry:
        """NotIssued: the authority has no such certificate."""
        for entry in self.list():
            if entry.serial == serial:
                return entry
        raise NotIssued(f"No certificate has the serial number {index.serial_hex(serial)}; `xcatcert list` shows all.")

    def issued(self, serial: int) -> x509.Certificate:
        """A certificate out of the authority's own copies."""
        return pem.read_certificate(self._copy(serial), "authority's copy of this certificate")

    def check_unclaimed(self, name: str, names: AlternativeNames) -> None:
        """Refused: a name or address that a request asks for stands in the valid certificate of another server.

        Who may sign a request need not see what stands in it, so a request must not take over another server's place.
        """
        wanted = names - sorted_out(EVERY_SERVER)
        for entry in self.list() if wanted else ():
            if entry.role and entry.role.is_server and entry.name != name and entry.is_valid(self._now()):
                taken = wanted & pem.names_in(self.issued(entry.serial))
                if taken:
                    raise Refused(
                        f"The request for {name} asks for {taken}, which the certificate {entry.serial_hex} of "
                        f"{entry.name} has: revoke that one, or say with --address what {name} may have."
                    )

    def _issue(self, key: profile.PublicKey, role: Role, name: str, days: int, more: AlternativeNames) -> bytes:
        checked_name(role, name)
        if more and not role.is_server:
            raise Refused(f"{name} is {role.words}: only servers have addresses in their certificates.")
        if not self.cluster:
            raise Refused(
                f"{self._places.directory} was made by xCAT 2: run `xcatd init` once to give it a cluster name."
            )
        names = server_names(name, more) if role.is_server else AlternativeNames()
        builder = profile.leaf(key, self.cluster, role, name, names)
        signing_key = self._key()
        with files.locked(self._places.lock):
            self._check_kind(role, name)
            return self._signed(builder, signing_key, Entry(x509.random_serial_number(), role, name, self._end(days)))

    def _signed(self, builder: x509.CertificateBuilder, key: profile.PrivateKey, entry: Entry) -> bytes:
        certificate = (
            builder.issuer_name(self.certificate.subject)
            .serial_number(entry.serial)
            .not_valid_before(self._now() - profile.CLOCK_SKEW)
            .not_valid_after(entry.not_after)
            .add_extension(profile.authority_key_identifier(self.certificate), critical=False)
            .sign(key, profile.HASH())
        )
        content = pem.certificate_pem(certificate)
        copy = self._copy(entry.serial)
        files.write_new(copy, content, files.PUBLIC)
        try:
            self._index.add(entry)
        except CertsError:
            copy.unlink()
            raise
        return content

    def _end(self, days: int) -> datetime:
        """When a certificate of so many days ends: never after the authority's own."""
        now = self._now().replace(microsecond=0)
        authority_end = self.certificate.not_valid_after_utc
        if days < 1:
            raise Refused(f"A certificate cannot be valid for {days} days: give 1 or more.")
        if authority_end <= now:
            raise Refused(f"The authority in {self._places.directory} has expired: move it away and make a new one.")
        return min(now + timedelta(days=min(days, profile.AUTHORITY_DAYS)), authority_end)

    def _check_kind(self, role: Role, name: str) -> None:
        """A name is a person's or a host's: the policy table knows names only, and a node called root is not root."""
        for entry in self._index.named(name):
            if entry.role and entry.role.is_host != role.is_host and entry.is_valid(self._now()):
                raise Refused(
                    f"{name} is {entry.role.words} already (certificate {entry.serial_hex}): "
                    f"it cannot be {role.words} too, unless that one is revoked."
                )

    def _publish(self, key: profile.PrivateKey) -> None:
        content = revocations.signed_list(self.list(), self.certificate, key, self._now())
        for path in self._places.revocation_lists:
            files.make_directory(path.parent)
            files.write(path, content, files.PUBLIC)

    def _copy(self, serial: int) -> Path:
        return self._places.issued / f"{index.serial_hex(serial)}.pem"

    def _key(self) -> profile.PrivateKey:
        key = pem.read_key(self._places.key)
        if not pem.same_key(key.public_key(), pem.key_of(self.certificate)):
            raise Mismatch(
                f"{self._places.key} is not the key of {self._places.certificate}: restore the one from a backup."
            )
        return key
