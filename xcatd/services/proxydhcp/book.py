"""What the boot server knows: the file that xcatd writes for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Any

MASTER, NODE = "<xcatmaster>", "<node>"
"""In files: the address of the server that has them, and the node's name."""


@dataclass(frozen=True, slots=True)
class Loader:
    """What machines of some architectures get. `in_ipxe`: when iPXE asks, else when the firmware does. `conf_file`: it stands in
    option 209."""

    architectures: Sequence[int]
    file: str
    in_ipxe: bool = False
    conf_file: bool = False


@dataclass(frozen=True, slots=True)
class Machine:
    """A node's. `server` has its files: an address, or MASTER. `file`: its loader whatever its firmware is, "" for that of the
    rules. `options`: codes and texts. `scripted`: iPXE gets the node's script. `silent`: it is not answered."""

    name: str
    server: str = MASTER
    file: str = ""
    options: Sequence[tuple[int, str]] = ()
    scripted: bool = False
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """One network. `server`: who has the files for machines that have no server of their own. `loaders`: what they get."""

    server: str = MASTER
    loaders: Sequence[Loader] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """`networks`: who is in none of them is not answered. `firmware`: what machines get in all of them. `scripts`: what nodes get
    that are scripted. `machines` by MAC address. `digest` tells it from others."""

    networks: Mapping[IPv4Network, Area]
    firmware: Sequence[Loader] = ()
    scripts: Sequence[Loader] = ()
    machines: Mapping[str, Machine] = field(default_factory=dict)
    digest: str = ""

    def network_of(self, address: IPv4Address) -> IPv4Network | None:
        """The smallest network that an address lies in."""
        found = (network for network in self.networks if address in network)
        return max(found, key=lambda network: network.prefixlen, default=None)

    def loaders(self, machine: Machine | None, network: IPv4Network) -> Iterator[Loader]:
        """What a machine may get, the first that fits."""
        if machine is not None and machine.scripted:
            yield from self.scripts
        yield from self.networks[network].loaders
        yield from self.firmware


def dumped(book: Book) -> str:
    """The text of its file, a line a machine."""
    head = {
        "digest": book.digest,
        "networks": {str(network): area for network, area in book.networks.items()},
        "firmware": book.firmware,
        "scripts": book.scripts,
    }
    machines = ",\n".join(f"  {json.dumps(mac)}: {json.dumps(_short(one))}" for mac, one in book.machines.items())
    return json.dumps(head, indent=1, default=_short)[:-2] + f',\n "machines": {{\n{machines}\n }}\n}}\n'


def loaded(text: str) -> Book:
    """The other way round. Raises ValueError, KeyError or TypeError for a text that is none."""
    found = json.loads(text)
    return Book(
        networks={IPv4Network(network): _area(**fields) for network, fields in found["networks"].items()},
        firmware=_loaders(found["firmware"]),
        scripts=_loaders(found["scripts"]),
        machines={mac: Machine(**fields) for mac, fields in found["machines"].items()},
        digest=found["digest"],
    )


def _short(one: Loader | Machine | Area) -> Mapping[str, Any]:
    """Its fields without those that say nothing."""
    defaults = type(one).__dataclass_fields__
    found = ((name, getattr(one, name)) for name in defaults)
    return {name: value for name, value in found if value != defaults[name].default}


def _loaders(found: Sequence[Mapping[str, Any]]) -> Sequence[Loader]:
    return tuple(Loader(**fields) for fields in found)


def _area(loaders: Sequence[Mapping[str, Any]] = (), server: str = MASTER) -> Area:
    return Area(server, _loaders(loaders))
