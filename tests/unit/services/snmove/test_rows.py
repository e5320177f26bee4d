"""The rows of nodes: what a move makes of them, and how they become what they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.unit.services.snmove.test_plan import cluster, noderes
from xcatd.objects import World
from xcatd.services.snmove import Record, State, Wish, planned
from xcatd.services.snmove.record import Altered, group_nodes
from xcatd.services.snmove.rows import altering, returning, strays
from xcatd.store import Exact

Cells = Mapping[str, str | None]


def moved(there: World) -> tuple[Record, Sequence[Exact]]:
    """Node n1 goes to the next of its pool."""
    rows = altering(there.snapshot, planned(there, ["n1"], Wish()).moves)
    return Record(1, State.MOVING, rows.groups), rows.changes


def filled(cells: Cells | None) -> dict[str, str]:
    return {name: text for name, text in (cells or {}).items() if text}


def test_only_rows_that_are_as_they_were_read_are_changed_and_it_is_noted_what_they_were() -> None:
    there = cluster(noderes=noderes(nfsdir="/install"), nodehm=[{"node": "compute", "conserver": "sn1"}])
    record, changes = moved(there)
    told = {change.table: (change.before and filled(change.before), filled(change.after)) for change in changes}
    before = {"node": "n1", "servicenode": "sn1,sn2", "xcatmaster": "sn1-c", "nfsdir": "/install"}
    assert told == {
        "noderes": (before, {**before, "servicenode": "sn2,sn1", "xcatmaster": "10.7.0.2"}),
        "nodehm": (None, {"node": "n1", "conserver": "sn2"}),
    }
    (group,) = record.groups
    assert (group.nodes, group.old, group.new, group.old_master, group.master) == (
        ("n1",),
        "sn1",
        "sn2",
        "sn1-c",
        "10.7.0.2",
    )
    assert set(group.cells) == {
        Altered("noderes", "servicenode", "sn1,sn2", "sn2,sn1"),
        Altered("noderes", "xcatmaster", "sn1-c", "10.7.0.2"),
        Altered("nodehm", "conserver", None, "sn2"),
    }
    assert group.added == ("nodehm",)


def after(there: World, changes: Sequence[Exact], **more: str) -> World:
    """The cluster when they are done. `more` is put into the row of noderes then."""
    tables = {name: [row.cells() for row in there.snapshot.table(name).rows] for name in ("noderes", "nodehm")}
    for change in changes:
        rows = tables[change.table]
        kept = [row for row in rows if change.before is None or row["node"] != change.before["node"]]
        tables[change.table] = [*kept, *([dict(change.after)] if change.after is not None else [])]
    tables["noderes"] = [{**row, **more} if row["node"] == "n1" else row for row in tables["noderes"]]
    return cluster(**tables)


def own_rows(there: World) -> dict[str, list[dict[str, str]]]:
    return {name: [filled(row.cells()) for row in there.snapshot.table(name).rows] for name in ("noderes", "nodehm")}


def test_the_way_back_leads_to_the_same_rows() -> None:
    there = cluster(
        noderes=[{"node": "compute", "servicenode": "sn1,sn2"}], nodehm=[{"node": "compute", "conserver": "sn1,sn2"}]
    )
    record, changes = moved(there)
    later = after(there, changes)
    assert later.value("n1", "noderes", "servicenode") == "sn2,sn1"
    way = returning(later, record)
    assert (way.stay, way.kept, way.idle) == ({}, {}, [])
    assert own_rows(after(later, way.changes)) == own_rows(there)
    (move,) = way.moves
    assert (move.old, move.new, move.old_master, move.master) == ("sn2", "sn1", "10.7.0.2", "10.7.0.1")


def test_cells_that_somebody_has_changed_since_stay() -> None:
    there = cluster(noderes=noderes(nfsserver="sn1"))
    record, changes = moved(there)
    later = after(there, changes, nfsserver="filer")
    way = returning(later, record)
    assert way.kept == {"n1": ["noderes.nfsserver"]}
    assert own_rows(after(later, way.changes))["noderes"] == [
        {"node": "n1", "servicenode": "sn1,sn2", "xcatmaster": "sn1-c", "nfsserver": "filer"}
    ]


def test_a_node_that_was_given_to_another_one_since_stays_where_it_is() -> None:
    there = cluster(noderes=noderes())
    record, changes = moved(there)
    way = returning(after(there, changes, servicenode="sn3"), record)
    assert (way.moves, way.changes) == ([], [])
    assert way.stay == {"n1": "it stays as it is, because it has been changed since: noderes.servicenode is sn3"}


def test_a_row_that_the_move_made_stays_where_something_else_was_put_into_it() -> None:
    there = cluster(noderes=[{"node": "compute", "servicenode": "sn1,sn2"}])
    record, changes = moved(there)
    later = after(there, changes, nfsdir="/other")
    assert own_rows(after(later, returning(later, record).changes))["noderes"][-1] == {"node": "n1", "nfsdir": "/other"}


def test_a_node_that_is_gone_or_was_there_already_does_not_go_back() -> None:
    record, changes = moved(cluster(noderes=noderes()))
    gone = cluster(nodelist=[], noderes=noderes())
    assert returning(gone, record).stay == {"n1": "there is no such node any more"}
    assert strays(gone, record, back=False) == {"n1": "there is no such node any more"}
    there = cluster(noderes=noderes(servicenode="sn2,sn1", xcatmaster="sn2-c"))
    rows = altering(there.snapshot, planned(there, ["n1"], Wish(to="sn2")).moves)
    assert rows.changes == [] and changes
    assert returning(there, Record(1, State.DONE, rows.groups)).idle == ["n1"]


def test_a_node_is_astray_when_another_one_has_it() -> None:
    there = cluster(noderes=noderes())
    record, changes = moved(there)
    later = after(there, changes)
    assert strays(later, record, back=False) == {} == strays(there, record, back=True)
    text = "it is with sn1 now, so nothing more is done for it"
    assert strays(there, record, back=False) == {"n1": text}
    assert strays(later, record, back=True) == {"n1": text.replace("sn1", "sn2")}


def test_a_row_that_is_disabled_is_the_nodes_own_all_the_same() -> None:
    there = cluster(
        noderes=[{"node": "n1", "nfsdir": "/x", "disable": "1"}, {"node": "compute", "servicenode": "sn1,sn2"}]
    )
    _, (change,) = moved(there)
    assert change.before is not None and change.before["disable"] == "1"
    assert group_nodes([]) == ()
