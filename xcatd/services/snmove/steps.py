"""What is done when the tables say that nodes have moved: commands that others have, in their order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from xcatd.objects import World
from xcatd.services.boot.action import METHODS
from xcatd.services.postscripts.lists import Stage, scripts_in, scripts_of
from xcatd.services.service import YES
from xcatd.services.snmove.plan import Move
from xcatd.services.staticroutes import service_nodes

_FOLLOW: Final = ("syslog", "setupntp", "mkresolvconf")
"""Scripts by which a node gets to know the server of its messages, its time and its names."""
_ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Wants:
    """`scripts`: the list of -P, `all` for all of a node's. `on_nodes`: whether something is done on the nodes. `dhcp`: those that
    this host's DHCP server knows. `tells`: whether the site has the script by which `updatenode -s` tells nodes their server."""

    scripts: str = ""
    on_nodes: bool = True
    dhcp: Sequence[str] = ()
    tells: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A command for some nodes. `said` is what is said before it; `on_nodes`: it is done on the nodes."""

    command: str
    nodes: tuple[str, ...]
    words: tuple[str, ...] = ()
    said: str = ""
    on_nodes: bool = False

    @property
    def does(self) -> str:
        """The command as it would be typed, without its nodes."""
        return " ".join((self.command, *self.words))


def steps_of(world: World, moves: Sequence[Move], wants: Wants) -> Sequence[Step]:
    """The steps, in their order. `world` is as it is before the move: what is read here does not change by it. Raises ServiceError
    for lists of scripts that cannot be read."""
    found = [*_servers(world, moves, wants)]
    if wants.on_nodes:
        found += [*_routes(moves), *_scripts(world, moves, wants)]
    return [one for one in found if one.nodes]


def _servers(world: World, moves: Sequence[Move], wants: Wants) -> Iterator[Step]:
    nodes = [move.node for move in moves]
    states = world.column(nodes, "chain", "currstate")
    booting = tuple(node for node, state in zip(nodes, states, strict=True) if _is_image(state))
    yield Step("nodeset", booting, ("enact",))
    known = {*wants.dhcp}
    yield Step("makedhcp", tuple(node for node in nodes if node in known))
    if _keeps_conserver(world):
        moved = tuple(move.node for move in moves if any(cell.column == "conserver" for cell in move.cells))
        yield Step("makeconservercf", moved, said=f"Running makeconservercf {','.join(moved)}" if moved else "")


def _is_image(state: str) -> bool:
    """Whether nodeset has set an image: `netboot rocky9.4-x86_64-compute`."""
    word, blank, _ = state.strip().partition(" ")
    return bool(blank) and word in METHODS


def _keeps_conserver(world: World) -> bool:
    servers = sorted(service_nodes(world))
    return any(value.strip().lower() in YES for value in world.column(servers, "servicenode", "conserver"))


def _routes(moves: Sequence[Move]) -> Iterator[Step]:
    """One command for all nodes with the same gateway. It may be done again."""
    said = "Checking the default routes on the nodes."
    for gateway in sorted({move.gateway for move in moves if move.gateway}):
        nodes = tuple(move.node for move in moves if move.gateway == gateway)
        family = ("-6",) if ":" in gateway else ()
        yield Step("xdsh", nodes, ("ip", *family, "route", "replace", "default", "via", gateway), said, on_nodes=True)
        said = ""


def _scripts(world: World, moves: Sequence[Move], wants: Wants) -> Iterator[Step]:
    said = "Running postscripts on the nodes."
    if wants.tells:
        yield Step("updatenode", tuple(move.node for move in moves), ("-s",), said, on_nodes=True)
        said = ""
    groups: dict[tuple[str, ...], list[str]] = {}
    for move in moves:
        groups.setdefault(_words(world, move.node, wants.scripts), []).append(move.node)
    for words, nodes in groups.items():
        if words:
            yield Step("updatenode", tuple(nodes), words, said, on_nodes=True)
            said = ""


def _words(world: World, node: str, wanted: str) -> tuple[str, ...]:
    """What updatenode is told for a node; nothing when it has no script to run."""
    if wanted == _ALL:
        return ("-P",)
    own = [line for stage in Stage for line in scripts_of(world, node, stage).all]
    followed = [line for line in own if line.partition(" ")[0] in _FOLLOW]
    lines = dict.fromkeys((*followed, *scripts_in(wanted, "snmove -P")))
    return ("-P", ",".join(lines)) if lines else ()


def script_names(text: str) -> Sequence[str]:
    """The names of the scripts of -P; none for `all`. Raises ServiceError."""
    return [] if text == _ALL else [line.partition(" ")[0] for line in scripts_in(text, "snmove -P")]
