"""Which scripts run on a node, and whether this host has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from xcatd.api import NotFound, UsageError
from xcatd.objects import World, service_pool
from xcatd.plugins.updatenode.carried import Round
from xcatd.plugins.updatenode.wish import Wish
from xcatd.services.postscripts.lists import MARKS, Stage, scripts_in, scripts_of, section

_SOFTWARE: Final = ("ospkgs", "otherpkgs")
_CLONES: Final = "syscloneimgupdate"
"""Packages of nodes that are copies of another one: a script that images of xCAT 2 bring along."""
_PROGRAM: Final = "installxcatd"
"""The daemon of service nodes, as this host has it."""
_BROUGHT: Final = "xcatd/SHA256SUMS"
"""Below the installdir, where this host has brought what its own program was installed from."""
_SERVER: Final = "setuppostbootscripts"
"""The same for nodes that run their scripts at each boot."""
POSTSCRIPTS: Final = "Running of postscripts has completed."
SOFTWARE: Final = "Running of Software Maintenance has completed."
SECURITY: Final = "Redeliver security files has completed."


def service_nodes(world: World) -> frozenset[str]:
    """The nodes that serve others, by noderes.servicenode or by table servicenode."""
    return world.snapshot.cached(service_nodes, lambda: _service_nodes(world))


def _service_nodes(world: World) -> frozenset[str]:
    pools = world.column(world.nodes(), "noderes", "servicenode")
    named = {name.strip() for pool in set(pools) for name in pool.split(",")}
    entries = world.snapshot.table("servicenode").keys()
    for entry in entries:
        named.update((entry,) if world.has_node(entry) else world.members(entry) or ())
    return frozenset(name for name in named if world.has_node(name) and not is_management(world, name))


def is_management(world: World, node: str) -> bool:
    """Whether it is a management node."""
    return "__mgmtnode" in world.groups_of(node)


def servers_of(world: World, nodes: Iterable[str]) -> Sequence[str]:
    """The service nodes among these nodes and those that serve them, by name."""
    known = service_nodes(world)
    return sorted(known & {name for node in nodes for name in (node, *service_pool(world, node))})


def rounds(world: World, node: str, wish: Wish, folder: Path) -> Sequence[Round]:
    """What is run on a node, in this order. `folder` has the scripts. Raises ServiceError for what the tables have wrong."""
    found = []
    if wish.software:
        more = [name for name in (_CLONES,) if (folder / name).is_file()]
        if node in service_nodes(world) and (folder.parent / _BROUGHT).is_file():
            more.append(_PROGRAM)
        scripts = (*_SOFTWARE, *more)
        found.append(Round(scripts, SOFTWARE, wish.variables))
    if wish.security:
        scripts = ("remoteshell", "servicenode") if node in service_nodes(world) else ("remoteshell",)
        found.append(Round(scripts, SECURITY, (*wish.variables, ("UPDATESECURITY", "1"))))
    if wish.server:
        found.append(Round([name for name in (_SERVER,) if (folder / name).is_file()], POSTSCRIPTS, wish.variables))
    if wish.scripts is not None:
        found.append(Round(_scripts(world, node, wish.scripts), POSTSCRIPTS, wish.variables))
    return found


def _scripts(world: World, node: str, text: str) -> Sequence[str]:
    if text in MARKS:
        return section(world, node, text)
    if text:
        return scripts_in(text, "updatenode -P")
    return [line for stage in Stage for line in scripts_of(world, node, stage).all]


def check(text: str | None, folder: Path) -> None:
    """See that this host has the scripts of a list for -P. It blocks. Raises NotFound, UsageError or ServiceError."""
    if not text or text in MARKS:
        return
    if "start-here" in text and "," in text:
        raise UsageError(f"Only one internal postscript can be used with -P. Postscripts input were as follows:{text}")
    if "start-here" in text:
        raise UsageError(f"updatenode: {text} is no mark of mypostscript; there are: {', '.join(MARKS)}")
    for line in scripts_in(text, "updatenode -P"):
        path = folder / line.partition(" ")[0]
        if not path.is_file():
            raise NotFound(f"The postscript {path} does not exist.")
