"""One sentence for the log when a handshake fails: what happened, and who has to do what."""

from __future__ import annotations

import ssl

from xcatd.errors import TrustError
from xcatd.tls.verification import peer_fault

_NO_SHARED_PROTOCOL = "The peer and this daemon share no TLS version: both need TLS 1.2 or newer."
_NO_SHARED_CIPHER = "The peer and this daemon share no cipher: the peer's TLS library may be too old."
_NOT_TLS = "The peer does not speak TLS: something else than an xCAT client or daemon uses this port."
_HUNG_UP = "The peer hung up before the TLS handshake was done."
_REFUSES = "The peer refuses our certificate"

_REASONS = {
    "UNSUPPORTED_PROTOCOL": _NO_SHARED_PROTOCOL,
    "NO_PROTOCOLS_AVAILABLE": _NO_SHARED_PROTOCOL,
    "VERSION_TOO_LOW": _NO_SHARED_PROTOCOL,
    "TLSV1_ALERT_PROTOCOL_VERSION": _NO_SHARED_PROTOCOL,
    "NO_SHARED_CIPHER": _NO_SHARED_CIPHER,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": _NO_SHARED_CIPHER,
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": _NO_SHARED_CIPHER,
    "WRONG_VERSION_NUMBER": _NOT_TLS,
    "HTTP_REQUEST": _NOT_TLS,
    "HTTPS_PROXY_REQUEST": _NOT_TLS,
    "RECORD_LAYER_FAILURE": _NOT_TLS,
    "UNEXPECTED_EOF_WHILE_READING": _HUNG_UP,
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "The peer showed no certificate: it needs one of this cluster.",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "The peer wants a certificate and we showed none: have one issued.",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": f"{_REFUSES}, which has expired: run `xcatcert renew`.",
    "SSLV3_ALERT_CERTIFICATE_REVOKED": f"{_REFUSES}, which is revoked: have a new one issued.",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": f"{_REFUSES}: see the peer's log.",
    "TLSV1_ALERT_UNKNOWN_CA": f"{_REFUSES}, whose authority it does not know: both need the same ca.pem.",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": f"{_REFUSES}, which is not for this use: issue it as mn or sn.",
    "SSLV3_ALERT_BAD_CERTIFICATE": f"{_REFUSES}, which lacks the name dialled: issue it with --address.",
}


def explain(error: Exception) -> str:
    """`error` as it came out of a handshake, or of `identify` and `RevocationList.check` right after it."""
    if isinstance(error, TrustError):
        return str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return peer_fault(error)
    if isinstance(error, ssl.SSLError):
        return _tls_failure(error)
    if isinstance(error, TimeoutError | ConnectionAbortedError):  # asyncio's word for it
        return "The peer did not finish the TLS handshake in time."
    if isinstance(error, ConnectionRefusedError):
        return "Nothing listens at the address dialled: see whether the daemon there runs."
    if isinstance(error, ConnectionError | EOFError):
        return _HUNG_UP
    reason = error.strerror if isinstance(error, OSError) else None
    return f"The connection failed before the TLS handshake was done: {reason or error}."


def _tls_failure(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return _HUNG_UP
    reason: str = getattr(error, "reason", None) or "no reason given"  # one that OpenSSL did not raise has none
    words = reason.replace("_", " ").lower()
    return _REASONS.get(reason, f"The TLS handshake failed: {words}.")
