"""What was issued and what was revoked: the index file of `openssl ca`, so that either program can read it.

A line has six columns with tabs between: state (V, R, E), end of validity, `revocation time[,reason]`, serial number
in hexadecimal digits, a file name, subject. OpenSSL writes the word `unknown` as file name and does not read it; this
authority keeps the role there. Times are UTC as in ASN.1: YYMMDDhhmmssZ, from 2050 on YYYYMMDDhhmmssZ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from xcat_certs import files
from xcat_certs.errors import Unusable
from xcat_certs.names import Role

_UNKNOWN_ROLE = "unknown"
_MADE_BY_OPENSSL = {"CACompromise": "cACompromise"}
_REASONS = {flag.value: flag for flag in x509.ReasonFlags}


@dataclass(frozen=True, slots=True)
class Entry:
    """One certificate. `role` is None when xCAT 2 made it: such a certificate counts as a user's."""

    serial: int
    role: Role | None
    name: str
    not_after: datetime
    revoked: datetime | None = None
    reason: x509.ReasonFlags = x509.ReasonFlags.unspecified

    @property
    def serial_hex(self) -> str:
        """As OpenSSL writes it, and as the file below `certs/` is called: an even number of capital digits."""
        return serial_hex(self.serial)

    def is_valid(self, now: datetime) -> bool:
        return self.revoked is None and now <= self.not_after

    def state(self, now: datetime) -> str:
        if self.revoked is not None:
            return "revoked"
        return "valid" if now <= self.not_after else "expired"


class Index:
    """The index file. Its callers hold the authority's lock while they change it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def entries(self) -> list[Entry]:
        """All certificates, oldest first."""
        return [self._entry(line, number) for number, line in self._lines()]

    def named(self, name: str) -> list[Entry]:
        """The certificates of one name, oldest first; quick in a long index."""
        ending = f"/CN={name}"
        return [self._entry(line, number) for number, line in self._lines() if line.endswith(ending)]

    def add(self, entry: Entry) -> None:
        content = self._content()
        if content and not content.endswith(b"\n"):  # edited by hand
            content += b"\n"
        files.write(self._path, content + _line(entry).encode(), files.PRIVATE)

    def change(self, serials: set[int], changed: Callable[[Entry], Entry]) -> None:
        """Replace the entries of these serial numbers; every other line stays as it is, to the byte."""
        lines = []
        for number, line in self._lines():
            entry = self._entry(line, number)
            lines.append(_line(changed(entry), line) if entry.serial in serials else f"{line}\n")
        files.write(self._path, "".join(lines).encode(errors="surrogateescape"), files.PRIVATE)

    def _lines(self) -> Iterator[tuple[int, str]]:
        text = self._content().decode(errors="surrogateescape")
        return ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line)

    def _content(self) -> bytes:
        return files.read(self._path, "index of the authority") if self._path.exists() else b""

    def _entry(self, line: str, number: int) -> Entry:
        try:
            return _parse(line)
        except ValueError as error:
            raise Unusable(
                f"Line {number} of {self._path} cannot be read ({error}); restore the file from a backup."
            ) from error


def serial_hex(serial: int) -> str:
    digits = f"{serial:X}"
    return digits.zfill(len(digits) + len(digits) % 2)


def revoked(entry: Entry, when: datetime, reason: x509.ReasonFlags) -> Entry:
    return replace(entry, revoked=when, reason=reason)


def _parse(line: str) -> Entry:
    columns = line.split("\t")
    if len(columns) != 6 or columns[0] not in ("V", "R", "E"):
        raise ValueError("not six columns of an index")
    _, expiry, revocation, serial, role, subject = columns
    when, _, reason = revocation.partition(",")
    return Entry(
        int(serial, 16),
        None if role == _UNKNOWN_ROLE else Role(role),
        subject.rpartition("/CN=")[2],
        _time(expiry),
        _time(when) if when else None,
        # reasons with a further comma (keyTime, holdInstruction) are older than RFC 5280 and count as none
        _REASONS.get(_MADE_BY_OPENSSL.get(reason, reason), x509.ReasonFlags.unspecified),
    )


def _line(entry: Entry, before: str = "") -> str:
    subject = before.split("\t")[5] if before else f"/CN={entry.name}"
    return "\t".join(
        [
            "V" if entry.revoked is None else "R",
            _text(entry.not_after),
            _revocation(entry),
            entry.serial_hex,
            entry.role or _UNKNOWN_ROLE,
            f"{subject}\n",
        ]
    )


def _revocation(entry: Entry) -> str:
    if entry.revoked is None:
        return ""
    if entry.reason is x509.ReasonFlags.unspecified:
        return _text(entry.revoked)
    written = {ours: theirs for theirs, ours in _MADE_BY_OPENSSL.items()}
    return f"{_text(entry.revoked)},{written.get(entry.reason.value, entry.reason.value)}"


def _time(text: str) -> datetime:
    if len(text) == len("YYMMDDhhmmssZ"):
        text = f"{'20' if text < '50' else '19'}{text}"  # RFC 5280 section 4.1.2.5.1
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _text(time: datetime) -> str:
    return time.strftime("%Y%m%d%H%M%SZ" if time.year >= 2050 else "%y%m%d%H%M%SZ")
