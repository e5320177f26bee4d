"""`snmove` and its record: what is listed, finished, taken back and refused. Nothing is done on nodes here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from tests.helpers.run import Desk, Terminal
from xcatd.model import Caller, Request, Role
from xcatd.protocol.text import Printer
from xcatd.services.snmove import Group, Record, State, Step, records
from xcatd.services.snmove.record import Done
from xcatd.store import Delete, Exact

NODES = ("n1", "n2", "n3", "n4")
MOVED = "n1: moved from sn1 to sn2 (10.7.0.2)\n"


@pytest.fixture
async def moves(desk: Desk) -> AsyncIterator[Desk]:
    """Four nodes are of sn1, or of sn2 after it."""
    await desk.fill(
        nodelist=[
            *({"node": name, "groups": "compute"} for name in NODES),
            *({"node": name, "groups": "service"} for name in ("sn1", "sn2", "sn3")),
        ],
        noderes=[{"node": "compute", "servicenode": "sn1,sn2", "nfsserver": "sn1"}],
        hosts=[
            *({"node": name, "ip": f"10.7.0.1{name[1:]}"} for name in NODES),
            *({"node": name, "ip": f"10.7.0.{name[2:]}"} for name in ("sn1", "sn2", "sn3")),
        ],
        networks=[{"netname": "c", "net": "10.7.0.0", "mask": "255.255.0.0"}],
    )
    yield desk


def move(number: int, *nodes: str, state: State = State.MOVING) -> Record:
    """One that a daemon which is gone has left behind."""
    step = Step("updatenode", nodes, ("-P", "syslog"), on_nodes=True)
    return Record(number, state, (Group(nodes, "sn1", "sn2", "", "10.7.0.2"),), (step,), began="then", by="joe")


async def leave(desk: Desk, *found: Record) -> None:
    await desk.store.write([Exact("snmoves", None, one.cells()) for one in found], author="test")


async def as_daemon(desk: Desk, *words: str, name: str = "mn1", role: Role = Role.MANAGEMENT) -> str:
    """What a command says to the daemon itself. Raises XcatError."""
    terminal = Terminal(Printer(show_source=False))
    caller = Caller(name, role, "mn1")
    await desk.hall.run(Request("r2", "snmove", caller, words, whole=True), terminal)
    return (terminal.stdout + terminal.stderr).decode()


def states(desk: Desk) -> list[tuple[int, str, tuple[str, ...]]]:
    return [(one.number, str(one.state), one.nodes) for one in records(desk.store.snapshot)]


async def noderes(desk: Desk) -> list[str]:
    return (await desk.ok("tabdump noderes")).splitlines()[1:]


async def test_a_move_without_steps_has_ended_when_the_tables_are_changed(moves: Desk) -> None:
    before = await noderes(moves)
    assert (await moves.ok("snmove n1 -i")).endswith(MOVED)
    assert states(moves) == [(1, "done", ("n1",))]
    (line,) = (await moves.ok("snmove --list")).splitlines()
    assert re.fullmatch(r"1: done: n1 from sn1 to sn2, began \S+\+00:00 by root, ended \S+\+00:00", line)
    assert await moves.ok("snmove --rollback 1") == (
        "Setting the old values in the xCAT database.\nn1: moved back from sn2 to sn1\n"
    )
    assert (await noderes(moves), states(moves)) == (before, [(1, "back", ("n1",))])


async def test_moves_of_different_nodes_at_the_same_moment_have_different_numbers(moves: Desk) -> None:
    seen = await asyncio.gather(*(moves.type(f"snmove {node} -i") for node in NODES))
    assert [(one.stderr, one.status) for one in seen] == [("", 0)] * len(NODES)
    assert [number for number, _, _ in states(moves)] == [1, 2, 3, 4]


async def test_nodes_of_an_interrupted_move_are_held_until_it_has_ended(moves: Desk) -> None:
    await leave(moves, move(7, "n1", "n2"))
    for line in ("snmove n2,n3 -i", "snmove -s sn1 -d sn3 -i", "snmove n2 --dry-run -i"):
        seen = await moves.type(line)
        assert (seen.status, seen.stdout) == (1, "")
        assert "snmove 7 of" in seen.stderr and "finish it with snmove --resume 7" in seen.stderr
    await moves.ok("snmove n3 -i")
    assert await moves.ok("snmove --list") == (
        "7: moving, interrupted: n[1-2] from sn1 to sn2, began then by joe, 0 of 1 steps done\n"
        f"8: done: {(await moves.ok('snmove --list')).splitlines()[1].partition(': done: ')[2]}\n"
    )


async def test_without_a_number_only_one_may_be_open(moves: Desk) -> None:
    await leave(moves, move(7, "n1"), move(9, "n2"))
    seen = await moves.type("snmove --rollback")
    assert (seen.stdout, seen.status) == ("", 1)
    assert "Several snmoves are open: say which one is meant by its number: 7 (n1), 9 (n2)" in seen.stderr


async def test_nodes_that_are_elsewhere_now_are_left_out_of_what_is_finished(moves: Desk) -> None:
    await leave(moves, move(7, "n1", "n9"))
    assert (
        await moves.ok("snmove --resume --dry-run")
        == "n1: then: updatenode -P syslog\nn9: then: updatenode -P syslog\n"
    )
    seen = await moves.type("snmove --resume")
    assert (seen.stdout, seen.status) == ("", 1)
    assert "n1: [mn1]: Error: it is with sn1 now, so nothing more is done for it" in seen.stderr
    assert "n9: [mn1]: Error: there is no such node any more" in seen.stderr
    assert states(moves) == [(7, "done", ("n1", "n9"))]


async def test_a_step_that_cannot_be_done_fails_and_may_be_done_again(moves: Desk) -> None:
    await moves.ok("nodech n1 noderes.servicenode=sn2,sn1")
    await leave(moves, move(7, "n1"))
    for _ in range(2):  # this host runs no other commands
        seen = await moves.type("snmove --resume 7")
        assert seen.status == 1
        assert "this is not done: updatenode -P syslog; do it again by: snmove --resume 7" in seen.stderr
        assert "; not done: updatenode -P syslog (n1)\n" in await moves.ok("snmove --list")
    assert states(moves) == [(7, "done", ("n1",))]


async def test_what_has_been_changed_since_is_not_taken_back(moves: Desk) -> None:
    await moves.ok("snmove n1-n3 -i")
    await moves.ok("nodech n1 noderes.nfsserver=filer")
    await moves.ok("nodech n2 noderes.servicenode=sn3")
    await moves.store.write([Delete("nodelist", {"node": "n3"})], author="test")
    seen = await moves.type("snmove --rollback 1")
    assert (seen.status, seen.stdout.splitlines()[1:]) == (1, ["n1: moved back from sn2 to sn1"])
    assert "n1: [mn1]: Error: noderes.nfsserver stays as it is, because it has been changed since" in seen.stderr
    assert (
        "n2: [mn1]: Error: it stays as it is, because it has been changed since: noderes.servicenode is sn3"
        in seen.stderr
    )
    assert "n3: [mn1]: Error: there is no such node any more" in seen.stderr
    assert await moves.ok("nodels n1 noderes.nfsserver noderes.servicenode noderes.xcatmaster") == (
        "n1: noderes.nfsserver: filer\nn1: noderes.servicenode: sn1,sn2\nn1: noderes.xcatmaster: \n"
    )
    assert states(moves) == [(1, "back", ("n1", "n2", "n3"))]


async def test_the_way_back_is_shown_before_it_is_gone(moves: Desk) -> None:
    await moves.ok("snmove n1 -i")
    before = await noderes(moves)
    assert await moves.ok("snmove --rollback 1 --dry-run") == (
        "n1: noderes.nfsserver: 10.7.0.2 -> (empty)\nn1: noderes.servicenode: sn2,sn1 -> (empty)\n"
        "n1: noderes.xcatmaster: 10.7.0.2 -> (empty)\n"
    )
    assert (await noderes(moves), states(moves)) == (before, [(1, "done", ("n1",))])


async def test_what_a_takeover_has_moved_stays_marked_until_it_is_taken_back(moves: Desk) -> None:
    await as_daemon(moves, "n1,n2", "-d", "sn2", "-i", "--takeover")
    assert states(moves) == [(1, "taken", ("n1", "n2"))]
    assert (await moves.ok("snmove --list")).startswith("1: taken: n[1-2] from sn1 to sn2, ")
    await as_daemon(moves, "--rollback", "1")
    assert states(moves) == [(1, "back", ("n1", "n2"))]


@pytest.mark.parametrize(("name", "role"), [("root", Role.USER), ("mn1", Role.USER), ("sn1", Role.MANAGEMENT)])
async def test_only_the_daemon_says_that_it_is_a_takeover(moves: Desk, name: str, role: Role) -> None:
    await moves.fill(policy=[{"priority": "7", "name": "sn1", "rule": "allow"}])
    said = await as_daemon(moves, "n1", "-i", "--takeover", name=name, role=role)
    assert "snmove --takeover is said by the daemon alone" in said
    assert states(moves) == []


async def test_its_own_word_is_in_no_help(moves: Desk) -> None:
    shown = await moves.ok("snmove -h")
    assert "--rollback" in shown and "--takeover" not in shown


async def test_who_may_not_move_the_nodes_may_not_finish_their_move(moves: Desk) -> None:
    await moves.fill(
        policy=[{"priority": "7", "name": "bob", "commands": "snmove", "noderange": "n1", "rule": "allow"}]
    )
    await leave(moves, move(7, "n1", "n2"))
    for word in ("--resume", "--rollback"):
        seen = await moves.type(f"snmove {word}", user="bob")
        assert (seen.status, "Permission denied" in seen.stderr) == (1, True)
    assert states(moves) == [(7, "moving", ("n1", "n2"))]


async def test_a_row_that_was_spoilt_holds_up_moves_and_is_named(moves: Desk) -> None:
    cells = {**move(7, "n1").cells(), "plan": "?"}
    await moves.store.write([Exact("snmoves", None, cells)], author="test")
    for line in ("snmove n3 -i", "snmove --list", "snmove --resume 7"):
        seen = await moves.type(line)
        assert (seen.status, "Row 7 of table snmoves cannot be read" in seen.stderr) == (1, True)


async def test_the_last_ones_that_ended_are_shown(moves: Desk) -> None:
    ended = [
        Record(number, State.DONE, move(number, "n4").groups, began="a", ended="b", by="joe") for number in range(1, 15)
    ]
    failed = move(15, "n4", state=State.BACK).with_done(Done(0, ("n4",)))
    await leave(moves, *ended, failed, move(3 + 20, "n1"))
    shown = [line.partition(": ")[0] for line in (await moves.ok("snmove --list")).splitlines()]
    assert shown == ["23", "15", *(str(number) for number in range(14, 5, -1))]
