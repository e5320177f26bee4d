"""Hardware addresses of virtual machines: those in table mac, and for interfaces without one an address that is made for them.

What is made depends on the node, the interface and site.genmacprefix alone: so it is the same whoever asks, and before it stands in
the table.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Sequence, Set

from xcatd.errors import NotFound
from xcatd.objects.world import World
from xcatd.store import Put, Snapshot

_PREFIX = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){2}", re.ASCII)
_VMWARE = "00:50:56"
"""Of this prefix VMware keeps the addresses with one of the highest two bits of the fourth byte."""


def macs_of(world: World, node: str) -> Sequence[str]:
    """The addresses in mac.mac, in its order, in lower case."""
    return _addresses(world.value(node, "mac", "mac"))


def macs_for(world: World, node: str, count: int, taken: Set[str] = frozenset()) -> Sequence[str]:
    """Addresses for so many interfaces: those of the table, then made ones, which are not among those that are `taken`."""
    macs = list(macs_of(world, node))
    while len(macs) < count:
        macs.append(_unlike(world, node, len(macs), {*macs, *taken}))
    return macs[:count]


def kept(world: World, node: str, macs: Sequence[str]) -> Put:
    """The change that puts new addresses behind those in table mac. Those behind the first one have no name in the network."""
    old = world.value(node, "mac", "mac")
    parts = [old] if old else []
    for mac in macs[len(macs_of(world, node)) :]:
        parts.append(f"{mac}!*NOIP*" if parts else mac)
    return Put("mac", {"node": node}, {"mac": "|".join(parts)})


def all_macs(snapshot: Snapshot) -> Set[str]:
    """All addresses in table mac."""

    def gather() -> Set[str]:
        return {address for row in snapshot.table("mac").rows for address in _addresses(row["mac"])}

    return snapshot.cached("addresses of table mac", gather)


def _addresses(text: str) -> Sequence[str]:
    """`address!name|address!name`, as table mac has them."""
    return [address for part in text.split("|") if (address := part.partition("!")[0].strip().lower())]


def _unlike(world: World, node: str, place: int, others: Set[str]) -> str:
    attempt = 0
    while (mac := _made(world, node, place, attempt)) in others:
        attempt += 1
    return mac


def _made(world: World, node: str, place: int, attempt: int) -> str:
    """As xCAT makes them, except that chance is a digest of the node's name."""
    chance = hashlib.sha256(f"{node}/{place}/{attempt}".encode()).digest()
    prefix = world.snapshot.site("genmacprefix").strip().lower()
    if prefix:
        if not _PREFIX.fullmatch(prefix):
            raise NotFound(f"site.genmacprefix is {prefix!r}: write three bytes, such as 42:00:0a.")
        high = chance[0] & 0x3F if prefix == _VMWARE else chance[0]
        return f"{prefix}:{bytes((high, *chance[1:3])).hex(':')}"
    # 42: local, not for groups, and always lower than those of the bridges to which the machines are plugged
    return bytes((0x42, chance[0], *_low(world, node, chance))).hex(":")


def _low(world: World, node: str, chance: bytes) -> bytes:
    """The node's IPv4 address, which tells people whose address it is, else chance."""
    try:
        return ipaddress.IPv4Address(world.value(node, "hosts", "ip")).packed
    except ValueError:
        return chance[1:5]
