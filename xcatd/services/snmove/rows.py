"""The rows of the nodes themselves: what a move makes of them, and how they become what they were.

Each row is changed only if it is still what was read (`Exact`), so that what is noted of it before is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from xcatd.objects import World
from xcatd.services.snmove.known import Known
from xcatd.services.snmove.plan import Cell, Move, default_route, facing
from xcatd.services.snmove.record import Altered, Group, Record, group_nodes
from xcatd.store import Exact, Row, Snapshot

_WHOSE: Final = frozenset({("noderes", "servicenode"), ("noderes", "xcatmaster")})
"""Cells that say who serves a node. Who has changed one of them wants the node where it is now."""


@dataclass(frozen=True, slots=True)
class Altering:
    """`changes` of the tables, and what they are to the nodes."""

    groups: tuple[Group, ...]
    changes: Sequence[Exact]


@dataclass(frozen=True, slots=True)
class Return:
    """`moves` lead back, with `changes`. `stay`: why a node is left where it is. `kept`: cells that are left as they are, of nodes
    that go back, as `noderes.nfsserver`. `idle`: nodes that the move had not altered."""

    moves: list[Move] = field(default_factory=list)
    changes: list[Exact] = field(default_factory=list)
    stay: dict[str, str] = field(default_factory=dict)
    kept: dict[str, list[str]] = field(default_factory=dict)
    idle: list[str] = field(default_factory=list)


def altering(snapshot: Snapshot, moves: Sequence[Move]) -> Altering:
    """What is to be changed for these moves."""
    changes: list[Exact] = []
    alike: list[tuple[str, Group]] = []
    for move in moves:
        cells: list[Altered] = []
        added: list[str] = []
        for table in sorted({cell.table for cell in move.cells}):
            row = own_row(snapshot, table, move.node)
            wanted = {cell.column: cell.after for cell in move.cells if cell.table == table}
            cells += [Altered(table, name, row.raw(name) if row else None, text) for name, text in wanted.items()]
            added += [] if row else [table]
            changes.append(_changed(table, move.node, row, wanted))
        group = Group((), move.old, move.new, move.old_master, move.master, tuple(cells), tuple(added))
        alike.append((move.node, group))
    return Altering(group_nodes(alike), changes)


def returning(world: World, record: Record) -> Return:
    """How the nodes of a move go back: each cell that is still what the move made of it; none of a node that has been given to
    another service node since."""
    found, known = Return(), Known(world)
    for group in record.groups:
        for node in group.nodes:
            _return(found, known, group, node)
    return found


def strays(world: World, record: Record, *, back: bool) -> Mapping[str, str]:
    """Nodes that are not where the move has brought them, or the way back: node -> a sentence."""
    found = {}
    for group in record.groups:
        aim = group.old if back else group.new
        for node in group.nodes:
            if not world.has_node(node):
                found[node] = "there is no such node any more"
            elif (now := world.value(node, "noderes", "servicenode").partition(",")[0].strip()) != aim:
                found[node] = f"it is with {now or 'the management node'} now, so nothing more is done for it"
    return found


def own_row(snapshot: Snapshot, table: str, node: str) -> Row | None:
    """A node's own row, whether or not it is disabled."""
    view = snapshot.table(table)
    return next((Row(view.layout, view.by_ident[ident]) for ident in view.idents_of(node)), None)


def _changed(table: str, node: str, row: Row | None, values: Mapping[str, str | None]) -> Exact:
    before = None if row is None else row.cells()
    return Exact(table, before, {"node": node, **(before or {}), **values})


def _return(found: Return, known: Known, group: Group, node: str) -> None:
    world = known.world
    if not world.has_node(node):
        found.stay[node] = "there is no such node any more"
        return
    if not group.cells:
        found.idle.append(node)
        return
    rows = {table: own_row(world.snapshot, table, node) for table in {cell.table for cell in group.cells}}
    other = [cell for cell in group.cells if not _is_after(rows[cell.table], cell)]
    if moved := [cell for cell in other if (cell.table, cell.column) in _WHOSE]:
        named = " and ".join(f"{cell.table}.{cell.column} is {_text(rows[cell.table], cell)}" for cell in moved)
        found.stay[node] = f"it stays as it is, because it has been changed since: {named}"
        return
    if other:
        found.kept[node] = [f"{cell.table}.{cell.column}" for cell in other]
    cells = [cell for cell in group.cells if cell not in other]
    found.changes.extend(_restored(table, node, row, group, cells) for table, row in rows.items() if row is not None)
    found.moves.append(_move_back(known, group, node, cells))


def _is_after(row: Row | None, cell: Altered) -> bool:
    return row is not None and row[cell.column] == cell.after


def _text(row: Row | None, cell: Altered) -> str:
    return (row[cell.column] if row is not None else "") or "empty"


def _restored(table: str, node: str, row: Row, group: Group, cells: Sequence[Altered]) -> Exact:
    """The row as it was; none, where the move had made it and nobody has put anything else into it."""
    values = {cell.column: cell.before for cell in cells if cell.table == table}
    change = _changed(table, node, row, values)
    rest = {name: text for name, text in (change.after or {}).items() if name != "node" and text}
    return Exact(table, change.before, None) if table in group.added and not rest else change


def _move_back(known: Known, group: Group, node: str, cells: Sequence[Altered]) -> Move:
    back = tuple(Cell(cell.table, cell.column, cell.after, cell.before or "") for cell in cells)
    master = group.old_master or facing(known, node, group.old) or ""
    gateway, note = default_route(known, node, group.old, master)
    return Move(node, group.new, group.old, group.master, master, back, gateway, tuple(filter(None, (note,))))
