"""What a host writes to `nodeenrol`: lines with a name and a colon, then a certificate request."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from xcatd.api import UsageError
from xcatd.services.nodes.tokens import Shown

MOST = 32 * 1024
"""Characters that a host may send."""
_BEGIN = "-----BEGIN "


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be signed: a request in PEM, and ssh host keys."""

    request: str
    host_keys: tuple[str, ...]


def read_first(text: str) -> tuple[Shown, Wanted]:
    """Of a host that has a token. Raises UsageError."""
    values, wanted = _read(text, {"token", "mac", "uuid"}, "token: TOKEN`, `mac: ADDRESS`, `uuid: UUID")
    return Shown(values["token"], tuple(values.get("mac", "").split()), values.get("uuid", "")), wanted


def read_renewal(text: str) -> tuple[str, Wanted]:
    """Of a host that has a certificate: its serial number, in hexadecimal digits. Raises UsageError."""
    values, wanted = _read(text, {"serial"}, "serial: NUMBER")
    return values["serial"], wanted


def _read(text: str, known: Set[str], lines: str) -> tuple[dict[str, str], Wanted]:
    """The values of the known names, of which the first one in `lines` must be there."""
    if len(text) > MOST:
        raise UsageError(f"nodeenrol: more than {MOST} characters on standard input are no request")
    head, begin, request = text.partition(_BEGIN)
    pairs = [line.partition(":")[::2] for line in head.splitlines() if line.strip()]
    named = [(name.strip().lower(), value.strip()) for name, value in pairs]
    values = {name: value for name, value in named if name != "hostkey"}
    if not begin or not values.get(lines.partition(":")[0]) or set(values) - known:
        raise UsageError(f"nodeenrol: write lines `{lines}` and a certificate request in PEM on standard input")
    return values, Wanted(begin + request, tuple(value for name, value in named if name == "hostkey"))
