"""Where the nodes of a dead service node go: to a healthy one of their own pool, the one with the least load first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from xcatd.services.takeover.policy import Served, short


@dataclass(frozen=True, slots=True)
class Choice:
    """`goes`: the nodes that go to a service node, by the name that their pool has for it. `alone`: nodes without another one in
    their pool. `waiting`: nodes of whose pool no other one is healthy now."""

    goes: dict[str, list[Served]] = field(default_factory=dict)
    alone: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)


def chosen(
    nodes: Iterable[Served], healthy: Collection[str], loads: Mapping[str, int], averages: Mapping[str, float]
) -> Choice:
    """Where each of the nodes goes. `healthy`, `loads` (nodes served) and `averages` (load averages, as far as they are known) are
    by short names. Each node that goes counts as load for the next one; with equal loads the order of the pool decides."""
    choice, load = Choice(), dict(loads)
    for one in nodes:
        others = [name for name in one.pool[1:] if short(name) != short(one.pool[0])]
        fit = [name for name in others if short(name) in healthy]
        if fit:
            best = min(fit, key=lambda name: (load.get(short(name), 0), averages.get(short(name), 0.0)))
            load[short(best)] = load.get(short(best), 0) + 1
            choice.goes.setdefault(best, []).append(one)
        else:
            (choice.waiting if others else choice.alone).append(one.node)
    return choice
