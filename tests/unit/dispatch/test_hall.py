"""The hall as a caller meets it, with commands of a site's plugin file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.helpers.run import Desk, desk
from tests.unit.dispatch.reader import Reader
from tests.unit.hierarchy.wires import Pair, Work, listening, make, nothing, turns
from xcatd.api import ReadStdin, Sink
from xcatd.daemon.supervisor import Supervisor
from xcatd.dispatch import Registry
from xcatd.errors import Denied, Fault, Loop
from xcatd.hierarchy import Forwarder, Links
from xcatd.hierarchy import links as links_module
from xcatd.model import Caller, Ended, Line, Request, Role, Verdict

PLUGIN = '''
import asyncio

from xcatd.api import Channel, Ctx, Node, Nodes, Unreachable, Verdict, command
from xcatd.model import Ended


@command("tstate", changes=True, reads=("look",), timeout=0.2, fanout=2)
async def tstate(ctx: Ctx, node: Node, how: str = "") -> str | None:
    """Each node its own way."""
    match node.name:
        case "n1":
            return "fine"
        case "n2":
            raise Unreachable("nobody answers")
        case "n3":
            await ctx.fail("not quite", node=node.name, code=4)
        case "n4":
            await asyncio.sleep(60)
        case "n5":
            raise ZeroDivisionError("a bug")
    return None


@command("tall", timeout=0.2)
async def tall(ctx: Ctx, nodes: Nodes) -> str:
    """All at once."""
    return f"{len(nodes)} nodes"


@command("tbusy", changes=True, timeout=0.2)
async def tbusy(ctx: Ctx, node: Node) -> str:
    """Waits for a file of its caller."""
    return "done"


@command("tverdicts", of_each=True)
async def tverdicts(ctx: Ctx, nodes: Nodes) -> None:
    """Says itself how it ended for each but the last."""
    for node in nodes[:-1]:
        await ctx.say("same", node=node)
        await ctx.send(Ended(node, Verdict.FAILED))
    ctx.status = 6


@command("tfault")
async def tfault(ctx: Ctx) -> None:
    """A bug, where no node is to blame."""
    raise ZeroDivisionError("a bug")
'''


@asynccontextmanager
async def hall(folder: Path, database: Path) -> AsyncIterator[Desk]:
    (folder / "plugins").mkdir()
    (folder / "plugins/lab.py").write_text(PLUGIN)
    async with desk(folder, database=database) as made:
        made.hall = replace(made.hall, registry=Registry(folder / "plugins"))
        await made.fill(nodelist=[{"node": f"n{number}", "groups": "all"} for number in range(1, 7)])
        yield made


async def run(made: Desk, *argv: str, **more: object) -> tuple[int, list[object]]:
    heard = listening()
    command, *words = argv
    request = Request("r1", command, Caller("root", Role.USER), tuple(words), whole=True, **more)  # type: ignore[arg-type]
    status = await made.hall.run(request, heard, nothing)
    return status, list(heard.replies)


async def test_each_node_gets_one_verdict_whatever_happens_to_it(
    tmp_path: Path, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with hall(tmp_path, database) as made:
        status, replies = await run(made, "tstate", "all")
        seen = await made.type("tstate all")
    verdicts = [reply for reply in replies if isinstance(reply, Ended)]
    assert sorted(verdicts, key=lambda each: each.node) == [
        Ended("n1", Verdict.OK),
        Ended("n2", Verdict.UNREACHABLE),
        Ended("n3", Verdict.FAILED),
        Ended("n4", Verdict.UNREACHABLE),
        Ended("n5", Verdict.FAILED),
        Ended("n6", Verdict.OK),
    ]
    assert status == seen.status == 5
    assert seen.stdout == "n1: fine\n"
    errors = dict(line.split(": [mn1]: Error: ") for line in seen.stderr.splitlines())
    assert errors["n2"] == "nobody answers"
    assert errors["n3"] == "not quite"
    assert errors["n4"] == "no end within 0.2 s; given up"
    assert errors["n5"].startswith("A fault in tstate was logged under ")
    assert "a bug" not in seen.stderr
    assert errors["n5"].split("under ")[1].split(";")[0] in caplog.text


async def test_one_command_for_all_nodes_gives_all_of_them_its_verdict(tmp_path: Path, database: Path) -> None:
    async with hall(tmp_path, database) as made:
        status, replies = await run(made, "tall", "n1-n3")
    assert status == 0
    assert [reply for reply in replies if isinstance(reply, Ended)] == [
        Ended(f"n{number}", Verdict.OK) for number in (1, 2, 3)
    ]
    assert Line("3 nodes", source="mn1") in replies


async def test_one_command_for_all_nodes_may_say_how_it_ended_for_each(tmp_path: Path, database: Path) -> None:
    async with hall(tmp_path, database) as made:
        status, replies = await run(made, "tverdicts", "n1-n3")
        folded = await made.type("tverdicts n1-n3 --fold")
    ends = [reply for reply in replies if isinstance(reply, Ended)]
    assert ends == [Ended("n1", Verdict.FAILED), Ended("n2", Verdict.FAILED), Ended("n3", Verdict.OK)]
    assert (status, folded.status) == (6, 6)
    assert folded.stdout.splitlines()[1:4:2] == ["n[1-2]", "same"]


async def test_a_bug_without_a_node_is_told_with_its_reference(
    tmp_path: Path, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with hall(tmp_path, database) as made:
        seen = await made.type("tfault")
    assert seen.status == 1
    assert "A fault in tfault was logged under " in seen.stderr
    assert caplog.text.count("ZeroDivisionError: a bug") == 1


async def test_a_bug_of_the_hall_itself_is_a_fault_too(
    tmp_path: Path, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        flowing = True

        async def send(self, reply: object) -> None:
            raise RuntimeError("the pipe is made of paper")

    async with hall(tmp_path, database) as made:
        request = Request("r1", "tall", Caller("root", Role.USER), ("n1",), whole=True)
        with pytest.raises(Fault, match="A fault in tall was logged under"):
            await made.hall.run(request, Broken(), nothing)
    assert "made of paper" in caplog.text


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("nosuch n1", "Unknown command 'nosuch'"),
        ("tstate", "tstate: a noderange is missing; see tstate -h"),
        ("tstate n9,n1,nx", "Invalid nodes and/or groups in noderange: n9,nx"),
        ("tstate n1 a b", "tstate: 'b' is one word too many"),
        ("tstate n[1", "n[1"),
        ("tstate @nosuch", "Invalid nodes and/or groups in noderange: nosuch"),
        ("tstate n1,-n1", "The noderange 'n1,-n1' contains no nodes"),
    ],
)
async def test_what_is_wrong_is_said_before_anything_is_done(
    tmp_path: Path, database: Path, line: str, sentence: str
) -> None:
    async with hall(tmp_path, database) as made:
        seen = await made.type(line)
    assert (seen.stdout, seen.status) == ("", 1)
    assert sentence in seen.stderr
    assert len(seen.stderr.splitlines()) == 1


async def test_who_may_not_is_denied_and_recorded(tmp_path: Path, database: Path) -> None:
    async with hall(tmp_path, database) as made:
        seen = await made.type("tstate n1", user="joe")
        assert (seen.stderr, seen.status) == ("Error: Permission denied for request\n", 1)
        await made.type("tstate n1")
    assert [(request.caller.name, decision.allowed) for request, decision in made.audit] == [
        ("joe", False),
        ("root", True),
    ]


async def test_a_file_in_a_noderange_is_for_root_only(tmp_path: Path, database: Path) -> None:
    (tmp_path / "nodes").write_text("n1\nn6\n")
    async with hall(tmp_path, database) as made:
        assert (await made.type(f"tall ^{tmp_path}/nodes")).stdout == "2 nodes\n"
        joe = Request("r1", "tall", Caller("joe", Role.USER), (f"^{tmp_path}/nodes",), whole=True)
        with pytest.raises(Denied, match="Only root may name a file"):
            await made.hall.run(joe, listening(), nothing)


async def test_a_node_that_is_being_changed_is_waited_for_and_its_holder_named(tmp_path: Path, database: Path) -> None:
    async with hall(tmp_path, database) as made:
        async with made.hall.locks.hold("n1", "a flash of the firmware", 10):
            seen = await made.type("tbusy n1,n2")
        assert seen.stdout == "n2: done\n"
        assert (
            "n1: [mn1]: Error: busy for more than 0.2 s with: a flash of the firmware; try again later" in seen.stderr
        )
        assert (await made.type("tbusy n1")).stdout == "n1: done\n"


async def test_looking_needs_no_lock_also_when_the_node_has_the_name_of_a_change(
    tmp_path: Path, database: Path
) -> None:
    async with hall(tmp_path, database) as made:
        await made.fill(nodelist=[{"node": "look", "groups": "odd"}])
        async with made.hall.locks.hold("n1", "a change", 10), made.hall.locks.hold("look", "a change", 10):
            assert (await made.type("tstate n1 look")).stdout == "n1: fine\n"
            assert "busy" in (await made.type("tstate look other")).stderr


@pytest.mark.parametrize(
    ("via", "down", "refused"),
    [((), False, False), (("sn1",), False, False), (("mn1",), False, True), (("mn1", "sn1"), True, False),
     (("mn1", "sn1", "mn1"), True, True)],
)  # fmt: skip
async def test_a_request_that_came_back_is_refused(
    tmp_path: Path, database: Path, via: tuple[str, ...], down: bool, refused: bool
) -> None:
    async with hall(tmp_path, database) as made:
        if refused:
            with pytest.raises(Loop, match=f"The request came back to mn1 .by way of {' -> '.join(via)}"):
                await run(made, "tall", "n1", via=via, down=down)
        else:
            assert (await run(made, "tall", "n1", via=via, down=down))[0] == 0


# -- with service nodes -------------------------------------------------------------------------------------------------


async def serve(request: Request, sink: Sink, stdin: ReadStdin) -> int:
    for node in request.nodes or ():
        await sink.send(Line("there", node, source="sn1"))
        await sink.send(Ended(node, Verdict.OK))
    return 2


@asynccontextmanager
async def with_service_node(folder: Path, database: Path, work: Work, pool: str) -> AsyncIterator[tuple[Desk, Pair]]:
    """n2 and n6 belong to a pool in which sn1 is linked."""
    async with hall(folder, database) as made, Supervisor() as supervisor:
        links, pair = Links(), make(supervisor, work)
        links.join(pair.down)
        made.hall = replace(made.hall, forwarder=Forwarder("mn1", links))
        await made.fill(noderes=[{"node": node, "servicenode": pool} for node in ("n2", "n6")])
        yield made, pair


@pytest.fixture
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links_module, "GRACE", 0.0)
    monkeypatch.setattr(links_module, "RESTART", 0.0)


async def test_nodes_here_and_there_are_worked_on_side_by_side(tmp_path: Path, database: Path) -> None:
    async with with_service_node(tmp_path, database, serve, "sn1") as (made, pair):
        seen = await made.type("tstate n1,n2,n6")
        (request,) = pair.lower.requests
    assert sorted(seen.stdout.splitlines()) == ["n1: fine", "n2: there", "n6: there"]
    assert seen.status == 2, "the status of the service node counts"
    assert (request.id, request.via, request.nodes, request.down) == ("r1", ("mn1",), ("n2", "n6"), True)


@pytest.mark.usefixtures("no_grace")
async def test_nodes_that_nobody_can_serve_are_told_of_once(tmp_path: Path, database: Path) -> None:
    async with with_service_node(tmp_path, database, serve, "sn8,sn9") as (made, _):
        seen = await made.type("tstate n1,n2,n6")
    assert (seen.stdout, seen.status) == ("n1: fine\n", 1)
    assert seen.stderr.startswith(
        "Error: [mn1]: Failed to dispatch command to any of the following service nodes: sn8,sn9"
    )
    assert len(seen.stderr.splitlines()) == 1


@pytest.mark.parametrize(("line", "repeated"), [("tstate n1,n2,n6 look", True), ("tstate n1,n2,n6", False)])
async def test_what_a_service_node_left_is_done_here_when_this_daemon_is_the_next(
    tmp_path: Path, database: Path, line: str, repeated: bool
) -> None:
    async def half(request: Request, sink: Sink, stdin: ReadStdin) -> int:
        await sink.send(Line("there", "n2", source="sn1"))
        await sink.send(Ended("n2", Verdict.OK))
        await asyncio.Event().wait()
        return 0

    async with with_service_node(tmp_path, database, half, "sn1,mn1") as (made, pair), asyncio.TaskGroup() as group:
        task = group.create_task(made.type(line))
        async with asyncio.timeout(20):
            while "n2" not in str(pair.sn.sent):
                await turns(1)
        pair.mn.abort()
        seen = await task
    assert seen.stdout.count("n2: there") == 1
    assert ("n6: [sn1]: Error: unknown result: " in seen.stderr) is not repeated
    assert (seen.status == 0) is repeated


@pytest.mark.usefixtures("no_grace")
async def test_a_pool_that_is_away_is_replaced_by_this_daemon_when_it_is_in_it(tmp_path: Path, database: Path) -> None:
    async with with_service_node(tmp_path, database, serve, "sn9,mn1") as (made, pair):
        seen = await made.type("tall n2,n6")
        assert pair.lower.requests == []
    assert seen.stdout == "2 nodes\n"


# -- what is done before any node is worked on ----------------------------------------------------------------------------

PREPARING = '''
from xcatd.api import Ctx, Node, UsageError, command
from xcatd.model import Batch


async def prepare(ctx, nodes, arguments):
    if arguments["how"] == "wrong":
        raise UsageError("that is no way")
    if arguments["how"] == "backwards":
        return [Batch((later,), behind=frozenset({sooner})) for later, sooner in zip(nodes, nodes[1:])] + [Batch((nodes[-1],))]
    await ctx.say(f"{len(nodes)} nodes")


@command("tprepared", prepare=prepare)
async def tprepared(ctx: Ctx, node: Node, how: str = "") -> str:
    """Prepares itself."""
    return "done"
'''


@asynccontextmanager
async def preparing(folder: Path, database: Path) -> AsyncIterator[Desk]:
    async with hall(folder, database) as made:
        (folder / "plugins/prepared.py").write_text(PREPARING)
        made.hall.registry.rescan()
        yield made


async def test_it_is_prepared_once_for_all_nodes(tmp_path: Path, database: Path) -> None:
    async with preparing(tmp_path, database) as made:
        assert await made.ok("tprepared n1-n3 --ordered") == "3 nodes\nn1: done\nn2: done\nn3: done\n"


async def test_what_is_wrong_then_is_said_once_and_nothing_is_done(tmp_path: Path, database: Path) -> None:
    async with preparing(tmp_path, database) as made:
        seen = await made.type("tprepared n1-n3 wrong")
        assert (seen.stdout, seen.stderr, seen.status) == ("", "Error: that is no way\n", 1)


async def test_nodes_may_be_worked_on_in_batches(tmp_path: Path, database: Path) -> None:
    async with preparing(tmp_path, database) as made:
        assert await made.ok("tprepared n1-n3 backwards") == "n3: done\nn2: done\nn1: done\n"


async def test_a_daemon_that_gets_a_request_from_another_one_does_not_prepare_it_again(
    tmp_path: Path, database: Path
) -> None:
    async with preparing(tmp_path, database) as made:
        reader = Reader()
        request = Request(
            "r1", "tprepared", Caller("root", Role.USER), ("wrong",), nodes=("n1",), via=("sn1",), down=True
        )
        assert await made.hall.run(request, reader) == 0
        assert reader.lines == [("n1", "done")]
