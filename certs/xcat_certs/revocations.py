"""The revocation list: every certificate that was taken back, signed by the authority."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from xcat_certs import profile
from xcat_certs.index import Entry


def signed_list(entries: Iterable[Entry], authority: x509.Certificate, key: profile.PrivateKey, now: datetime) -> bytes:
    """The revoked ones among `entries`, in PEM (RFC 5280 section 5).

    The next update is announced for the end of the authority, because a list is made when something is revoked and at
    no other time: any nearer date would make every daemon refuse everybody on a quiet day.
    """
    builder = (
        x509.CertificateRevocationListBuilder(
            issuer_name=authority.subject,
            revoked_certificates=[_revoked(entry, entry.revoked) for entry in entries if entry.revoked is not None],
        )
        .last_update(now - profile.CLOCK_SKEW)
        .next_update(authority.not_valid_after_utc)
        .add_extension(profile.authority_key_identifier(authority), critical=False)
        .add_extension(x509.CRLNumber(int(now.timestamp() * 1_000_000)), critical=False)
    )
    return builder.sign(key, profile.HASH()).public_bytes(Encoding.PEM)


def _revoked(entry: Entry, when: datetime) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder(serial_number=entry.serial, revocation_date=when)
    if entry.reason is not x509.ReasonFlags.unspecified:  # absent means just that: RFC 5280 section 5.3.1
        builder = builder.add_extension(x509.CRLReason(entry.reason), critical=False)
    return builder.build()
