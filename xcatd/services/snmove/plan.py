"""Which cells of the tables change when nodes go to another service node (protocol.md 9.1; manual: service node take over).

All nodes are planned before anything is changed: what is wrong with one of them is a sentence in `Planned.problems`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from xcatd.errors import NodeError, NotFound
from xcatd.objects import World, service_pool
from xcatd.services.networks import MASTER, address_of
from xcatd.services.snmove.known import Known
from xcatd.store import Put

_SERVERS: Final = ("tftpserver", "nfsserver")
_AIX: Final = "nodetype.os is AIX: snmove moves nodes with Linux only, because NIM is not served"


@dataclass(frozen=True, slots=True)
class Wish:
    """What was typed. `source`: the old service node as the nodes know it; `to`: the new one, "" for the next of each node's pool;
    `master`: the new one as the nodes know it, "" for what the tables say."""

    source: str = ""
    to: str = ""
    master: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a node that changes."""

    table: str
    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Move:
    """One node. `old_master` and `master` are the service nodes as the node knows them; `gateway` is the address of its new default
    route, "" where that is none of ours. `notes` are sentences about what is left alone. Without `cells` it is there already."""

    node: str
    old: str
    new: str
    old_master: str
    master: str
    cells: Sequence[Cell] = ()
    gateway: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """`problems`: why a node cannot be moved; then none is."""

    moves: list[Move] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)


def nodes_of(world: World, server: str) -> Sequence[str]:
    """The nodes of which a service node is the first in the pool."""
    nodes = world.nodes()
    texts = world.column(nodes, "noderes", "servicenode")
    return sorted(node for node, text in zip(nodes, texts, strict=True) if text.partition(",")[0].strip() == server)


def planned(world: World, nodes: Sequence[str], wish: Wish, known: Known | None = None) -> Planned:
    """The moves of these nodes. Raises NotFound: the wish names a service node that is no node."""
    if wish.to and not world.has_node(wish.to):
        raise NotFound(f"There is no node {wish.to}: -d takes a service node by the name that noderes.servicenode has")
    known = known or Known(world)
    plan = Planned()
    for node in nodes:
        try:
            plan.moves.append(_move(known, node, wish))
        except NodeError as error:
            plan.problems[node] = str(error)
    return plan


def changes_of(moves: Sequence[Move]) -> Sequence[Put]:
    """The changes of the tables: cells of the nodes themselves, whatever their groups say."""
    found: dict[tuple[str, str], dict[str, str | None]] = {}
    for move in moves:
        for cell in move.cells:
            found.setdefault((cell.table, move.node), {})[cell.column] = cell.after
    return [Put(table, {"node": node}, values) for (table, node), values in found.items()]


def _move(known: Known, node: str, wish: Wish) -> Move:
    """Raises NodeError, which says why there is none."""
    world = known.world
    if world.value(node, "nodetype", "os").strip().upper().startswith("AIX"):
        raise NodeError(_AIX)
    pool = service_pool(world, node)
    if not pool:
        raise NodeError(
            "noderes.servicenode is empty, so it has no service node that it could leave: set it with chdef"
        )
    new = _next(world, node, pool, wish)
    old_master = wish.source or world.value(node, "noderes", "xcatmaster")
    stays = new == pool[0]
    master = wish.master or (old_master if stays else "") or _facing(known, node, new)
    cells, notes = _cells(known, node, _Sides(pool, new, old_master, master, known.names(pool[0], old_master)))
    gateway, note = _gateway(known, node, new, master)
    return Move(node, pool[0], new, old_master, master, cells, gateway, (*notes, *filter(None, (note,))))


def _next(world: World, node: str, pool: Sequence[str], wish: Wish) -> str:
    new = wish.to or next(iter(pool[1:]), "")
    if not new:
        raise NodeError(
            f"Could not determine a backup service node for node {node}: noderes.servicenode is {pool[0]} alone: say one with -d"
        )
    if new == node:
        raise NodeError("a node cannot be its own service node: say another one with -d")
    return new


def _facing(known: Known, node: str, new: str) -> str:
    """The address of the new service node in the node's network, by the tables."""
    network = known.network(node)
    if network is None:
        why = "its own address and the network of it are not in tables hosts and networks"
    elif (found := known.facing(new, network)) is not None:
        return str(found)
    else:
        why = f"tables hosts and nics have no address of {new} in its network {network.name}"
    raise NodeError(f"Could not determine an xcatmaster value for node {node}: {why}: add it, or say it with -D")


@dataclass(frozen=True, slots=True)
class _Sides:
    """`names`: all by which the old one is called."""

    pool: Sequence[str]
    new: str
    old_master: str
    master: str
    names: Collection[str]

    @property
    def old(self) -> str:
        return self.pool[0]


def _cells(known: Known, node: str, sides: _Sides) -> tuple[Sequence[Cell], Sequence[str]]:
    """What changes, and what is said about the rest."""
    world, notes = known.world, []
    wanted: dict[tuple[str, str], str] = {("noderes", "xcatmaster"): sides.master}
    if sides.new != sides.old:
        wanted["noderes", "servicenode"] = ",".join(_first(sides.pool, sides.new))
        for column in _SERVERS:
            if world.value(node, "noderes", column) in sides.names:
                wanted["noderes", column] = sides.master
        monserver = world.value(node, "noderes", "monserver")
        if monserver and "," not in monserver:
            notes.append(f"noderes.monserver is {monserver}, not two names with a comma between, and is left alone")
        elif monserver.partition(",")[0].strip() in sides.names:
            wanted["noderes", "monserver"] = f"{sides.new},{sides.master}"
        if conserver := _conserver(world.value(node, "nodehm", "conserver"), sides):
            wanted["nodehm", "conserver"] = conserver
    return tuple(_differing(world, node, wanted)), notes


def _differing(world: World, node: str, wanted: Mapping[tuple[str, str], str]) -> Iterator[Cell]:
    for (table, column), after in sorted(wanted.items()):
        before = world.value(node, table, column)
        if before != after:
            yield Cell(table, column, before, after)


def _first(pool: Sequence[str], new: str) -> Sequence[str]:
    return (new, *(name for name in pool if name != new))


def _conserver(text: str, sides: _Sides) -> str:
    """The new nodehm.conserver: a name, a pool, or `a:b` as the management node and as the nodes know it; "" to leave it alone."""
    if text in sides.names:  # an address of IPv6, too
        return sides.new
    here, colon, _ = text.partition(":")
    pool = [name for name in map(str.strip, here.split(",")) if name]
    if not pool or pool[0] not in sides.names:
        return ""
    moved = _first(pool, sides.new) if pool[1:] else (sides.new,)
    return ",".join(moved) + (f":{sides.master}" if colon else "")


def _gateway(known: Known, node: str, new: str, master: str) -> tuple[str, str]:
    """The address of the node's default route, where its network says that this is its server; and a sentence where it cannot be
    told."""
    network = known.network(node)
    if network is None or network.gateway.strip() != MASTER:
        return "", ""
    address = known.address(master, new) if address_of(master) is None else address_of(master)
    if address is None:
        return "", f"its default route stays as it is, because nobody knows an address of {master}"
    return str(address), ""
