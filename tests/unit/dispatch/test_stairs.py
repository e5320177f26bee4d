"""Two real halls, a management node's and a service node's, with a link between them: who does what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.helpers.run import Desk
from tests.helpers.run import desk as a_desk
from tests.unit.hierarchy.wires import Pair, make
from xcatd.daemon.supervisor import Supervisor
from xcatd.dispatch import Registry
from xcatd.hierarchy import Forwarder, Links
from xcatd.hierarchy import links as links_module
from xcatd.model import Role

PLUGIN = '''
from xcatd.api import Ctx, Node, Nodes, Where, command
from xcatd.model import Batch


async def choose(ctx, nodes, arguments):
    return [Batch(tuple(nodes), pools={"n1": ("sn1",), "n2": ("mn1",)})]


@command("rchosen", prepare=choose)
async def rchosen(ctx: Ctx, node: Node) -> str:
    """Say who works on each node."""
    return ctx.host.name


@command("rwho")
async def rwho(ctx: Ctx, node: Node) -> str:
    """Say who works on each node."""
    return ctx.host.name


@command("rlocal", where=Where.LOCAL)
async def rlocal(ctx: Ctx, nodes: Nodes = Nodes()) -> str:
    """Say who was asked."""
    return f"{ctx.host.name}: {','.join(nodes)}"


@command("rcentral")
async def rcentral(ctx: Ctx, nodes: Nodes = Nodes()) -> str:
    """Say who works for all, and what stands on standard input."""
    return f"{ctx.host.name}: {','.join(nodes)} {await ctx.stdin()}"
'''

NODES = [{"node": node, "groups": "all"} for node in ("n1", "n2", "n3", "sn1")]
SERVICE = [
    {"node": "n2", "servicenode": "sn1"},
    {"node": "n3", "servicenode": "sn9,sn1"},
]


@dataclass
class Stairs:
    """`mn` is above `sn`; each has a desk where commands are typed."""

    mn: Desk
    sn: Desk
    pair: Pair


@asynccontextmanager
async def stairs(folder: Path, database: Path) -> AsyncIterator[Stairs]:
    for name in ("mn", "sn", "plugins"):
        (folder / name).mkdir()
    (folder / "plugins/who.py").write_text(PLUGIN)
    async with (
        a_desk(folder / "mn", "mn1", database=database) as mn,
        a_desk(folder / "sn", "sn1", Role.SERVICE, database=database) as sn,
        Supervisor() as supervisor,
    ):
        pair = make(supervisor, lower=lambda *asked: sn.hall.run(*asked), upper=lambda *asked: mn.hall.run(*asked))
        below, above = Links(), Links()
        below.join(pair.down)
        above.rise(pair.up, "sn1")
        registry = Registry(folder / "plugins")
        mn.hall = replace(mn.hall, registry=registry, forwarder=Forwarder("mn1", below))
        sn.hall = replace(
            sn.hall,
            registry=registry,
            forwarder=Forwarder("sn1", above),
            above_alive=lambda: above.above is not None,
        )
        for desk in (mn, sn):
            await desk.fill(nodelist=NODES, noderes=SERVICE)
        yield Stairs(mn, sn, pair)


@pytest.fixture
async def tree(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stairs]:
    monkeypatch.setattr(links_module, "GRACE", 0.0)  # nobody will come whom it would be worth waiting for
    monkeypatch.setattr(links_module, "RESTART", 0.0)
    async with stairs(tmp_path, database) as made:
        yield made


def sorted_lines(text: str) -> list[str]:
    return sorted(text.splitlines())


async def test_the_management_node_has_service_nodes_work_on_what_they_own(tree: Stairs) -> None:
    assert sorted_lines(await tree.mn.ok("rwho n1-n3")) == ["n1: mn1", "n2: sn1", "n3: sn1"]


async def test_a_service_node_works_on_its_own_and_passes_the_others_up(tree: Stairs) -> None:
    assert sorted_lines(await tree.sn.ok("rwho n1-n2")) == ["n1: mn1", "n2: sn1"]


async def test_a_pool_is_tried_by_the_management_node_also_for_a_caller_at_a_service_node(tree: Stairs) -> None:
    assert await tree.sn.ok("rwho n3") == "n3: sn1\n"
    (request,) = tree.pair.upper.requests
    assert (request.via, request.nodes) == (("sn1",), ("n3",))
    (back,) = tree.pair.lower.requests
    assert (back.via, back.down) == (("sn1", "mn1"), True)


async def test_when_the_daemon_above_is_away_a_service_node_serves_its_pools_itself(tree: Stairs) -> None:
    tree.pair.sn.abort()
    assert await tree.sn.ok("rwho n3") == "n3: sn1\n"


async def test_and_what_only_the_one_above_can_do_is_said_to_be_impossible(tree: Stairs) -> None:
    tree.pair.sn.abort()
    seen = await tree.sn.type("rwho n1,n2")
    assert (seen.stdout, seen.status) == ("n2: sn1\n", 1)
    assert seen.stderr == (
        "Error: [sn1]: sn1 has no connection to the management node, which must run rwho; try again when it is back\n"
    )


async def test_a_command_of_the_management_node_is_passed_up_as_a_whole(tree: Stairs) -> None:
    assert await tree.sn.ok("rcentral n2,n1", stdin="typed") == "mn1: n1,n2 typed\n"
    (request,) = tree.pair.upper.requests
    assert (request.caller.name, request.via, request.nodes) == ("root", ("sn1",), None)


async def test_when_it_is_away_that_is_the_answer(tree: Stairs) -> None:
    tree.pair.sn.abort()
    seen = await tree.sn.type("rcentral")
    assert seen.stderr.startswith("Error: sn1 has no connection to the management node, which must run rcentral")
    assert (seen.stdout, seen.status) == ("", 1)


async def test_wrong_nodes_are_told_by_the_management_node(tree: Stairs) -> None:
    seen = await tree.sn.type("rcentral n1,nosuch")
    assert seen.stderr == "Error: Invalid nodes and/or groups in noderange: nosuch\n"


async def test_a_local_command_stays_where_it_was_typed(tree: Stairs) -> None:
    assert await tree.sn.ok("rlocal n1,n3") == "sn1: n1,n3\n"
    assert tree.pair.upper.requests == []


async def test_help_is_given_where_it_was_asked_for(tree: Stairs) -> None:
    assert (await tree.sn.ok("rcentral -h")).startswith("Usage: rcentral [noderange]\n")
    assert tree.pair.upper.requests == []


async def test_a_request_is_recorded_where_it_came_in(tree: Stairs) -> None:
    await tree.sn.ok("rwho n1-n3")
    assert len(tree.sn.audit) == 1
    assert tree.mn.audit == []


async def test_what_the_daemon_above_refuses_fails_the_nodes_it_was_asked_for(tree: Stairs) -> None:
    await tree.mn.fill(policy=[{"priority": "0.5", "name": "root", "commands": "rwho", "rule": "deny"}])
    seen = await tree.sn.type("rwho n1,n2")
    assert (seen.stdout, seen.status) == ("n2: sn1\n", 1)
    assert seen.stderr == "Error: [sn1]: Permission denied for request\n"


async def test_who_works_on_a_node_may_be_said_by_the_command_itself(tree: Stairs) -> None:
    assert await tree.mn.ok("rchosen --ordered n1,n2") == "n1: sn1\nn2: mn1\n"
