"""Renewal: a host that has a certificate gets its successor, before the one that it has ends.

A host that loses the answer must not be locked out: so the certificate that it shows stays good until the host says that it uses
the new one, or until its end. What a host was given and does not show was lost: that is taken back when it asks again, and so a
name has two good certificates at the most.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import NameOID

from xcat_certs import pem
from xcat_certs.authority import Authority
from xcat_certs.errors import CertsError, Refused
from xcat_certs.index import Entry
from xcat_certs.names import Role
from xcat_certs.profile import CLOCK_SKEW

SPARE = 2
"""The part of its life that a certificate may have left at the most: a half. So nobody fills the index by asking for ever."""
PAUSE = timedelta(minutes=10)
"""Between two that the same host is given."""


def shown(authority: Authority, role: Role, name: str, serial: str, now: datetime) -> Entry:
    """The certificate of this serial number (hexadecimal digits). Refused: it is not good, or is not one of this host."""
    try:
        entry = authority.entry(int(serial, 16))
    except (ValueError, CertsError):
        entry = None
    if entry is None or (entry.role, entry.name) != (role, name) or not entry.is_valid(now):
        raise Refused(f"{serial[:40]!a} is the serial number of no good certificate of {role.words} {name}.")
    return entry


def check_due(authority: Authority, entry: Entry, newer: Sequence[Entry], now: datetime) -> None:
    """Refused: a certificate is not to be renewed yet, or its successor has just been given."""
    begin = _given(authority, entry)
    if (entry.not_after - now) * SPARE > entry.not_after - begin:
        raise Refused(
            f"The certificate {entry.serial_hex} of {entry.name} is good until {entry.not_after:%Y-%m-%d}: it is renewed in "
            "the last half of its life."
        )
    if newer and now - _given(authority, newer[-1]) < PAUSE:
        minutes = int(PAUSE.total_seconds() // 60)
        raise Refused(f"{entry.name} has just been given a certificate: ask again in {minutes} minutes.")


def check_name(request: bytes, name: str) -> None:
    """Refused: the request is for somebody else."""
    subject = pem.parse_request(request).subject
    if [part.value for part in subject.get_attributes_for_oid(NameOID.COMMON_NAME)] != [name]:
        raise Refused(f"The request is for {subject.rfc4514_string()!a}, and the certificate is that of {name}.")


def newer_than(authority: Authority, entry: Entry, now: datetime) -> Sequence[Entry]:
    """The good certificates of the same host that were given after this one."""
    return [each for each in _after(authority, entry) if each.role is entry.role and each.is_valid(now)]


def take_back_older(authority: Authority, entry: Entry, now: datetime) -> Sequence[Entry]:
    """Revoke those that the same host had before this one, which it uses now; gives them."""
    later = {each.serial for each in _after(authority, entry)}
    older = [
        each
        for each in authority.named(entry.name)
        if each.serial not in {entry.serial, *later} and each.role is entry.role and each.is_valid(now)
    ]
    for each in older:
        authority.revoke(each.serial, x509.ReasonFlags.superseded)
    return older


def _after(authority: Authority, entry: Entry) -> Sequence[Entry]:
    entries = authority.named(entry.name)  # oldest first
    place = [each.serial for each in entries].index(entry.serial)
    return entries[place + 1 :]


def _given(authority: Authority, entry: Entry) -> datetime:
    """When a certificate was made."""
    return authority.issued(entry.serial).not_valid_before_utc + CLOCK_SKEW
