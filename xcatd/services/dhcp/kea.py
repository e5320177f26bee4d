"""The configuration of Kea's DHCPv4 server (Kea Administrator Reference Manual, chapter 8), one line for each entry of a node."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from xcatd.services.dhcp.boot import CONF_FILE, Rule, network_rules
from xcatd.services.dhcp.document import Document, Entry
from xcatd.services.dhcp.keaclasses import SCRIPTED, client_classes
from xcatd.services.dhcp.ranges import Range, ranges_of
from xcatd.services.dhcp.reservations import Reservation
from xcatd.services.dhcp.subnets import Served, Subnet
from xcatd.services.networks import address_of

_DROP = "DROP"
"""Kea's own class of machines that get no answer."""
_IPXE, _CUMULUS, _TIMEZONE = 175, 239, 101
_NO_PROXY = "B00101"
"""In option 175, iPXE's own: do not wait for a proxy DHCP server."""
_HERE = "@reservations@"
_LINE = '{"hw-address": '
"""How the line of a reservation begins."""


@dataclass(frozen=True, slots=True)
class Kea:
    """The dialect. `socket` and `leases` are where the server has its control socket and its leases. `hook`: its library that
    lets leases be taken back, None where it is not installed."""

    socket: Path
    leases: Path
    hook: Path | None = None

    def fresh(self, served: Served) -> Document:
        rules = {one: network_rules(one, served.port) for one in served.subnets}
        head = {
            "user-context": {"xcat": 1},
            "interfaces-config": {"interfaces": list(served.interfaces)},
            "control-socket": {"socket-type": "unix", "socket-name": str(self.socket)},
            "lease-database": {"type": "memfile", "name": str(self.leases)},
            "hooks-libraries": [{"library": str(self.hook)}] if self.hook is not None else [],
            "valid-lifetime": served.lease,
            "authoritative": True,
            "match-client-id": False,
            "host-reservation-identifiers": ["hw-address"],
            "ip-reservations-unique": False,
            "reservations-global": True,
            "reservations-in-subnet": True,
            "early-global-reservations-lookup": True,
            "option-def": [
                {"name": "conf-file", "code": CONF_FILE, "type": "string"},
                {"name": "ipxe", "code": _IPXE, "type": "binary"},
                {"name": "cumulus-provision-url", "code": _CUMULUS, "type": "string"},
            ],
            "option-data": list(_options_of_all(served)),
            "client-classes": list(client_classes(rules.values(), served.port)),
            "reservations": [],
            "subnet4": list(_subnets(served, rules)),
        }
        return _document(head, {})

    def entry(self, reservation: Reservation, served: Served) -> Entry:
        mac, address = reservation.mac, reservation.address
        words: dict[str, Any] = {"hw-address": mac}
        if address is None:
            words["client-classes"] = [_DROP]
        else:
            words |= {"ip-address": str(address), "hostname": reservation.node, **_boot(reservation)}
        words["user-context"] = {"xcat": reservation.node}
        return Entry(reservation.node, mac, address, json.dumps(words))

    def parse(self, text: str) -> Document | None:
        """A file that is not JSON as RFC 8259 has it, as the one that comes with the package is not, is none of ours."""
        try:
            head = json.loads(text)["Dhcp4"]
            if "xcat" not in head["user-context"]:
                return None
            return _parsed(head, iter(_own_lines(text)))
        except (ValueError, KeyError, TypeError):
            return None

    def text(self, document: Document) -> str:
        """JSON, with a line for each entry."""
        by_network = _placed(document)
        head = {**document.head, "reservations": [_HERE], "subnet4": []}
        lists = [[*_lines(document.head["reservations"]), *(entry.text for entry in by_network.get(None, ()))]]
        for subnet in document.head["subnet4"]:
            network = IPv4Network(subnet["subnet"])
            lists.append(
                [*_lines(subnet.get("reservations", ())), *(entry.text for entry in by_network.get(network, ()))]
            )
            head["subnet4"].append({**subnet, "reservations": [_HERE]})
        pieces = json.dumps({"Dhcp4": head}, indent=1).split(f'"{_HERE}"')
        made = [pieces[0]]
        for lines, piece in zip(lists, pieces[1:], strict=True):
            made += [",\n".join(lines), piece]
        return "".join(made) + "\n"


def _lines(reservations: Iterable[Mapping[str, Any]]) -> list[str]:
    return [json.dumps(one) for one in reservations]


def _document(
    head: dict[str, Any], entries: Mapping[str, tuple[Entry, ...]], foreign: Sequence[Entry] = ()
) -> Document:
    networks = [IPv4Network(one["subnet"]) for one in head["subnet4"]]
    pools = [pool["pool"] for one in head["subnet4"] for pool in one.get("pools", ())]
    ranges = [each for pool in pools for each in ranges_of(pool) if isinstance(each, Range)]
    return Document(head, tuple(networks), tuple(ranges), entries, tuple(foreign))


def _own_lines(text: str) -> Sequence[str]:
    """The lines of reservations as `text` made them."""
    return [line.removesuffix(",") for line in map(str.strip, text.split("\n")) if line.startswith(_LINE)]


def _parsed(head: dict[str, Any], lines: Iterator[str]) -> Document:
    """Our entries are taken out of the head. `lines` are theirs, in the order of the file; a file that somebody has put into
    another form has others, or none, and gets back its lines."""
    entries: dict[str, list[Entry]] = {}
    foreign: list[Entry] = []
    for place in (head, *head["subnet4"]):
        others = []
        for words in place.get("reservations", ()):
            entry = _entry(words, next(lines, ""))
            if entry.node:
                entries.setdefault(entry.node, []).append(entry)
            else:
                others.append(words)
                foreign.append(entry)
        place["reservations"] = others
    return _document(head, {node: tuple(some) for node, some in entries.items()}, foreign)


def _entry(words: Mapping[str, Any], line: str) -> Entry:
    node = words.get("user-context", {}).get("xcat", "")
    address = address_of(words.get("ip-address", ""))
    kept = address if isinstance(address, IPv4Address) else None
    mac = words.get("hw-address", "")
    text = line if line.startswith(f'{_LINE}"{mac}", "ip-address": "{kept}", ') else json.dumps(words)
    return Entry(node, mac.lower(), kept, text)


def _placed(document: Document) -> Mapping[IPv4Network | None, Sequence[Entry]]:
    """The entries by the network that they stand in, of several the smallest; None: in none, as those without an address."""
    masks = sorted({(int(one.netmask), one.prefixlen) for one in document.networks}, key=lambda mask: -mask[1])
    known = {(int(one.network_address), one.prefixlen): one for one in document.networks}
    placed: dict[IPv4Network | None, list[Entry]] = {}
    for node in sorted(document.entries):
        for entry in document.entries[node]:
            network = None
            if entry.address is not None:
                number = int(entry.address)
                found = (known.get((number & mask, length)) for mask, length in masks)
                network = next(filter(None, found), None)
            placed.setdefault(network, []).append(entry)
    return placed


def _boot(reservation: Reservation) -> Mapping[str, Any]:
    boot = reservation.boot
    words: dict[str, Any] = {}
    if reservation.server:
        words["next-server"] = reservation.server
    if boot.scripted:
        words["client-classes"] = [SCRIPTED]
    if boot.file:
        words["boot-file-name"] = boot.file
    if boot.options:
        words["option-data"] = [{"code": code, "data": text} for code, text in boot.options]
    return words


def _subnets(served: Served, rules: Mapping[Subnet, Sequence[Rule]]) -> Iterator[Mapping[str, Any]]:
    for number, one in zip(_numbers(served.subnets), served.subnets, strict=True):
        place = {"interface": one.interface} if one.interface else {}
        yield {
            "id": number,
            "subnet": str(one.network),
            **place,
            "next-server": one.server,
            "pools": [{"pool": f"{each.first} - {each.last}"} for each in one.ranges],
            "require-client-classes": [rule.name for rule in rules[one]],
            "option-data": list(_options(one, served.port)),
            "reservations": [],
        }


def _numbers(subnets: Sequence[Subnet]) -> Iterator[int]:
    """A number for each subnet that stays the same whatever other networks there are: leases are kept under it."""
    taken: set[int] = set()
    for one in subnets:
        number = int(one.network.network_address) ^ one.network.prefixlen
        while number in taken or not 0 < number < 0xFFFFFFFF:
            number = number % 0xFFFFFFFE + 1
        taken.add(number)
        yield number


def _options_of_all(served: Served) -> Iterator[Mapping[str, Any]]:
    yield {"code": _IPXE, "data": _NO_PROXY, "csv-format": False}
    if served.timezone:
        yield {"code": _TIMEZONE, "data": served.timezone}


def _options(one: Subnet, port: str) -> Iterator[Mapping[str, Any]]:
    suffix = "" if port == "80" else f":{port}"
    for name, data in (
        ("routers", one.router),
        ("domain-name", one.domain),
        ("domain-search", ", ".join(one.search)),
        ("domain-name-servers", ", ".join(one.nameservers)),
        ("ntp-servers", ", ".join(one.ntpservers)),
        ("log-servers", ", ".join(one.logservers)),
        ("interface-mtu", one.mtu),
        ("cumulus-provision-url", f"http://{one.server}{suffix}/install/postscripts/cumulusztp"),
    ):
        if data:
            yield {"name": name, "data": data}
