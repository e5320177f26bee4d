"""The configuration of Kea's servers (Kea Administrator Reference Manual, chapters 8 and 9), one line for each entry of a node."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from xcatd.services.dhcp.document import Document, Entry
from xcatd.services.dhcp.keaclasses import GRUB2, SCRIPTED, UNSCRIPTED, client_classes, rules_of
from xcatd.services.dhcp.keasubnets import definitions, options_of_all, subnets
from xcatd.services.dhcp.ranges import Range, ranges_of
from xcatd.services.dhcp.reservations import Reservation
from xcatd.services.dhcp.subnets import Served
from xcatd.services.networks import Network, address_of

_OURS = (SCRIPTED, UNSCRIPTED, GRUB2)
_DROP = "DROP"
"""Kea's own class of machines that get no answer."""
_MAC_SOURCES = ("client-link-addr-option", "ipv6-link-local", "duid")
"""Where DHCPv6 finds the MAC of the interface that asks: what a relay says (RFC 6939), the address that it asks from, and what it
calls itself, which may have the MAC of another interface."""
_DATA = Path("/var/lib/kea")
"""Where the server of DHCPv6 keeps its own identifier, if it is not told otherwise."""
_TAG = "@tag@"
"""In the file it is a digest of all the rest: the server can be asked which configuration it works with, and answers shortly."""
_TAGGED = re.compile('"server-tag": "([0-9a-f]+)"')
_HERE = "@reservations@"
_LINE = '{"hw-address": '
"""How the line of a reservation begins."""


@dataclass(frozen=True, slots=True)
class Kea:
    """The dialect. `socket` and `leases` are where the server has its control socket and its leases. `hook`: its library that
    lets leases be taken back, None where it is not installed. `version`: of IP."""

    socket: Path
    leases: Path
    hook: Path | None = None
    version: int = 4

    def fresh(self, served: Served) -> Document:
        rules = rules_of(served)
        head = {
            "user-context": {"xcat": 1},
            "server-tag": _TAG,
            "interfaces-config": {"interfaces": [*served.interfaces, *map("/".join, served.heard)]},
            "control-socket": {"socket-type": "unix", "socket-name": str(self.socket)},
            "lease-database": {"type": "memfile", "name": str(self.leases)},
            "hooks-libraries": [{"library": str(self.hook)}] if self.hook is not None else [],
            "valid-lifetime": served.lease,
            **self._identification(served),
            "ip-reservations-unique": False,
            "reservations-global": True,
            "reservations-in-subnet": True,
            "early-global-reservations-lookup": True,
            **definitions(self.version),
            "option-data": list(options_of_all(served)),
            "client-classes": list(client_classes(served, rules)),
            "reservations": [],
            f"subnet{self.version}": list(subnets(served, rules)),
        }
        return self._document(head, {})

    def _identification(self, served: Served) -> Mapping[str, Any]:
        if self.version == 6:
            return {
                **({} if self.leases.parent == _DATA else {"data-directory": str(self.leases.parent)}),
                "preferred-lifetime": served.lease,
                "mac-sources": list(_MAC_SOURCES),
                "host-reservation-identifiers": ["hw-address", "duid"],
            }
        return {"authoritative": True, "match-client-id": False, "host-reservation-identifiers": ["hw-address"]}

    def entry(self, reservation: Reservation, served: Served) -> Entry:
        mac, address = reservation.mac, reservation.address
        words: dict[str, Any] = {"hw-address": mac}
        if address is None:
            words |= {"client-classes": [_DROP], "user-context": {"xcat": reservation.node}}
        else:
            place = {"ip-address": str(address)} if self.version == 4 else {"ip-addresses": [str(address)]}
            words |= {**place, "hostname": reservation.node, **self._boot(reservation)}
        return Entry(reservation.node, mac, address, json.dumps(words))

    def _boot(self, reservation: Reservation) -> Mapping[str, Any]:
        boot, is_v4 = reservation.boot, self.version == 4
        words: dict[str, Any] = {}
        if reservation.server and is_v4:
            words["next-server"] = reservation.server
        words["client-classes"] = [SCRIPTED if boot.script else GRUB2 if boot.urls else UNSCRIPTED]
        if boot.file and is_v4:
            words["boot-file-name"] = boot.file
        options = [{"code": code, "data": text} for code, text in boot.options]
        if boot.file and not is_v4:
            options.append({"name": "bootfile-url", "data": boot.file})
        return {**words, "option-data": options} if options else words

    def parse(self, text: str) -> Document | None:
        """A file that is not JSON as RFC 8259 has it, as the one that comes with the package is not, is none of ours."""
        try:
            head = json.loads(text)[f"Dhcp{self.version}"]
            if "xcat" not in head["user-context"]:
                return None
            head["server-tag"] = _TAG
            return self._parsed(head, iter(_own_lines(text)))
        except (ValueError, KeyError, TypeError):
            return None

    def text(self, document: Document) -> str:
        """JSON, with a line for each entry."""
        by_network, key = _placed(document), f"subnet{self.version}"
        head = {**document.head, "reservations": [_HERE], key: []}
        lists = [[*_lines(document.head["reservations"]), *(entry.text for entry in by_network.get(None, ()))]]
        for subnet in document.head[key]:
            network = ip_network(subnet["subnet"])
            lists.append(
                [*_lines(subnet.get("reservations", ())), *(entry.text for entry in by_network.get(network, ()))]
            )
            head[key].append({**subnet, "reservations": [_HERE]})
        pieces = json.dumps({f"Dhcp{self.version}": head}, indent=1).split(f'"{_HERE}"')
        made = [pieces[0]]
        for lines, piece in zip(lists, pieces[1:], strict=True):
            made += [",\n".join(lines), piece]
        made.append("\n")
        digest = sha256()
        for piece in made:
            digest.update(piece.encode(errors="surrogateescape"))
        made[0] = made[0].replace(_TAG, digest.hexdigest(), 1)
        return "".join(made)

    def _document(
        self, head: dict[str, Any], entries: Mapping[str, tuple[Entry, ...]], foreign: Sequence[Entry] = ()
    ) -> Document:
        some = head[f"subnet{self.version}"]
        pools = [pool["pool"] for one in some for pool in one.get("pools", ())]
        ranges = [each for pool in pools for each in ranges_of(pool) if isinstance(each, Range)]
        return Document(head, tuple(ip_network(one["subnet"]) for one in some), tuple(ranges), entries, tuple(foreign))

    def _parsed(self, head: dict[str, Any], lines: Iterator[str]) -> Document:
        """Our entries are taken out of the head. `lines` are theirs, in the order of the file; a file that somebody has put into
        another form has others, or none, and gets back its lines."""
        entries: dict[str, list[Entry]] = {}
        foreign: list[Entry] = []
        for place in (head, *head[f"subnet{self.version}"]):
            others = []
            for words in place.get("reservations", ()):
                node, line = _node(words), next(lines, "")
                if node:
                    entries.setdefault(node, []).append(_entry(node, words, line))
                else:
                    others.append(words)
                    foreign += _foreign(words)
            place["reservations"] = others
        return self._document(head, {node: tuple(some) for node, some in entries.items()}, foreign)


def tag_of(text: str) -> str:
    """The server-tag of a file that `Kea.text` has made."""
    found = _TAGGED.search(text)
    assert found is not None
    return found[1]


def addresses_in(words: Mapping[str, Any]) -> Sequence[str]:
    """The addresses of a reservation of either family, as Kea has it."""
    found: Sequence[str] = words.get("ip-addresses") or [one for one in (words.get("ip-address"),) if one]
    return found


def _lines(reservations: Iterable[Mapping[str, Any]]) -> list[str]:
    return [json.dumps(one) for one in reservations]


def _own_lines(text: str) -> Sequence[str]:
    """The lines of reservations as `text` made them."""
    return [line.removesuffix(",") for line in map(str.strip, text.split("\n")) if line.startswith(_LINE)]


def _node(words: Mapping[str, Any]) -> str:
    """Whose a reservation is, "" for one that is not ours. The classes of nodes tell: the server takes a user-context for each
    entry too, but needs a fifth more time for all of them."""
    if any(one in _OURS for one in words.get("client-classes", ())):
        return str(words.get("hostname", ""))
    return str(words.get("user-context", {}).get("xcat", ""))


def _entry(node: str, words: Mapping[str, Any], line: str) -> Entry:
    mac, addresses = words.get("hw-address", ""), addresses_in(words)
    kept = address_of(addresses[0]) if addresses else None
    beginnings = (
        f'{_LINE}"{mac}", "ip-address": "{kept}", ',
        f'{_LINE}"{mac}", "ip-addresses": ["{kept}"], ',
    )
    return Entry(node, mac.lower(), kept, line if line.startswith(beginnings) else json.dumps(words))


def _foreign(words: Mapping[str, Any]) -> Iterator[Entry]:
    """What somebody else has written, an entry for each of its addresses."""
    mac, text = words.get("hw-address", "").lower(), json.dumps(words)
    for address in addresses_in(words) or ("",):
        yield Entry("", mac, address_of(address), text)


def _placed(document: Document) -> Mapping[Network | None, Sequence[Entry]]:
    """The entries by the network that they stand in, of several the smallest; None: in none, as those without an address."""
    masks = sorted({(int(one.netmask), one.prefixlen) for one in document.networks}, key=lambda mask: -mask[1])
    known = {(int(one.network_address), one.prefixlen): one for one in document.networks}
    placed: dict[Network | None, list[Entry]] = {}
    for node in sorted(document.entries):
        for entry in document.entries[node]:
            network: Network | None = None
            if entry.address is not None:
                number = int(entry.address)
                found = (known.get((number & mask, length)) for mask, length in masks)
                network = next((one for one in found if one is not None), None)
            placed.setdefault(network, []).append(entry)
    return placed
