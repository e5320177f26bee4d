"""What an operator reads about certificates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from xcat_certs import pem
from xcat_certs.index import Entry, serial_hex
from xcat_certs.names import Role

_COLUMNS = "{:<40}  {:<4}  {:<24}  {:<10}  {}\n"


def table(entries: Iterable[Entry], now: datetime) -> str:
    """One line per certificate under a heading. What xCAT 2 made counts as a user's."""
    lines = [_COLUMNS.format("SERIAL", "ROLE", "NAME", "EXPIRES", "STATE")]
    for entry in entries:
        role = entry.role or Role.USER
        lines.append(_COLUMNS.format(entry.serial_hex, role, entry.name, _day(entry.not_after), state(entry, now)))
    return "".join(lines)


def state(entry: Entry, now: datetime) -> str:
    if entry.revoked is None:
        return entry.state(now)
    return f"revoked on {_day(entry.revoked)} ({entry.reason.value})"


def details(certificate: x509.Certificate, entry: Entry | None, now: datetime) -> str:
    """All that an operator may ask about one certificate; `entry` is what the authority's index says of it."""
    expired = certificate.not_valid_after_utc < now
    rows = {
        "serial": serial_hex(certificate.serial_number),
        "subject": certificate.subject.rfc4514_string(),
        "role": ", ".join(pem.uris_in(certificate)) or "none (counts as a user)",
        "names": ", ".join(_names(certificate)) or "none",
        "issuer": certificate.issuer.rfc4514_string(),
        "valid from": f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M:%S} UTC",
        "valid until": f"{certificate.not_valid_after_utc:%Y-%m-%d %H:%M:%S} UTC",
        "key": _kind(certificate),
        "sha256": certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
        "state": state(entry, now) if entry else ("expired" if expired else "not in an index here"),
    }
    return "".join(f"{label + ':':<13}{value}\n" for label, value in rows.items())


def summary(certificate: x509.Certificate, role: Role, name: str) -> str:
    """One line for the operator who has just signed it."""
    names = ", ".join(_names(certificate))
    return (
        f"Certificate {serial_hex(certificate.serial_number)} of {role} {name}, valid until "
        f"{_day(certificate.not_valid_after_utc)}{f', for {names}' if names else ''}"
    )


def _kind(certificate: x509.Certificate) -> str:
    key = pem.key_of(certificate)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}"
    return f"RSA {key.key_size} bits" if isinstance(key, rsa.RSAPublicKey) else "neither EC nor RSA"


def _names(certificate: x509.Certificate) -> list[str]:
    """As they stand there: a certificate of somebody else may hold names that this authority would not sign."""
    alternatives = pem.alternatives_in(certificate)
    kinds: tuple[type[x509.DNSName] | type[x509.IPAddress], ...] = (x509.DNSName, x509.IPAddress)
    return [str(name.value) for name in alternatives or () if isinstance(name, kinds)]


def _day(time: datetime) -> str:
    return f"{time:%Y-%m-%d}"
