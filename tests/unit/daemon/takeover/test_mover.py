"""How the daemon has nodes moved, and what it makes of the answers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from xcatd.api import Sink
from xcatd.daemon.asitself import AsItself
from xcatd.daemon.takeover.mover import Moved, Mover
from xcatd.errors import Busy
from xcatd.model import Channel, Ended, Failure, Line, Request, Role, Verdict


@dataclass
class Runs:
    """In the place of the hall: `answer` gives what goes wrong with which node, "" for all."""

    answer: Callable[[Request], dict[str, str]]
    asked: list[Request] = field(default_factory=list)

    async def __call__(self, request: Request, sink: Sink) -> int:
        self.asked.append(request)
        troubles = self.answer(request)
        for node, text in troubles.items():
            await sink.send(Failure(text, node=node or None))
        await sink.send(Line("said", channel=Channel.INFO))
        stopped = "Nothing has been changed" in troubles.get("", "")
        for node in request.nodes or ():
            bad = stopped or node in troubles
            await sink.send(Ended(node, Verdict.FAILED if bad else Verdict.OK))
        return int(bool(troubles))


def planned(*bad: str) -> Callable[[Request], dict[str, str]]:
    """snmove, for which these nodes cannot be planned."""

    def answer(request: Request) -> dict[str, str]:
        found = {node: "no address of sn2" for node in bad if node in (request.nodes or ())}
        return found and {**found, "": "Nothing has been changed, because not all of these nodes can be moved."}

    return answer


def named(runs: Runs) -> Collection[tuple[str, ...]]:
    return [tuple(request.nodes or ()) for request in runs.asked]


async def test_it_asks_in_the_daemons_own_name_and_leaves_the_nodes_alone() -> None:
    runs = Runs(planned())
    assert await Mover(AsItself(runs, "mn1")).go(("n1", "n2"), "sn2") == Moved(("n1", "n2"))
    (request,) = runs.asked
    assert (request.command, request.argv, request.noderange) == ("snmove", ("-d", "sn2", "-i", "--takeover"), "n[1-2]")
    assert (request.caller.name, request.caller.role) == ("mn1", Role.MANAGEMENT)


async def test_one_that_cannot_be_planned_holds_up_nobody_else() -> None:
    runs = Runs(planned("n2"))
    moved = await Mover(AsItself(runs, "mn1")).go(("n1", "n2", "n3"), "sn2")
    assert moved == Moved(("n1", "n3"), ("n2: no address of sn2",))
    assert named(runs) == [("n1", "n2", "n3"), ("n1", "n3")]


async def test_where_none_can_be_planned_it_is_not_tried_twice() -> None:
    runs = Runs(planned("n1", "n2"))
    moved = await Mover(AsItself(runs, "mn1")).go(("n1", "n2"), "sn2")
    assert moved.good == ()
    assert moved.troubles[0] == "n[1-2]: no address of sn2"
    assert len(runs.asked) == 1


async def test_a_step_that_fails_for_some_is_no_reason_to_move_them_again() -> None:
    runs = Runs(lambda request: {"n2": "nodeset has failed"})
    assert await Mover(AsItself(runs, "mn1")).go(("n1", "n2"), "sn2") == Moved(("n1",), ("n2: nodeset has failed",))
    assert len(runs.asked) == 1


async def test_a_refusal_and_silence_are_troubles() -> None:
    async def refuses(request: Request, sink: Sink) -> int:
        raise Busy("another snmove works on n1")

    async def fails(request: Request, sink: Sink) -> int:
        return 1

    assert await Mover(AsItself(refuses, "mn1")).go(("n1",), "sn2") == Moved((), ("another snmove works on n1",))
    assert await Mover(AsItself(fails, "mn1")).back("4", ("n1",)) == Moved((), ("snmove does not say why",))


async def test_moves_are_taken_back_and_finished_by_their_numbers() -> None:
    runs = Runs(lambda request: {})
    mover = Mover(AsItself(runs, "mn1"))
    assert await mover.back("4", ("n1",)) == await mover.resume("4", ("n1",)) == Moved(("n1",))
    assert [request.argv for request in runs.asked] == [("--rollback", "4"), ("--resume", "4")]
    runs.answer = lambda request: {"n1": "stays as it is"}
    assert await mover.back("4", ("n1", "n2")) == Moved((), ("n1: stays as it is",))
