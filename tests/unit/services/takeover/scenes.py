"""Clusters whose service nodes are well, or not."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.unit.objects.worlds import Rows, nodes, world
from xcatd.noderange import fold
from xcatd.objects import World
from xcatd.services.health.state import Health, Word
from xcatd.services.takeover import Scene

NOW = 1000.0


def cluster(
    pools: Mapping[str, str],
    site: str = "",
    takeover: Rows = (),
    snmoves: Rows = (),
    more: Mapping[str, Rows] | None = None,
) -> World:
    """Nodes in the group compute, each with its pool, and the service nodes of these; `site` is site.takeover."""
    servers = {name: "service" for pool in pools.values() for name in pool.split(",") if name}
    return world(
        **{
            "nodelist": nodes(**{**dict.fromkeys(pools, "compute"), **servers}),
            "noderes": [{"node": node, "servicenode": pool} for node, pool in pools.items()],
            "site": [{"key": "takeover", "value": site}],
            "takeover": takeover,
            "snmoves": snmoves,
            **(more or {}),
        }
    )


def health(name: str, word: Word, lasts: float = 500.0, *, damped: bool = False) -> Health:
    return Health(name, word, NOW - lasts, (), damped)


def scene(there: World, *healths: Health, moving: tuple[str, ...] = (), me: tuple[str, ...] = ("mn1",)) -> Scene:
    """Those that are well or suspect have links."""
    linked = [one.name for one in healths if one.word in (Word.HEALTHY, Word.SUSPECT)]
    return Scene(there, {one.name: one for one in healths}, linked, NOW, me, moving)


def moved(
    number: int, source: str, dest: str, *names: str, state: str = "taken", failed: str = "", by_itself: bool = True
) -> dict[str, str | None]:
    """A row of table snmoves. `failed`: nodes for which its only step has failed."""
    group = {"nodes": fold(names), "old": source, "new": dest, "old_master": "", "master": "", "cells": [], "added": []}
    steps = [{"command": "nodeset", "nodes": fold(names), "words": ["enact"], "said": "", "on_nodes": False}]
    plan = {"takeover": by_itself, "on_nodes": False, "scripts": "", "groups": [group]}
    done = [{"step": 0, "failed": failed}]
    return {
        "id": str(number),
        "source": source,
        "dest": dest,
        "nodes": fold(names),
        "plan": json.dumps(plan),
        "steps": json.dumps(steps),
        "done": json.dumps(done),
        "state": state,
        "by": "mn1",
    }
