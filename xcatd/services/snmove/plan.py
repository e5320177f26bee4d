"""Which cells of the tables change when nodes go to another service node (protocol.md 9.1; manual: service node take over).

All nodes are planned before anything is changed: what is wrong with one of them is a sentence in `Planned.problems`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from xcatd.errors import NodeError, NotFound
from xcatd.objects import World, service_pool
from xcatd.objects.routes import monitors_of
from xcatd.services.drained import drain_of
from xcatd.services.networks import MASTER, address_of
from xcatd.services.snmove.known import Known

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
    master = wish.master or (old_master if stays else "") or _master(known, node, new)
    cells = _cells(world, node, _Sides(pool, new, old_master, master, known.names(pool[0], old_master)))
    gateway, note = default_route(known, node, new, master)
    return Move(node, pool[0], new, old_master, master, cells, gateway, tuple(filter(None, (note,))))


def _next(world: World, node: str, pool: Sequence[str], wish: Wish) -> str:
    """The one that is wished, drained or not; else the next of the pool that is not drained."""
    new = wish.to or next((name for name in pool[1:] if drain_of(world.snapshot, name) is None), "")
    if not new:
        others = f"{pool[0]} alone" if not pool[1:] else f"{','.join(pool)}, and all but the first are drained"
        raise NodeError(
            f"Could not determine a backup service node for node {node}: noderes.servicenode is {others}: say one with -d"
        )
    if new == node:
        raise NodeError("a node cannot be its own service node: say another one with -d")
    return new


def _master(known: Known, node: str, new: str) -> str:
    """The new service node as the node will know it. Raises NodeError when the tables cannot say."""
    if (found := facing(known, node, new)) is not None:
        return found
    network = known.network(node)
    if network is None:
        why = "its own address and the network of it are not in tables hosts and networks"
    else:
        why = f"tables hosts and nics have no address of {new} in its network {network.name}"
    raise NodeError(f"Could not determine an xcatmaster value for node {node}: {why}: add it, or say it with -D")


def facing(known: Known, node: str, server: str) -> str | None:
    """The address of a service node in a node's network, by the tables; None when they do not have it."""
    network = known.network(node)
    found = known.facing(server, network) if network is not None else None
    return None if found is None else str(found)


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


def _cells(world: World, node: str, sides: _Sides) -> Sequence[Cell]:
    wanted: dict[tuple[str, str], str] = {("noderes", "xcatmaster"): sides.master}
    if sides.new != sides.old:
        wanted["noderes", "servicenode"] = ",".join(_first(sides.pool, sides.new))
        for column in _SERVERS:
            if world.value(node, "noderes", column) in sides.names:
                wanted["noderes", column] = sides.master
        if monserver := _monserver(world, node, sides):
            wanted["noderes", "monserver"] = monserver
        if conserver := _conserver(world.value(node, "nodehm", "conserver"), sides):
            wanted["nodehm", "conserver"] = conserver
    return tuple(_differing(world, node, wanted))


def _differing(world: World, node: str, wanted: Mapping[tuple[str, str], str]) -> Iterator[Cell]:
    for (table, column), after in sorted(wanted.items()):
        before = world.value(node, table, column)
        if before != after:
            yield Cell(table, column, before, after)


def _first(pool: Sequence[str], new: str) -> Sequence[str]:
    return (new, *(name for name in pool if name != new))


def _monserver(world: World, node: str, sides: _Sides) -> str:
    """The new noderes.monserver: a name, a pool, or `a,b` as the management node and as the node know it; "" to leave it alone."""
    monitors = monitors_of(world, node)
    if not monitors.pool or monitors.pool[0] not in sides.names:
        return ""
    if monitors.seen:
        return f"{sides.new},{sides.master}"
    return ",".join(_first(monitors.pool, sides.new) if monitors.pool[1:] else (sides.new,))


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


def default_route(known: Known, node: str, new: str, master: str) -> tuple[str, str]:
    """The address of a node's default route, where its network says that this is its server; and a sentence where it cannot be
    told."""
    network = known.network(node)
    if network is None or network.gateway.strip() != MASTER:
        return "", ""
    address = known.address(master, new) if master and address_of(master) is None else address_of(master)
    if address is None:
        return "", f"its default route stays as it is, because nobody knows an address of {master or new}"
    return str(address), ""
