"""The network settings of a BMC, word by word (IPMI 2.0, section 23.1, table 23-4): what each is on the wire and in print.

The labels are those that xCAT 2 prints: scripts look for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address

from xcatd.errors import UsageError
from xcatd.hardware.ipmi.text import printable
from xcatd.hardware.settings import Setting

IP, SOURCE, MAC = "ip", "ipsrc", "mac"
DHCP = "dhcp"
SOURCE_PARAMETER, STATIC = 4, b"\x01"
VLAN_ON = 0x80
_SOURCES = {0: "Unspecified", 1: "Static", 2: "DHCP", 3: "BIOS", 4: "Other"}
_SOURCE_CODES = {"static": 1, DHCP: 2}
OFF_WORDS = frozenset({"off", "dis", "disable", "disabled"})
ON_WORDS = frozenset({"on", "en", "enable", "enabled"})

Encode = Callable[[str, str], bytes]
"""The octets for a word and the value that was typed. UsageError: there are none."""


def _never(word: str, value: str) -> bytes:
    raise UsageError(f"{word} can only be read")


@dataclass(frozen=True, slots=True)
class LanWord:
    """`least`: octets of data that must be there to be shown. `row`: which one, of a parameter that is a table.
    `may_cut`: changing it may leave the BMC where we do not reach it."""

    parameter: int
    least: int
    show: Callable[[bytes], Setting]
    encode: Encode = _never
    row: int = 0
    may_cut: bool = False

    @property
    def can_be_set(self) -> bool:
        return self.encode is not _never


# Encoding


def _address(word: str, value: str) -> bytes:
    """All zero stands for none."""
    try:
        address = IPv4Address(value)
    except ValueError:
        raise UsageError(f'"{value}" is no value for {word}: give an IPv4 address, such as 10.0.0.5') from None
    if address.is_multicast or int(address) == 0xFFFFFFFF:
        raise UsageError(f"{value} is no value for {word}: no host can have this address, give another one")
    return address.packed


def _own_address(word: str, value: str) -> bytes:
    address = _address(word, value)
    if not any(address):
        raise UsageError(f"{value} is no value for {word}: give the address that the BMC shall have, or {DHCP}")
    return address


def _mask(word: str, value: str) -> bytes:
    try:
        mask = IPv4Address(value)
    except ValueError:
        raise UsageError(f'"{value}" is no value for {word}: give it as 255.255.255.0') from None
    bits = f"{int(mask):032b}"
    if "01" in bits or bits[0] == "0":
        raise UsageError(f"{value} is no value for {word}: the ones of a mask come first, as in 255.255.240.0")
    return mask.packed


def _number(word: str, value: str, lowest: int, highest: int, unit: str = "") -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 6 and lowest <= int(value) <= highest):
        raise UsageError(f'"{value}" is no value for {word}: give a number{unit} from {lowest} to {highest}')
    return int(value)


def _vlan(word: str, value: str) -> bytes:
    if value.lower() in OFF_WORDS:
        return bytes(2)
    if not value.isdigit():
        raise UsageError(f'"{value}" is no value for {word}: give a number from 1 to 4094, or off')
    number = _number(word, value, 1, 4094)
    return bytes((number & 0xFF, VLAN_ON | number >> 8))


def _garp(word: str, value: str) -> bytes:
    """The unit is half a second, in one octet; xCAT 2 sends nothing below two seconds."""
    return bytes((2 * _number(word, value, 2, 127, " of seconds"),))


def _source(word: str, value: str) -> bytes:
    code = _SOURCE_CODES.get(value.lower())
    if code is None:
        raise UsageError(f'"{value}" is no value for {word}: give static or {DHCP}')
    return bytes((code,))


def _community(word: str, value: str) -> bytes:
    if not (value.isascii() and value.isprintable() and 1 <= len(value) <= 18):
        raise UsageError(f'"{value}" is no value for {word}: give 1 to 18 letters, digits and signs')
    return value.encode().ljust(18, b"\0")


def _destination(row: int) -> Encode:
    """The row of table 23-4, parameter 19: an IPv4 address, by the default gateway, its MAC address not known."""
    return lambda word, value: bytes((row, 0, 0)) + _address(word, value) + bytes(6)


# Showing


def _as_address(label: str, at: int = 0) -> Callable[[bytes], Setting]:
    return lambda data: Setting(label, str(IPv4Address(data[at : at + 4])))


def _as_vlan(data: bytes) -> Setting:
    if not data[1] & VLAN_ON:
        return Setting("BMC VLAN disabled", "")
    return Setting("BMC VLAN ID enabled", str((data[1] & 0x0F) << 8 | data[0]))


def _as_community(data: bytes) -> Setting:
    return Setting("SP SNMP Community", printable(data[:18].split(b"\0")[0].decode("ascii", "replace")))


def _as_source(data: bytes) -> Setting:
    return Setting("BMC IP Source", _SOURCES.get(data[0] & 0x0F, "Other"))


def _as_garp(data: bytes) -> Setting:
    return Setting("Gratuitous ARP seconds", str(data[0] // 2))


def _as_mac(data: bytes) -> Setting:
    return Setting("BMC MAC", data[:6].hex(":"))


def _snmp(row: int) -> LanWord:
    return LanWord(0x13, 7, _as_address(f"SP SNMP Destination {row}", 3), _destination(row), row)


LAN_WORDS: dict[str, LanWord] = {
    IP: LanWord(0x03, 4, _as_address("BMC IP"), _own_address, may_cut=True),
    "netmask": LanWord(0x06, 4, _as_address("BMC Netmask"), _mask, may_cut=True),
    "gateway": LanWord(0x0C, 4, _as_address("BMC Gateway"), _address, may_cut=True),
    "backupgateway": LanWord(0x0E, 4, _as_address("BMC Backup Gateway"), _address),
    "vlan": LanWord(0x14, 2, _as_vlan, _vlan, may_cut=True),
    SOURCE: LanWord(SOURCE_PARAMETER, 1, _as_source, _source, may_cut=True),
    MAC: LanWord(0x05, 6, _as_mac),
    "garp": LanWord(0x0B, 1, _as_garp, _garp),
    **{f"snmpdest{row}": _snmp(row) for row in (1, 2, 3, 4)},
    "community": LanWord(0x10, 1, _as_community, _community),
}
"""In the order in which they are best shown."""
ALIASES = {"snmpdest": "snmpdest1"}
