"""The hosts file of a management node, brought in line with the tables hosts, nics, mac and networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xcatd.objects import World, world_of
from xcatd.services.addresses import Found, Trouble, addresses_of, link_local
from xcatd.services.files import difference, locked, read_text, replace_text
from xcatd.services.hostnames import entries_of, taken
from xcatd.services.hostsfile import FRESH, Claim, Edited, Order, claim_of, edited
from xcatd.services.networks import Address, Networks, address_of, networks_of
from xcatd.store import Snapshot


@dataclass(frozen=True, slots=True)
class Places:
    """The files of a host below its root."""

    root: Path

    @property
    def hosts(self) -> Path:
        return self.root / "etc/hosts"

    @property
    def backup(self) -> Path:
        """What the file was before its last change, under xCAT's name."""
        return self.root / "etc/hosts.xcatbak"

    @property
    def lock(self) -> Path:
        return self.root / "run/xcat/hosts.lock"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done. `nodes` None: all nodes that table hosts names, whose addresses must then be there.

    `resolved`: what the resolver says of nodes without hosts.ip. `fresh`: nothing of the old file is kept. `link_local`: the
    addresses that follow from MACs instead of the main ones. `delete`: the nodes' lines go.
    """

    nodes: Sequence[str] | None
    resolved: Mapping[str, Address] = field(default_factory=dict)
    order: Order = Order.SHORT
    add_domain: bool = False
    link_local: bool = False
    fresh: bool = False
    delete: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What has come of it. `diff` is what would change, where nothing was to be changed."""

    changed: bool
    troubles: Sequence[Trouble]
    diff: Sequence[str] = ()


def update(places: Places, now: Callable[[], Snapshot], wish: Wish, *, dry_run: bool = False) -> Outcome:
    """Bring the hosts file up to date. It blocks: call it in a thread.

    `now` gives the snapshot when this run has the file for itself, so that of two runs the later one has the later tables.
    Raises ServiceError, with the file as it was.
    """
    with locked(places.lock):
        old = read_text(places.hosts)
        begin = FRESH if wish.fresh or not (old or wish.delete) else old
        made, troubles = rendered(begin, world_of(now()), wish)
        if dry_run or made.text == old:
            return Outcome(made.text != old, troubles, difference(places.hosts, old, made.text))
        return Outcome(replace_text(places.hosts, made.text, backup=places.backup), troubles)


def rendered(text: str, world: World, wish: Wish) -> tuple[Edited, Sequence[Trouble]]:
    """The new text of the file, and what is wrong in the tables. Pure."""
    networks = networks_of(world.snapshot)
    nodes = named_in_hosts(world) if wish.nodes is None else wish.nodes
    found = _found(world, nodes, wish)
    if wish.delete:
        return edited(text, list(_given_up(nodes, found, networks)), _owned(world)), ()
    entries = entries_of(found, networks, add_domain=wish.add_domain)
    made = edited(text, [claim_of(entry, wish.order) for entry in entries.entries], _owned(world))
    by_address = {str(entry.address): entry for entry in entries.entries}
    refused = (Trouble(claim.node, taken(by_address[claim.address], owner)) for claim, owner in made.refused)
    return made, (*(Trouble("", problem) for problem in networks.problems), *entries.troubles, *refused)


def named_in_hosts(world: World) -> Sequence[str]:
    """The nodes that table hosts names, by themselves or by a group, in the order of nodelist."""
    named: set[str] = set()
    keys = world.snapshot.table("hosts").keys()
    for key in keys:
        named.update((key,) if world.has_node(key) else world.members(key) or ())
    return [node for node in world.nodes() if node in named]


def _found(world: World, nodes: Sequence[str], wish: Wish) -> Found:
    resolved = None if wish.nodes is None else wish.resolved
    found = addresses_of(world, nodes, resolved)
    if not wish.link_local:
        return found
    by_mac = link_local(world, nodes)
    nics = [one for one in found.addresses if one.nic]
    return Found([*by_mac.addresses, *nics], by_mac.troubles)


def _given_up(nodes: Sequence[str], found: Found, networks: Networks) -> Iterator[Claim]:
    """Claims to all lines of nodes: those with their addresses, and those with their names."""
    for node in nodes:
        yield Claim("", node, node=node)
    for one in found.addresses:
        domain = networks.domain_of(one.address)
        yield Claim(str(one.address), one.name, node=one.node)
        yield Claim("", one.name.removesuffix(f".{domain}"), node=one.node)


def _owned(world: World) -> Callable[[str, str], bool]:
    def is_owned(address: str, name: str) -> bool:
        return world.has_node(name) and str(address_of(world.value(name, "hosts", "ip"))) == address

    return is_owned
