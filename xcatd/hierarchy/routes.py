"""Which way to a node: it is ours, it is below us behind a pool of service nodes, or it is above us.

Source of the rule: "How-To Setup Hierarchy in xCAT 2", 1.1.1 and 1.1.1.1 (service node pools): `noderes.servicenode` is a
list, taken left to right. A service node's own `servicenode` says who is above it, so trees may be deeper than two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from xcatd.errors import Loop
from xcatd.model import Role
from xcatd.objects import World, service_pool

HERE = ""
"""Stands for this daemon in a list of ways."""
ABOVE = ".."
"""Stands for the daemon above: it knows the way."""

_MANAGEMENT = "__mgmtnode"
"""The group of management nodes."""

_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Me:
    """This daemon in the tree. `names`: every name by which the tables may call it."""

    name: str
    role: Role
    names: frozenset[str]

    def __contains__(self, name: str) -> bool:
        return name in self.names or name.partition(".")[0] in self.names


@dataclass(frozen=True, slots=True)
class Plan:
    """Who does what. `below` maps the ways to try, left to right, to the nodes behind them; HERE is a way like others."""

    here: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    below: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)


class Routes:
    """The routes of one snapshot."""

    def __init__(self, world: World, me: Me) -> None:
        self._world = world
        self._me = me
        self._ways: dict[tuple[str, ...], tuple[str, ...]] = {}

    def plan(
        self,
        nodes: Iterable[str],
        *,
        from_above: bool,
        above_alive: bool,
        pools: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> Plan:
        """Split nodes by who must work on them.

        `pools`: who works on nodes that are not their owner's affair; empty: the management node. `from_above`: the daemon
        above us has chosen us, so nothing goes back up. `above_alive`: when it is not, a service node of the pool serves its
        nodes itself, even when it is not the first one.
        """
        here: list[str] = []
        above: list[str] = []
        below: dict[tuple[str, ...], list[str]] = {}
        for node in nodes:
            pool = pools.get(node)
            ways = self.ways(service_pool(self._world, node) if pool is None else pool)
            if self._me.role is Role.SERVICE:
                ways = _usable(ways, from_above, above_alive)
            if ways[0] == HERE:
                here.append(node)
            elif ways[0] == ABOVE:
                above.append(node)
            else:
                below.setdefault(ways, []).append(node)
        return Plan(tuple(here), tuple(above), {ways: tuple(names) for ways, names in below.items()})

    def ways(self, pool: tuple[str, ...]) -> tuple[str, ...]:
        """The next hops towards a pool, left to right. Raises Loop."""
        if pool not in self._ways:
            hops = (self._hop(name) for name in pool)
            nobody = ABOVE if self._me.role is Role.SERVICE else HERE
            self._ways[pool] = tuple(dict.fromkeys(hops)) or (nobody,)
        return self._ways[pool]

    def below(self) -> tuple[str, ...]:
        """The daemons directly below us: those in noderes.servicenode, and in the table servicenode but for management
        nodes, and those on the way to them. Raises Loop."""
        world = self._world
        pools = set(world.column(world.nodes(), "noderes", "servicenode"))
        names = dict.fromkeys(name.strip() for pool in sorted(pools) for name in pool.split(","))
        entries = world.snapshot.table("servicenode").keys()
        for entry in entries:
            names |= dict.fromkeys((entry,) if world.has_node(entry) else world.members(entry) or ())
        hops = (self._hop(name) for name in names if name and _MANAGEMENT not in world.groups_of(name))
        return tuple(hop for hop in dict.fromkeys(hops) if hop not in (HERE, ABOVE))

    def towards(self, names: Iterable[str]) -> tuple[str, ...]:
        """The daemons directly below us that are service nodes of these names, or lead to them. Raises Loop."""
        hops = dict.fromkeys(map(self._hop, names))
        return tuple(hop for hop in hops if hop not in (HERE, ABOVE))

    def _hop(self, name: str) -> str:
        """The daemon directly below us on the way to `name`; ABOVE when `name` is not below us."""
        below = name
        for _ in range(_DEEPEST):
            if below in self._me:
                return HERE
            above = service_pool(self._world, below)
            if any(parent in self._me for parent in above):
                return below
            if not above:
                return ABOVE if self._me.role is Role.SERVICE else below
            below = above[0]
        raise Loop(
            f"The servicenode entries above {name} lead in a circle or are deeper than {_DEEPEST}; see: nodels {name} "
            "noderes.servicenode"
        )


def _usable(ways: tuple[str, ...], from_above: bool, above_alive: bool) -> tuple[str, ...]:
    """The ways that a service node may take.

    Where the daemon above comes in, it is the one to try the pool left to right, unless we come first. When it has chosen
    us, or cannot be asked, we do what we can ourselves.
    """
    if ABOVE not in ways or ways[0] == HERE:
        return ways
    ours = tuple(way for way in ways if way != ABOVE)
    if from_above:
        return ours or (HERE,)
    return (ABOVE,) if above_alive or not ours else ours
