"""The two TLS contexts of a daemon: to serve on the command port, and to dial another daemon.

Both are tried in memory before they are given out, so that a daemon says at its start, and by file name, what its
peers would otherwise meet at each handshake.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn, Self

from xcatd.errors import TrustError
from xcatd.tls import verification

ALPN = "xcat/1"
"""What a peer asks for that speaks our frames; without it the connection speaks xCAT 2's XML."""

MinimumVersion = Literal["1.2", "1.3"]
_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
_NOT_A_PAIR = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED")  # the last: EC beside RSA
_TOO_WEAK = ("EE_KEY_TOO_SMALL", "CA_KEY_TOO_SMALL", "CA_MD_TOO_WEAK")


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files. `certificate` and `key` may be one, as in xCAT's `*-cred.pem`: a pair replaced in one step."""

    ca: Path
    certificate: Path
    key: Path

    @classmethod
    def server(cls, directory: Path) -> Self:
        """A daemon's files below `etc/xcat/cert` (protocol.md 1.2)."""
        cred = directory / "server-cred.pem"
        return cls(directory / "ca.pem", cred, cred)

    @classmethod
    def client(cls, directory: Path) -> Self:
        """A user's files below `~/.xcat` (protocol.md 1.2)."""
        cred = directory / "client-cred.pem"
        return cls(directory / "ca.pem", cred, cred)

    @property
    def revocations(self) -> Path:
        """Where the authority puts its revocation list; absent until something is revoked."""
        return self.ca.with_name("crl.pem")


def server_context(files: TlsFiles, minimum: MinimumVersion = "1.2") -> ssl.SSLContext:
    """For the command port: only our authority counts, a client's certificate is asked for and not required.

    TrustError: a file is missing, unreadable or expired, or the three do not belong together.
    """
    context = _context(ssl.PROTOCOL_TLS_SERVER, files, minimum)
    context.verify_mode = ssl.CERT_OPTIONAL
    # No session tickets: thin clients live for one request and keep none, links live for months. Without them a handshake
    # costs a third less (docs/figures.md).
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET
    _prove(context, _witness(files), files)
    return context


def own_certificate(files: TlsFiles) -> Mapping[str, Any]:
    """What the certificate of this daemon says, as `getpeercert()` gives it: the ssl module reads that of a peer only, and
    whatever else could read it takes nine megabytes. TrustError: as for `server_context`."""
    context = _context(ssl.PROTOCOL_TLS_SERVER, files, "1.2")
    peer = _prove(context, _witness(files), files).getpeercert()
    assert peer, "the witness has verified it"
    return peer


def peer_context(files: TlsFiles, minimum: MinimumVersion = "1.2") -> ssl.SSLContext:
    """To dial another daemon, whose certificate must be our authority's and hold the name or address dialled.

    TrustError: as for `server_context`.
    """
    witness = _context(ssl.PROTOCOL_TLS_SERVER, files, minimum)
    witness.verify_mode = ssl.CERT_REQUIRED
    rehearsal = _context(ssl.PROTOCOL_TLS_CLIENT, files, minimum)
    rehearsal.check_hostname = False
    rehearsal.verify_mode = ssl.CERT_NONE  # here the witness verifies; the context given out does it itself
    _prove(witness, rehearsal, files)
    context = _context(ssl.PROTOCOL_TLS_CLIENT, files, minimum)
    context.hostname_checks_common_name = False
    return context


def _witness(files: TlsFiles) -> ssl.SSLContext:
    """Somebody who dials, and believes the authority."""
    witness = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    witness.check_hostname = False
    witness.load_verify_locations(files.ca)
    return witness


def _context(protocol: ssl._SSLMethod, files: TlsFiles, minimum: MinimumVersion) -> ssl.SSLContext:
    for path in (files.ca, files.certificate, files.key):
        _check_readable(path)
    context = ssl.SSLContext(protocol)
    context.minimum_version = _VERSIONS[minimum]
    context.set_alpn_protocols([ALPN])
    _load_authority(context, files.ca)
    _load_pair(context, files)
    return context


def _check_readable(path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except FileNotFoundError as error:
        raise TrustError(f"{path} is missing: run `xcatd init`, or `xcatcert install` on a service node.") from error
    except OSError as error:
        raise TrustError(f"Cannot read {path} ({error.strerror}): give it to the user of this daemon.") from error


def _load_authority(context: ssl.SSLContext, path: Path) -> None:
    try:
        context.load_verify_locations(path)
    except ssl.SSLError as error:
        raise TrustError(f"{path} holds no certificate in PEM: copy it anew from the management node.") from error


def _load_pair(context: ssl.SSLContext, files: TlsFiles) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(files.certificate)
    except ssl.SSLError as error:
        raise TrustError(f"{files.certificate} holds no certificate in PEM: renew it with `xcatcert renew`.") from error

    def refuse_password() -> NoReturn:  # otherwise OpenSSL would ask at the terminal
        raise TrustError(f"The key in {files.key} has a password, which a daemon cannot enter: store it without.")

    try:
        context.load_cert_chain(files.certificate, files.key, refuse_password)
    except ssl.SSLError as error:
        raise TrustError(_why_no_pair(error, files)) from error


def _why_no_pair(error: ssl.SSLError, files: TlsFiles) -> str:
    if error.reason in _NOT_A_PAIR:
        return f"The certificate in {files.certificate} is not for the key in {files.key}: install the one made for it."
    if error.reason in _TOO_WEAK:
        return f"The certificate in {files.certificate} is too weak for this host's OpenSSL: have a new key signed."
    return f"{files.key} holds no private key that can be used: make a new one with `xcatcert request`."


def _prove(server: ssl.SSLContext, client: ssl.SSLContext, files: TlsFiles) -> ssl.SSLObject:
    """A handshake in memory: what fails here would fail with every peer. Gives the client's side of it."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    caller = client.wrap_bio(to_client, to_server, server_side=False)
    waiting = [caller, server.wrap_bio(to_server, to_client, server_side=True)]
    try:
        while waiting:
            waiting = [side for side in waiting if not _has_finished(side)]
    except ssl.SSLCertVerificationError as error:
        raise TrustError(verification.own_fault(error, files.certificate, files.ca)) from error
    except ssl.SSLError as error:
        raise TrustError(f"No handshake is possible with {files.certificate} ({error.reason}): renew it.") from error
    return caller


def _has_finished(side: ssl.SSLObject) -> bool:
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True
