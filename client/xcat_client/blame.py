"""Sentences for a connection that did not come about, or was refused: what, and what to do.

Imported when something has gone wrong, or may: the texts cost nothing on the way to an answer over the Unix socket.
"""

from __future__ import annotations

from xcat_client.trouble import NO_CONNECTION, Trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xcat_client.place import Place

_EXPIRED, _NOT_YET, _SIGNATURE, _REVOKED = 10, 9, 7, 23
_WRONG_NAME, _WRONG_ADDRESS = 62, 64
_FOREIGN = (2, 18, 19, 20, 21, _SIGNATURE)
"""X509_V_ERR_* of OpenSSL's x509_vfy.h: no issuer known to us, or one of the same name with another key."""

_NOT_TLS = (
    "WRONG_VERSION_NUMBER",
    "RECORD_LAYER_FAILURE",
    "UNEXPECTED_MESSAGE",
    "HTTP_REQUEST",
    "PACKET_LENGTH_TOO_LONG",
)
_TOO_OLD = ("TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL")
_REFUSALS = {
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "has expired: renew it",
    "SSLV3_ALERT_CERTIFICATE_REVOKED": "has been revoked: have a new one issued",
    "TLSV1_ALERT_UNKNOWN_CA": "is of an authority that it does not know: have one issued",
}
_ALERTS = ("SSLV3_ALERT_", "TLSV1_ALERT_", "TLSV13_ALERT_")


def local(path: str, error: OSError, seconds: float) -> Trouble:
    """The Unix socket is there, but."""
    if isinstance(error, ConnectionRefusedError):
        return _lost(
            f"The xCAT daemon of this host is not running (nobody listens at {path}): "
            "start it with `systemctl start xcatd`."
        )
    if isinstance(error, PermissionError):
        return _lost(
            f"You may not use the socket {path} of the xCAT daemon: "
            "have the administrator admit you to it, or set XCATHOST=localhost:3001 to use your certificate."
        )
    if isinstance(error, BlockingIOError):
        return _lost(
            f"The xCAT daemon of this host has accepted no caller at {path} for {seconds:g} seconds: "
            "look into its log, and restart it with `systemctl restart xcatd` if it hangs."
        )
    return _lost(
        f"Cannot connect to the xCAT daemon at {path} ({error.strerror or error}): check that path and XCAT_ROOT."
    )


def unknown_host(place: Place) -> Trouble:
    return _lost(f"There is no host {place.host}: check XCATHOST and the name service.")


def unreachable(place: Place, error: OSError) -> Trouble:
    """No TCP connection, or no end of the TLS handshake."""
    if isinstance(error, ConnectionRefusedError):
        return _lost(
            f"No xCAT daemon listens at {place}: start it there with `systemctl start xcatd`, "
            "or check XCATHOST and site.xcatdport."
        )
    if isinstance(error, TimeoutError):
        return _lost(
            f"The xCAT daemon at {place} did not answer in time: "
            "check that the host is up and that no firewall is in the way."
        )
    return _lost(
        f"Cannot connect to the xCAT daemon at {place} ({error.strerror or error}): check XCATHOST and the network."
    )


def other_protocol(place: Place) -> Trouble:
    return _lost(
        f"The daemon at {place} does not offer this client's protocol (it may be of xCAT 2): "
        "use the client that belongs to it, or check XCATHOST."
    )


def authority(folder: str, error: OSError) -> Trouble:
    """ca.pem is missing or no good. xCAT 2 went on without verification; that would let anybody play the daemon."""
    if isinstance(error, FileNotFoundError):
        return _lost(
            f"There is no {folder}/ca.pem to verify the xCAT daemon with: "
            "have your credentials made on the management node with `xcatcert issue`, "
            "or name their folder in XCAT_CREDENTIALS."
        )
    if isinstance(error, PermissionError):
        return _lost(
            f"You may not read {folder}/ca.pem: give yourself the right to, or name another folder in XCAT_CREDENTIALS."
        )
    return _lost(
        f"{folder}/ca.pem holds no certificate: copy it again from the management node (/etc/xcat/cert/ca.pem)."
    )


def own_certificate(folder: str, error: OSError) -> Trouble:
    """client-cred.pem is there, but no good."""
    file = f"{folder}/client-cred.pem"
    if isinstance(error, PermissionError):
        return _lost(f"You may not read {file}: it must belong to you, or XCAT_CREDENTIALS name a folder of yours.")
    if getattr(error, "reason", "") == "KEY_VALUES_MISMATCH":
        return _lost(
            f"The key in {file} does not belong to the certificate in it: have it issued again with `xcatcert issue`."
        )
    return _lost(
        f"{file} does not hold a certificate and its unencrypted key: have it issued again with `xcatcert issue`."
    )


def handshake(place: Place, folder: str, error: OSError) -> Trouble:
    """The handshake failed: we do not believe them, they do not believe us, or that is no TLS."""
    if code := getattr(error, "verify_code", 0):
        return _unbelieved(place, folder, code, str(getattr(error, "verify_message", "")))
    reason = str(getattr(error, "reason", None) or "")
    if reason in _NOT_TLS:
        return _lost(
            f"What listens at {place} is no xCAT daemon (it does not speak TLS): check the host and port in XCATHOST."
        )
    if reason in _TOO_OLD:
        return _lost(
            f"The daemon at {place} speaks only TLS older than 1.2: set site.xcattlspolicy=modern there, or update it."
        )
    if reason.startswith(_ALERTS):
        return refused(place, folder, error)
    if not reason or reason == "UNEXPECTED_EOF_WHILE_READING":
        return _lost(
            f"The other end at {place} hung up during the TLS handshake: "
            "check that an xCAT daemon is there, and look into its log."
        )
    return _lost(f"No TLS connection to the xCAT daemon at {place} ({reason}): look into its log.")


def refused(place: Place, folder: str, error: OSError) -> Trouble:
    """The daemon told us by a TLS alert, with TLS 1.3 only after the handshake, that it does not want us."""
    reason = str(getattr(error, "reason", None) or error)
    file = f"{folder}/client-cred.pem"
    if reason == "TLSV13_ALERT_CERTIFICATE_REQUIRED":
        return _lost(f"The xCAT daemon at {place} wants a client certificate: have {file} made with `xcatcert issue`.")
    if reason in _REFUSALS:
        return _lost(
            f"The xCAT daemon at {place} refuses your certificate {file} because it {_REFUSALS[reason]} "
            "on the management node with `xcatcert`."
        )
    word = reason
    for prefix in _ALERTS:
        word = word.removeprefix(prefix)
    return _lost(
        f"The xCAT daemon at {place} refuses your certificate {file} or this connection "
        f"({word.replace('_', ' ').lower()}): its log says why."
    )


def _unbelieved(place: Place, folder: str, code: int, message: str) -> Trouble:
    """The daemon's certificate did not pass; `code` is OpenSSL's."""
    if code == _EXPIRED:
        return _lost(
            f"The certificate of the xCAT daemon at {place} or of its authority has expired: "
            "renew it there with `xcatcert renew`."
        )
    if code == _NOT_YET:
        return _lost(
            f"The certificate of the xCAT daemon at {place} is not valid yet: set the clocks of both hosts right."
        )
    if code == _REVOKED:
        return _lost(
            f"The certificate of the xCAT daemon at {place} has been revoked: "
            "have a new one issued there with `xcatcert issue`."
        )
    if code in (_WRONG_NAME, _WRONG_ADDRESS):
        return _lost(
            f"The certificate of the xCAT daemon at {place} is not made out to {place.name}: "
            "set XCATHOST to a name that is in it, or have it issued again with this name."
        )
    if code in _FOREIGN:
        return _lost(
            f"The certificate of the xCAT daemon at {place} is not signed by the authority in {folder}/ca.pem: "
            "check XCATHOST, or copy the ca.pem of that cluster."
        )
    return _lost(f"The certificate of the xCAT daemon at {place} cannot be believed ({message}): have it issued again.")


def _lost(sentence: str) -> Trouble:
    return Trouble(sentence, NO_CONNECTION)
