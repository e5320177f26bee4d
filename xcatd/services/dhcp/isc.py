"""The configuration of ISC's DHCP server (dhcpd.conf(5), dhcp-eval(5)), one line for each host of a node.

What depends on the kind of machine stands with the networks. For DHCPv4 a node's line has only the URL of its script, in an option
of our own that is never sent: the server evaluates the name of a boot file when it has read the node's line. For DHCPv6 it does
not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_network

from xcatd.services.dhcp.boot import CONF_FILE, WWW_SERVER
from xcatd.services.dhcp.document import Document, Entry
from xcatd.services.dhcp.iscsubnets import SCRIPT, WORDS, file_statement, quoted, script_statement, subnet_lines
from xcatd.services.dhcp.ranges import Range, ranges_of
from xcatd.services.dhcp.reservations import Reservation
from xcatd.services.dhcp.subnets import Served
from xcatd.services.networks import address_of

MARK = "#xCAT generated dhcp configuration"
"""The first line of a file that is ours, as xCAT 2 has it."""
_VERSION = "# of xcatd, form 2: hosts are one line each, and -n makes all other lines anew"
_INTERFACES = "# interfaces: "
_HOST = re.compile(r"host \S+ \{ hardware \S+ (\S+); (?:fixed-address6? (\S+); )?.*# xCAT node (\S+)")
_SUBNET = re.compile(r"\s*subnet6? (\S+?)(?: netmask |/)(\S+) \{")
_RANGE = re.compile(r"\s*range(?:6| dynamic-bootp) (\S+) (\S+);")
_OPTIONS = {CONF_FILE: "conf-file", WWW_SERVER: "www-server"}
_OF_BOTH = ("ddns-update-style none;", "authoritative;")
_DEFINITIONS = {
    4: (
        "option conf-file code 209 = text;",
        "option space gpxe;",
        "option gpxe-encap-opts code 175 = encapsulate gpxe;",
        "option gpxe.no-pxedhcp code 176 = unsigned integer 8;",
        "option user-class-identifier code 77 = string;",
        "option client-architecture code 93 = unsigned integer 16;",
        "option tcode code 101 = text;",
        "option www-server code 114 = string;",
        "option cumulus-provision-url code 239 = text;",
        "ignore client-updates;",
        "option gpxe.no-pxedhcp 1;",
        "option space xcat;",
        f"option {SCRIPT} code 1 = text;",
        *_OF_BOTH,
    ),
    6: (
        "option dhcp6.user-class code 15 = string;",
        "option dhcp6.vendor-class code 16 = { integer 32, integer 16, string };",
        *_OF_BOTH,
    ),
}


@dataclass(frozen=True, slots=True)
class Isc:
    """The dialect. `version`: of IP."""

    version: int = 4

    def fresh(self, served: Served) -> Document:
        lines = [MARK, _VERSION, f"{_INTERFACES}{' '.join(served.interfaces)}", *_DEFINITIONS[self.version]]
        if served.timezone and self.version == 4:
            lines.append(f"option tcode {quoted(served.timezone)};")
        lines += [f"{kind}-lease-time {served.lease};" for kind in ("max", "min", "default")]
        for interface in served.interfaces:
            there = [one for one in served.subnets if one.interface == interface]
            if there:
                lines.append(f"shared-network {interface} {{")
                lines += [line for one in there for line in subnet_lines(one, served.port)]
                lines.append("}")
        lines += [line for one in served.subnets if not one.interface for line in subnet_lines(one, served.port)]
        return _document(lines, {})

    def entry(self, reservation: Reservation, served: Served) -> Entry:
        node, mac, address = reservation.node, reservation.mac, reservation.address
        kind = "ethernet" if len(mac) == 17 else "infiniband"
        name = f"{node}-{mac.replace(':', '')}"
        start = f"host {name} {{ hardware {kind} {mac};"
        if address is None:
            return Entry(node, mac, None, f"{start} deny booting; }} # xCAT node {node}")
        words = " ".join([f"{WORDS[self.version].address} {address};", *self._told(reservation)])
        return Entry(node, mac, address, f"{start} {words} }} # xCAT node {node}")

    def _told(self, reservation: Reservation) -> Iterator[str]:
        """Statements of an operator are for DHCPv4, as those of xCAT 2 are."""
        boot, is_v4 = reservation.boot, self.version == 4
        if is_v4:
            yield f"option host-name {quoted(reservation.node)};"
        if reservation.server and is_v4:
            yield f"next-server {reservation.server};"
        if boot.file:
            yield file_statement(boot.file, boot.urls, self.version)
        for code, text in boot.options:
            yield f"option {_OPTIONS[code]} {quoted(text)};"
        if boot.script:
            yield script_statement(boot.script, self.version)
        if reservation.statements and is_v4:
            yield " ".join(reservation.statements.split())

    def parse(self, text: str) -> Document | None:
        lines = text.splitlines()
        if lines[:2] != [MARK, _VERSION]:
            return None
        entries: dict[str, list[Entry]] = {}
        others: list[str] = []
        for line in lines:
            found = _HOST.fullmatch(line)
            if found is None:
                others.append(line)
                continue
            mac, address, node = found.groups()
            entries.setdefault(node, []).append(Entry(node, mac, address_of(address or ""), line))
        return _document(others, {node: tuple(some) for node, some in entries.items()})

    def text(self, document: Document) -> str:
        hosts = (entry.text for node in sorted(document.entries) for entry in document.entries[node])
        return "\n".join((*document.head, *hosts, ""))


def interfaces_of(document: Document) -> str:
    """The interfaces on which the server listens, with blanks between: its file cannot say it, its start does."""
    lines: Sequence[str] = document.head
    return next(line for line in lines if line.startswith(_INTERFACES)).removeprefix(_INTERFACES)


def with_variable(text: str, name: str, value: str) -> str:
    """A file of shell variables in which one has another value."""
    line, old = f'{name}="{value}"', re.compile(rf"^{name}=.*$", re.MULTILINE)
    if old.search(text):
        return old.sub(line, text)
    return f"{text.rstrip()}\n{line}\n".lstrip()


def _document(lines: Sequence[str], entries: dict[str, tuple[Entry, ...]]) -> Document:
    networks = [ip_network("/".join(found.groups())) for line in lines if (found := _SUBNET.match(line))]
    pairs = ["-".join(found.groups()) for line in lines if (found := _RANGE.match(line))]
    ranges = [each for pair in pairs for each in ranges_of(pair) if isinstance(each, Range)]
    return Document(tuple(lines), tuple(networks), tuple(ranges), entries)
