"""Lines of a hosts file: an address and its names. What cannot become a name in DNS is told apart, with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from xcatd.services.hostnames import HostEntry
from xcatd.services.hostsfile import HostLine, host_lines
from xcatd.services.networks import Address

_NAMES = re.compile(r"[A-Za-z0-9. \t-]+")
_LEADING_ZERO = re.compile(r"(?:^|\.)0+(?=\d)")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
"""A label of a host name (RFC 1123 section 2.1)."""
_LOCAL = ("localhost", "loopback")
"""Names with these words in them are the affair of each host, not of DNS."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An address and its names as they stand in a line: the first is the host's, the others are aliases."""

    address: Address
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.names[0]


@dataclass(frozen=True, slots=True)
class Entries:
    """`ignored`: a sentence about each line that is left out."""

    good: tuple[Entry, ...]
    ignored: tuple[str, ...]


def entries_in(text: str, place: str = "/etc/hosts") -> Entries:
    """The entries of a hosts file. Lines of names that are local to each host are passed over without a word."""
    good: list[Entry] = []
    ignored: list[str] = []
    for line in host_lines(text):
        problem = _problem(line)
        if problem:
            shown = line.text.partition("#")[0].strip()
            ignored.append(f"Ignoring line {shown} in {place}, {problem}")
        elif line.address is not None and not _is_local(line.address, line.names[0]):
            good.append(Entry(line.address, line.names))
    return Entries(tuple(good), tuple(ignored))


def entries_from(hosts: Iterable[HostEntry]) -> Entries:
    """The entries of nodes, as makehosts would write them into the hosts file."""
    good: list[Entry] = []
    ignored: list[str] = []
    for host in hosts:
        names = (host.short, host.long, *host.aliases)
        bad = next((name for name in names if not is_host_name(name)), None)
        if bad is None:
            good.append(Entry(host.address, names))
        else:
            ignored.append(f"Ignoring address {host.address} of node {host.node}, name {bad} is no host name.")
    return Entries(tuple(good), tuple(ignored))


def _problem(line: HostLine) -> str:
    """Why a line is left out; "" when it is not."""
    first = line.text.split(None, 1)[0]
    if ":" not in first and _LEADING_ZERO.search(first):
        return "ip address octets can not contain leading zeroes."
    if line.address is None:
        return "address seems malformed."
    if not line.names:
        return "there is no name behind the address."
    joined = " ".join(line.names)
    if not _NAMES.fullmatch(joined):
        return (
            f"names {joined} contain invalid characters (valid characters include a through z, numbers and the '-', "
            "but not '_'"
        )
    bad = next((name for name in line.names if name.startswith(".")), None)
    if bad is not None:
        return f"name {bad} start with . "
    bad = next((name for name in line.names if not is_host_name(name)), None)
    return "" if bad is None else f"name {bad} is no host name."


def is_host_name(name: str) -> bool:
    """Whether a name can be a host's: labels of letters, digits and `-`, of 63 at most, 253 together."""
    return len(name) <= 253 and all(map(_LABEL.fullmatch, name.rstrip(".").split(".")))


def _is_local(address: Address, name: str) -> bool:
    return address.is_loopback or any(word in name for word in _LOCAL)
