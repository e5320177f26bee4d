"""Which certificates were taken back: the authority's list, read again whenever its file changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from xcatd.errors import TrustError
from xcatd.model import Role
from xcatd.tls.identity import Identity

if TYPE_CHECKING:
    from cryptography import x509

_Stamp = tuple[tuple[int, int, int, int] | None, ...]


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What the files said at one moment; `trouble` is a sentence when they cannot be believed."""

    stamp: _Stamp
    revoked: Mapping[int, datetime] = field(default_factory=dict)
    trouble: str = ""


class RevocationList:
    """The list in one file, signed by the authority in another (`ca.pem` beside it unless named).

    Its date of next update is not looked at: the authority makes a list when it revokes something, so an old list is
    a good sign. An absent file says that nothing was ever revoked; a file that cannot be believed lets nobody in.
    """

    def __init__(self, path: Path, ca: Path | None = None) -> None:
        self._path = path
        self._ca = ca or path.with_name("ca.pem")
        self._loaded: _Loaded | None = None

    def check(self, identity: Identity) -> None:
        """TrustError: this certificate is revoked, or the list cannot be believed. Who has none is not looked up.

        For each handshake, and for each request on a connection that lives long: it costs a look at two files, and
        reads them when they have changed. Any thread may call it.
        """
        if identity.role is Role.ANONYMOUS:
            return
        loaded = self._current()
        if loaded.trouble:
            raise TrustError(loaded.trouble)
        when = loaded.revoked.get(int(identity.serial, 16))
        if when is not None:
            raise TrustError(
                f"The certificate of {identity.name} (serial {identity.serial}) was revoked on {when:%Y-%m-%d}: "
                "have a new one issued."
            )

    def is_current(self) -> bool:
        """Whether `check` will answer at once. If not it reads files (some 50 ms the first time): use a thread."""
        return self._loaded is not None and self._loaded.stamp == self._stamp()

    def _current(self) -> _Loaded:
        stamp = self._stamp()
        loaded = self._loaded
        if loaded is None or loaded.stamp != stamp:
            loaded = self._loaded = self._load(stamp)
        return loaded

    def _stamp(self) -> _Stamp:
        return _stamp(self._path), _stamp(self._ca)

    def _load(self, stamp: _Stamp) -> _Loaded:
        if stamp[0] is None:
            return _Loaded(stamp)
        try:
            return _Loaded(stamp, _read(self._path, self._ca))
        except TrustError as error:
            return _Loaded(stamp, trouble=str(error))


def _stamp(path: Path) -> tuple[int, int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError:
        return (0, 0, 0, 0)  # it may be there: reading it will say what is wrong
    return found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size


def _read(path: Path, ca: Path) -> Mapping[int, datetime]:
    """Serial numbers and dates of the revoked certificates."""
    # here and not above: most clusters never revoke, and the import costs time and memory in every daemon
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        revocations = x509.load_pem_x509_crl(path.read_bytes())
        authorities = x509.load_pem_x509_certificates(ca.read_bytes())
        believed = any(_has_signed(authority, revocations) for authority in authorities)
        revoked = {entry.serial_number: entry.revocation_date_utc for entry in revocations} if believed else {}
    except OSError as error:
        raise TrustError(f"Nobody is let in: cannot read {error.filename} ({error.strerror}).") from error
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise TrustError(f"Nobody is let in: {path} or {ca} is damaged; copy both from the management node.") from error
    if not believed:
        raise TrustError(f"Nobody is let in: {path} was not signed by the authority in {ca}; copy both anew.")
    return revoked


def _has_signed(authority: x509.Certificate, revocations: x509.CertificateRevocationList) -> bool:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    key = authority.public_key()
    return isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey) and revocations.is_signature_valid(key)
