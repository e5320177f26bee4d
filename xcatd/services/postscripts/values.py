"""Single values of a node that the template can name: `$NTYPE` and its like."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from xcatd.objects import World
from xcatd.objects.endpoints.macs import macs_of
from xcatd.services.postscripts.here import Here
from xcatd.services.service import NO, YES

ALL: Final = "allgroups"


def node_type(world: World, node: str) -> str:
    """What a node is to its scripts: MN (group __mgmtnode), service (a row in table servicenode), else compute."""
    if "__mgmtnode" in world.groups_of(node):
        return "MN"
    return "service" if world.row(node, "servicenode") else "compute"


def state(world: World, node: str) -> str:
    """How the node boots: the first word of chain.currstate."""
    return world.value(node, "chain", "currstate").partition(" ")[0]


def zone(world: World, node: str) -> str:
    """The node's zone of SSH keys: nodelist.zonename, else the default one; "" where table zone is empty."""
    rows = [row for row in world.snapshot.table("zone").rows if not row.hidden]
    named = world.value(node, "nodelist", "zonename")
    if any(row["zonename"] == named for row in rows):
        return named
    return next((row["zonename"] for row in rows if row["defaultzone"].lower() in YES), "")


def may_ssh(world: World, node: str) -> bool:
    """Whether root of this node may log in to others: by its zone, where there is one, else by site.sshbetweennodes."""
    name = zone(world, node)
    if name:
        row = next(row for row in world.snapshot.table("zone").rows if row["zonename"] == name)
        return not row["sshbetweennodes"] or row["sshbetweennodes"].lower() not in NO
    text = world.snapshot.site("sshbetweennodes", ALL)
    if text.strip().lower() == ALL:
        return True
    return not set(re.split(r"[\s,]+", text)).isdisjoint(world.groups_of(node))


VALUES: Final[Mapping[str, Callable[[Here, str], str]]] = {
    "NODE": lambda here, node: node,
    "NSETSTATE": lambda here, node: state(here.world, node),
    "NTYPE": lambda here, node: node_type(here.world, node),
    "MACADDRESS": lambda here, node: next(iter(macs_of(here.world, node)), ""),
    "ENABLESSHBETWEENNODES": lambda here, node: "YES" if may_ssh(here.world, node) else "NO",
    "ZONENAME": lambda here, node: zone(here.world, node),
}
"""What stands for `$NAME` in a template."""
