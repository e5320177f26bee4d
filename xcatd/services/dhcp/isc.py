"""The configuration of ISC's DHCP server (dhcpd.conf(5), dhcp-eval(5)), one line for each host of a node."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_network

from xcatd.services.dhcp.boot import CONF_FILE, FIRMWARE, IPXE_NAMES, WWW_SERVER, Rule, network_rules, node_rules
from xcatd.services.dhcp.document import Document, Entry
from xcatd.services.dhcp.ranges import Range, ranges_of
from xcatd.services.dhcp.reservations import Reservation
from xcatd.services.dhcp.subnets import Served, Subnet
from xcatd.services.networks import address_of

MARK = "#xCAT generated dhcp configuration"
"""The first line of a file that is ours, as xCAT 2 has it."""
_VERSION = "# of xcatd: hosts are one line each, and -n makes all other lines anew"
_INTERFACES = "# interfaces: "
_HOST = re.compile(r"host \S+ \{ hardware \S+ (\S+); (?:fixed-address (\S+); )?.*# xCAT node (\S+)")
_SUBNET = re.compile(r"\s*subnet (\S+) netmask (\S+) \{")
_RANGE = re.compile(r"\s*range dynamic-bootp (\S+) (\S+);")
_WORD = re.compile(r'["\\\n]')
_OPTIONS = {CONF_FILE: "conf-file", WWW_SERVER: "www-server"}
_DEFINITIONS = (
    "option conf-file code 209 = text;",
    "option space gpxe;",
    "option gpxe-encap-opts code 175 = encapsulate gpxe;",
    "option gpxe.no-pxedhcp code 176 = unsigned integer 8;",
    "option user-class-identifier code 77 = string;",
    "option client-architecture code 93 = unsigned integer 16;",
    "option tcode code 101 = text;",
    "option www-server code 114 = string;",
    "option cumulus-provision-url code 239 = text;",
    "ddns-update-style none;",
    "ignore client-updates;",
    "authoritative;",
    "option gpxe.no-pxedhcp 1;",
)


@dataclass(frozen=True, slots=True)
class Isc:
    """The dialect."""

    def fresh(self, served: Served) -> Document:
        lines = [MARK, _VERSION, f"{_INTERFACES}{' '.join(served.interfaces)}", *_DEFINITIONS]
        if served.timezone:
            lines.append(f"option tcode {_quoted(served.timezone)};")
        lines += [f"{kind}-lease-time {served.lease};" for kind in ("max", "min", "default")]
        for interface in served.interfaces:
            there = [one for one in served.subnets if one.interface == interface]
            if there:
                lines.append(f"shared-network {interface} {{")
                lines += [line for one in there for line in _subnet(one, served.port)]
                lines.append("}")
        lines += [line for one in served.subnets if not one.interface for line in _subnet(one, served.port)]
        return _document(lines, {})

    def entry(self, reservation: Reservation, served: Served) -> Entry:
        node, mac, address = reservation.node, reservation.mac, reservation.address
        kind = "ethernet" if len(mac) == 17 else "infiniband"
        name = f"{node}-{mac.replace(':', '')}"
        start = f"host {name} {{ hardware {kind} {mac};"
        if address is None:
            return Entry(node, mac, None, f"{start} deny booting; }} # xCAT node {node}")
        words = " ".join(
            [f"fixed-address {address};", f"option host-name {_quoted(node)};", *_boot(reservation, served)]
        )
        return Entry(node, mac, address, f"{start} {words} }} # xCAT node {node}")

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
            entries.setdefault(node, []).append(Entry(node, mac, _address(address), line))
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


def _address(text: str | None) -> IPv4Address | None:
    address = address_of(text) if text else None
    return address if isinstance(address, IPv4Address) else None


def _document(lines: Sequence[str], entries: dict[str, tuple[Entry, ...]]) -> Document:
    networks = [ip_network("/".join(found.groups())) for line in lines if (found := _SUBNET.match(line))]
    pairs = ["-".join(found.groups()) for line in lines if (found := _RANGE.match(line))]
    ranges = [each for pair in pairs for each in ranges_of(pair) if isinstance(each, Range)]
    return Document(
        tuple(lines), tuple(one for one in networks if isinstance(one, IPv4Network)), tuple(ranges), entries
    )


def _boot(reservation: Reservation, served: Served) -> Iterator[str]:
    boot = reservation.boot
    if reservation.server:
        yield f"next-server {reservation.server};"
    if boot.file:
        yield f"filename {_quoted(boot.file)};"
    for code, text in boot.options:
        yield f"option {_OPTIONS[code]} {_quoted(text)};"
    if boot.scripted:
        server = reservation.server or _server(reservation, served)
        yield " ".join(map(str.strip, _choice(node_rules(server, reservation.node, served.port))))
    if reservation.statements:
        yield " ".join(reservation.statements.split())


def _server(reservation: Reservation, served: Served) -> str:
    there = [one for one in served.subnets if reservation.address is not None and reservation.address in one.network]
    return max(there, key=lambda one: one.network.prefixlen).server


def _subnet(one: Subnet, port: str) -> Iterator[str]:
    suffix = "" if port == "80" else f":{port}"
    yield f"  subnet {one.network.network_address} netmask {one.network.netmask} {{"
    yield f"    next-server {one.server};"
    for name, value in (
        ("routers", one.router),
        ("domain-name", _quoted(one.domain)),
        ("domain-search", ", ".join(map(_quoted, one.search))),
        ("domain-name-servers", ", ".join(one.nameservers)),
        ("ntp-servers", ", ".join(one.ntpservers)),
        ("log-servers", ", ".join(one.logservers)),
        ("interface-mtu", one.mtu),
        ("cumulus-provision-url", _quoted(f"http://{one.server}{suffix}/install/postscripts/cumulusztp")),
    ):
        if value:
            yield f"    option {name} {value};"
    yield from (f"    {line}" for line in _choice((*network_rules(one, port), *FIRMWARE)))
    yield from (f"    range dynamic-bootp {each.first} {each.last};" for each in one.ranges)
    yield "  }"


def _choice(rules: Iterable[Rule]) -> Iterator[str]:
    """One statement, in lines: the first rule that holds counts."""
    rules = tuple(rules)
    loader, firmware = (tuple(rule for rule in rules if rule.in_ipxe is asks) for asks in (True, False))
    yield f"if {_ipxe_test()} {{"
    yield from _cases(loader)
    if firmware:
        yield "} else {"
        yield from _cases(firmware)
    yield "}"


def _cases(rules: Sequence[Rule]) -> Iterator[str]:
    for place, rule in enumerate(rules):
        kinds = " or ".join(
            f"option client-architecture = {high:02x}:{low:02x}" for high, low in map(_bytes, rule.architectures)
        )
        yield f"  {'else ' if place else ''}if {kinds} {{ {_answer(rule)} }}"


def _answer(rule: Rule) -> str:
    if rule.conf_file:
        return f"option conf-file {_quoted(rule.file)};"
    if rule.url:
        return f'option vendor-class-identifier "HTTPClient"; filename {_quoted(rule.file)};'
    return f"filename {_quoted(rule.file)};"


def _bytes(number: int) -> tuple[int, int]:
    return number >> 8, number & 0xFF


def _ipxe_test() -> str:
    """Option 77 with the name, or, as RFC 3004 has it, with a byte for its length before it."""
    tests = (
        f'substring(option user-class-identifier, {start}, 4) = "{name}"' for name in IPXE_NAMES for start in (0, 1)
    )
    return " or ".join(tests)


def _quoted(text: str) -> str:
    return '"' + _WORD.sub("", text) + '"'
