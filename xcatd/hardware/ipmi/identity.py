"""What a BMC says of itself: its make, its firmware, its number in the world (IPMI 2.0, sections 20.1, 22.14)."""

from __future__ import annotations

import uuid

from xcatd.hardware.ipmi.text import printable

GUID_LENGTH = 16
_VERSIONS = range(1, 6)
"""Of identifiers by RFC 4122."""
_MAKERS = {2: "IBM", 343: "Intel", 19046: "Lenovo", 20301: "IBM"}


def maker(manufacturer: int) -> str:
    """A manufacturer's number by IANA, with the name where xCAT prints one."""
    name = _MAKERS.get(manufacturer)
    return f"{name} ({manufacturer})" if name else str(manufacturer)


def firmware_revision(device_id: bytes) -> str:
    """From the data of Get Device ID: the major part, a point, and two digits in BCD."""
    minor = "".join(_bcd(nibble) for nibble in (device_id[3] >> 4, device_id[3] & 0x0F))
    return f"{device_id[2] & 0x7F}.{minor}"


def _bcd(nibble: int) -> str:
    return "0123456789 -."[nibble] if nibble < 13 else ""


def guid_text(octets: bytes) -> str:
    """A GUID as the node's own firmware shows it.

    BMCs send it in the order of SMBIOS; by the letter of table 20-10 it would be the reverse, and some send it as it is
    written. The first of these orders is taken in which it looks like an identifier that was made by a rule.
    """
    orders = (uuid.UUID(bytes_le=octets), uuid.UUID(bytes=octets[::-1]), uuid.UUID(bytes=octets))
    made = next((order for order in orders if order.version in _VERSIONS), orders[0])
    return str(made).upper()


def system_text(encoding: int, octets: bytes) -> str:
    """A string of Get System Info Parameters (table 22-16c): Latin-1, UTF-8 or Unicode."""
    names = ("latin-1", "utf-8", "utf-16-le")
    return printable(octets.decode(names[encoding] if encoding < len(names) else "latin-1", "replace"))
