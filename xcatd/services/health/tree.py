"""The tree of daemons as `xcatstatus --tree` shows it, of what they say of themselves and of each other. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from xcatd.objects import World, service_pool
from xcatd.services.health.state import Word
from xcatd.services.health.telling import FACT, Told, read_fact, span
from xcatd.services.staticroutes import service_nodes

Facts = Mapping[str, Mapping[str, str]]
"""What daemons say, by their names: fact -> text."""
_DEEPEST = 8
_NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """One daemon. `above`: the one above it, "" at the top, of which `told` is None. `nodes`: how many are its own; `second`: in
    whose pools it comes later, and for how many nodes. `facts`: none where it does not answer."""

    name: str
    depth: int
    above: str
    told: Told | None
    facts: Mapping[str, str] = field(default_factory=dict)
    nodes: int = 0
    second: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_healthy(self) -> bool:
        return self.told is None or self.told.word is Word.HEALTHY

    @property
    def trouble(self) -> str:
        """A sentence, "" for one that is healthy."""
        if self.told is None or self.is_healthy:
            return ""
        damped = ", and has been so too often lately" if self.told.damped else ""
        why = f": {self.told.why}" if self.told.why else ""
        return f"{self.name} is {self.told.word} for {span(self.told.seconds)}{damped}{why}"


@dataclass(frozen=True, slots=True)
class Pools:
    """How many nodes each service node has: as the first of their pools, "" for nodes of the management node, and behind whom."""

    first: Counter[str]
    later: Mapping[str, Counter[str]]

    @classmethod
    def of(cls, world: World) -> Pools:
        """Counts all nodes: keep it as long as the snapshot."""
        first: Counter[str] = Counter()
        later: dict[str, Counter[str]] = {}
        for pool, count in Counter(world.column(world.nodes(), "noderes", "servicenode")).items():
            names = [_short(name.strip()) for name in pool.split(",") if name.strip()] or [""]
            first[names[0]] += count
            for name in dict.fromkeys(names[1:]):
                later.setdefault(name, Counter())[names[0]] += count
        return cls(first, later)


def rows(world: World, facts: Facts, top: str, *, is_master: bool) -> Sequence[Row]:
    """The daemon `top`, and those below it, each behind the one above it."""
    pools = world.snapshot.cached("health: pools", lambda: Pools.of(world))
    own = pools.first[""] if is_master else pools.first[top]
    first = Row(
        top, 0, "", None, facts.get(top, {}), own + (pools.first[top] if is_master else 0), pools.later.get(top, {})
    )
    return [first, *_below(world, facts, pools, top, 1)]


def _below(world: World, facts: Facts, pools: Pools, above: str, depth: int) -> Iterator[Row]:
    if depth > _DEEPEST:
        return
    told = {name.removeprefix(FACT): text for name, text in facts.get(above, {}).items() if name.startswith(FACT)}
    silent = f"{Word.UNKNOWN} 0s: {above} does not answer"
    for name in sorted(told or ({} if above in facts else _by_tables(world, above))):
        health = read_fact(told.get(name, silent))
        row = Row(name, depth, above, health, facts.get(name, {}), pools.first[name], pools.later.get(name, {}))
        yield row
        yield from _below(world, facts, pools, name, depth + 1)


def _by_tables(world: World, above: str) -> Mapping[str, str]:
    """Who should be below a daemon that does not say so itself."""
    nodes = [name for name in service_nodes(world) if world.has_node(name)]
    return {_short(name): "" for name in nodes if [_short(one) for one in service_pool(world, name)[:1]] == [above]}


def attributes(row: Row) -> Mapping[str, str]:
    """For JSON: texts, what is not known is left out."""
    told = row.told
    found = {
        "above": row.above,
        "health": "" if told is None else str(told.word),
        "seconds": "" if told is None else str(told.seconds),
        "damped": "1" if told is not None and told.damped else "",
        "reason": "" if told is None else told.why,
        "version": row.facts.get("version", ""),
        "tables": row.facts.get("tables", ""),
        "load": row.facts.get("load", ""),
        "nodes": str(row.nodes),
        "second": ",".join(f"{name}:{count}" for name, count in sorted(row.second.items())),
    }
    return {name: text for name, text in found.items() if text}


def lines(rows: Sequence[Row]) -> Iterator[str]:
    """A line each, in columns, indented as the tree is."""
    cells = [_cells(row, rows[0].facts.get("version", "")) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _cells(row: Row, lead: str) -> Sequence[str]:
    health = "here" if row.told is None else f"{row.told.word} {span(row.told.seconds)}"
    damped = " (damped)" if row.told is not None and row.told.damped else ""
    facts = row.facts
    return (
        f"{'  ' * row.depth}{row.name}",
        health + damped,
        _version(facts.get("version", ""), lead),
        f"tables {facts['tables']}" if "tables" in facts else _NOTHING,
        f"load {facts['load']}" if "load" in facts else _NOTHING,
        _served(row),
    )


def _version(version: str, lead: str) -> str:
    """The number; all of it where the number alone does not tell it from the first one's."""
    number = _number(version)
    return (version if number == _number(lead) and version != lead else number) or _NOTHING


def _number(version: str) -> str:
    return version.partition(" (")[0].removeprefix("Version ")


def _served(row: Row) -> str:
    later = ", ".join(f"{count} of {name or 'nobody'}" for name, count in sorted(row.second.items()))
    own = f"{row.nodes} node{'' if row.nodes == 1 else 's'}"
    return f"{own}, second for {later}" if later else own


def _short(name: str) -> str:
    return name.partition(".")[0]
