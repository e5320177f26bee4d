"""The forms of values that columns accept, where schema.md states them: wide enough for all that xCAT understands."""

from __future__ import annotations

from xcatd.store.schema.table import Accepts


def one_of(*words: str) -> Accepts:
    """One of these words, in any case of letters."""
    return Accepts(_listed(words), f"(?i:{'|'.join(words)})")


def some_of(*words: str) -> Accepts:
    """A list, separated by commas, of these words, in any case of letters."""
    word = f"(?i:{'|'.join(words)})"
    return Accepts(f"a comma list of {_listed(words)}", rf"{word}(?: ?, ?{word})*")


def _listed(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


_YES_NO = "1|0|yes|no|y|n|true|false|on|off|enabled?|disabled?"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_IPV6 = r"[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(?:%\w+)?"
_ADDRESS = rf"(?:{_IPV4}|{_IPV6})"
_HOST = r"(?:[\w.:-]+|<xcatmaster>)"
_MAC = r"[0-9A-Fa-f]{2}(?:[:-]?[0-9A-Fa-f]{2}){5,19}(?:![^|!]+)?"
_RANGE = r"[0-9A-Fa-f.:]+(?:/\d+)?(?:-[0-9A-Fa-f.:]+)?"

YES_NO = Accepts("yes, y, 1, on, true, enable or no, n, 0, off, false, disable", f"(?i:{_YES_NO})")
LEVEL_2 = Accepts("0, 1 or 2, or yes or no", f"(?i:2|{_YES_NO})")
NUMBER = Accepts("a whole number", r"\d+")
DECIMAL = Accepts("a number such as 4 or 4.5", r"\d+(?:\.\d+)*")
PORT = Accepts(
    "a port number from 1 to 65535", r"0*(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])"
)
VLAN = Accepts("a VLAN number from 0 to 4095, or off", r"(?i:off)|\d{1,3}|[1-3]\d{3}|40[0-8]\d|409[0-5]")
SIZE = Accepts("a number, with a unit such as MB", r"\d+(?:\.\d+)? ?(?i:[KMGT]i?B?)?")
OCTAL = Accepts("the mode of a file in octal, such as 755", "[0-7]{3,4}")
WORD = Accepts("one word of letters, digits, dots, hyphens and underscores", r"[\w.-]+")
WORDS = Accepts("a comma list of words", r"[^\s,]+(?: ?, ?[^\s,]+)*,?")
NAMES = Accepts("a comma list of names", r"[^\s,]+(?:,[^\s,]+)*,?")
ADDRESS = Accepts("an IP address", _ADDRESS)
ADDRESSES = Accepts("a comma list of IP addresses", rf"{_ADDRESS}(?:[ ,]+{_ADDRESS})*")
HOST_LIST = Accepts("a comma list of host names, IP addresses or <xcatmaster>", rf"{_HOST}(?:[ ,]+{_HOST})*")
HOST = Accepts("a host name, an IP address or <xcatmaster>", _HOST)
NETWORK = Accepts("the address of a network", rf"default|{_ADDRESS}(?:/\d{{1,3}})?")
MASK = Accepts("a netmask or a prefix length", rf"{_IPV4}|/?\d{{1,3}}|0x[0-9A-Fa-f]{{8}}|{_IPV6}(?:/\d{{1,3}})?")
RANGES = Accepts("ranges such as 10.0.0.10-10.0.0.99, separated by ;", rf"{_RANGE}(?:[;,] ?{_RANGE})*;?")
MACS = Accepts("a MAC address, or MAC!hostname pairs separated by |", rf"{_MAC}(?:\|{_MAC})*\|?")
UUID = Accepts("a UUID", r"[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}")
PER_NIC = Accepts("nic!value pairs, separated by commas", r"[^!:,|]+[!:].*")
PER_PORT = Accepts("name:value pairs, separated by commas", r"[^:,]+:[^,]+(?:,[^:,]+:[^,]+)*,?")
PAIRS = Accepts("name=value pairs, separated by commas", r"[^=,]+=.*")
SELECTION = Accepts("conditions such as attr==value, joined by ::", r"[^=!~]+(?:==|=~|!=|!~).*")
TIME = Accepts("a time such as 12-31-2024 23:59:59", r"\d\d?-\d\d?-\d{4} \d\d?:\d\d:\d\d")
SLOTS = Accepts("a slot number, or a range of them", r"\d+(?:-\d+)?")
THREE_NUMBERS = Accepts(
    "a number, or three as min/wanted/max", r"\d+(?:\.\d+)?[A-Za-z]*(?:/\d+(?:\.\d+)?[A-Za-z]*){0,2}"
)
ARCHITECTURES = (
    *("x86_64", "x86", "ppc64", "ppc64le", "ppc64el", "aarch64", "arm64", "ia64", "armv7l"),
    *("s390x", "s390", "i386", "i486", "i586", "i686", "amd64", "ppc"),
)
ARCHITECTURE = one_of(*ARCHITECTURES)
