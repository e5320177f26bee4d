"""Which consoles a host's conserver has, and how each is opened (tables nodehm and noderes)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from xcatd.objects import World
from xcatd.objects.routes import service_pool
from xcatd.services.conserver.layout import PROGRAMS
from xcatd.services.place import Place
from xcatd.services.service import YES

_TERMINAL_SERVERS: Final = {
    "cyclades": "portbase 7000; portinc 1;",
    "mrv": "portbase 2000; portinc 100;",
}
"""Methods that lead to a terminal server's port -> how its TCP port follows from that."""
_COLUMNS = ("cons", "serialport", "mgt", "conserver", "consoleondemand", "termserver", "termport")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(slots=True)
class Found:
    """`blocks`: node -> the lines of its console. `bad`: node -> what is wrong with its tables. `without`: nodes whose tables ask
    for no console. `programless`: method -> nodes of this host for which it has no program."""

    blocks: dict[str, str] = field(default_factory=dict)
    bad: dict[str, str] = field(default_factory=dict)
    without: list[str] = field(default_factory=list)
    programless: dict[str, list[str]] = field(default_factory=dict)

    def programless_methods(self) -> Iterator[str]:
        """Sentences about methods for which this host has no program."""
        for method, nodes in self.programless.items():
            places = " or ".join(f"/{folder}/{method}" for folder in PROGRAMS)
            who = f"{nodes[0]} and {len(nodes) - 1} more nodes have" if nodes[1:] else f"{nodes[0]} has"
            yield f"There is no program for consoles of the method {method}, so {who} none here: put it at {places}"


@dataclass(frozen=True, slots=True)
class _Node:
    """A node's row of nodehm."""

    name: str
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values[column]

    @property
    def method(self) -> str:
        return self["cons"] or self["mgt"]


def consoles(place: Place, nodes: Sequence[str], there: Callable[[Path], bool], *, own: bool = False) -> Found:
    """The consoles of these nodes for this host's conserver: on a management node all of them, those of other hosts as references;
    with `own`, and on service nodes, only those that it holds itself. `there`: whether there is a program."""
    found = Found()
    columns = [place.world.column(nodes, "nodehm", column) for column in _COLUMNS]
    is_mine = _Owners(place)
    for node, values in zip(nodes, zip(*columns, strict=True), strict=True):
        one = _Node(node, dict(zip(_COLUMNS, values, strict=True)))
        holder = is_mine.of(node, one["conserver"])
        if holder and (own or not place.is_master):
            continue
        if not (one["cons"] or one["serialport"]):
            found.without.append(node)
        elif wrong := _wrong(one):
            found.bad[node] = wrong
        elif holder:
            found.blocks[node] = _block(node, (f"master {_reached(place, holder)};", "type noop;"))
        else:
            _add(found, place, one, there)
    return found


def holders(world: World, nodes: Sequence[str]) -> Collection[str]:
    """The hosts, other than the management node, whose conservers hold the consoles of these nodes, as the tables call them."""
    given = world.column(nodes, "nodehm", "conserver")
    return {name for node, text in zip(nodes, given, strict=True) if (name := _holder(world, node, text))}


class _Owners:
    """Who holds the consoles; each name in the tables is looked at once."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._mine: dict[str, bool] = {}

    def of(self, node: str, conserver: str) -> str:
        """The host that holds this node's console, "" for this one."""
        name = _holder(self._place.world, node, conserver)
        if name not in self._mine:
            self._mine[name] = self._place.is_me(name) if name else self._place.is_master
        return "" if self._mine[name] else name or "the management node"


def _holder(world: World, node: str, conserver: str) -> str:
    """nodehm.conserver, of `a:b` the first, as the management node sees it, and of a pool the first; else the node's first service
    node, if that has a conserver; "" for the management node."""
    here = conserver.partition(":")[0] if conserver.count(":") < 2 else conserver
    if name := next(filter(None, map(str.strip, here.split(","))), ""):
        return name
    first = next(iter(service_pool(world, node)), "")
    return first if first and world.value(first, "servicenode", "conserver").strip().lower() in YES else ""


def _wrong(one: _Node) -> str:
    if not _WORD.fullmatch(one.method):
        return f"nodehm.cons or nodehm.mgt is {one.method!r}: set it to the method of its console"
    if one.method in _TERMINAL_SERVERS and not (_WORD.fullmatch(one["termserver"]) and one["termport"].isdecimal()):
        return f"its console is at a terminal server ({one.method}): set nodehm.termserver and nodehm.termport"
    return "" if _WORD.fullmatch(one.name) else "a console cannot have this name"


def _add(found: Found, place: Place, one: _Node, there: Callable[[Path], bool]) -> None:
    lines = list(_ways(place, one, there))
    if not lines:
        found.programless.setdefault(one.method, []).append(one.name)
        return
    word = one["consoleondemand"].strip().lower()
    if word:
        lines.append("options ondemand;" if word in YES else "options !ondemand;")
    found.blocks[one.name] = _block(one.name, lines)


def _ways(place: Place, one: _Node, there: Callable[[Path], bool]) -> Iterator[str]:
    if one.method in _TERMINAL_SERVERS:
        yield f"type host; host {one['termserver']}; {_TERMINAL_SERVERS[one.method]} port {int(one['termport'])};"
        return
    for folder in PROGRAMS:
        program = place.root / folder / one.method
        if there(program):
            yield "type exec;"
            yield f"exec {program} {one.name};"
            return


def _block(node: str, lines: Sequence[str]) -> str:
    return f"console {node} {{\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def _reached(place: Place, name: str) -> str:
    """conserver looks names up when it reads its file; an address is always known."""
    tables = place.world.value(name, "hosts", "ip") if place.world.has_node(name) else ""
    return tables or name
