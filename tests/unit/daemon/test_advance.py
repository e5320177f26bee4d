"""Nodes that ask for their next steps, with the real hall and the real nodeset: who goes together, and what each is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.run import Desk, desk
from xcatd.daemon.advance import Advance
from xcatd.daemon.supervisor import Supervisor
from xcatd.errors import ServiceError, XcatError

NODES = [f"n{number}" for number in range(1, 31)]


@dataclass(frozen=True)
class Stairs:
    """`go` asks for a node. `runs`: how many nodesets there were."""

    desk: Desk
    go: Advance

    @property
    def runs(self) -> list[str | None]:
        return [request.noderange for request, _ in self.desk.audit if request.command == "nodeset"]

    def state(self, node: str) -> str:
        rows = self.desk.store.snapshot.table("chain").find(node)
        return next((row["currstate"] or "" for row in rows), "")

    async def told(self, *nodes: str) -> list[str]:
        """What nodes are told that ask at once, "" for good news."""
        ends = await asyncio.gather(*(self.go(node) for node in nodes), return_exceptions=True)
        assert all(end is None or isinstance(end, XcatError) for end in ends)
        return ["" if end is None else str(end) for end in ends]


@asynccontextmanager
async def stairs(folder: Path, empty_database: Path) -> AsyncIterator[Stairs]:
    async with Supervisor() as supervisor, desk(folder, database=empty_database) as made:
        await made.ok("nodeadd n[1-30] groups=compute noderes.netboot=xnba chain.chain=offline,boot")
        await made.ok(r"chdef -t group compute mac='|n(\d+)|02:00:00:00:00:($1+10)|' ip='|n(\d+)|10.0.0.($1)|'")
        yield Stairs(made, Advance(lambda: made.hall, supervisor.spawn))


@pytest.fixture
async def site(tmp_path: Path, empty_database: Path) -> AsyncIterator[Stairs]:
    async with stairs(tmp_path, empty_database) as made:
        yield made


async def test_those_that_ask_meanwhile_go_together(site: Stairs) -> None:
    assert await site.told(*NODES) == [""] * len(NODES)
    assert {site.state(node) for node in NODES} == {"offline"}
    assert site.runs == ["n[1-30]"]
    assert await site.told("n1") == [""]
    assert (site.state("n1"), site.state("n2")) == ("boot", "offline")


async def test_what_is_wrong_with_one_is_its_own(site: Stairs) -> None:
    await site.desk.ok("nodech n4 chain.chain=")
    await site.desk.ok("noderm n7")
    await site.desk.ok(
        "chtab priority=0.5 policy.name=root policy.commands=nodeset policy.noderange=n9 policy.rule=deny"
    )
    told = dict(zip(NODES, await site.told(*NODES), strict=True))
    assert {node: text for node, text in told.items() if text} == {
        "n4": "n4: There is no next step: chain.currchain and chain.chain are not set",
        "n7": "n7: There is no node n7; see: nodels",
        "n9": "n9: Permission denied for request",
    }
    assert all(site.state(node) == ("offline" if not told[node] else "") for node in NODES)


async def test_who_is_cancelled_before_his_turn_takes_no_step_and_the_others_do(site: Stairs) -> None:
    async with asyncio.TaskGroup() as group:
        async with site.desk.hall.host.boot_files:  # another nodeset writes
            first = group.create_task(site.go("n1"))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            gone, other = (group.create_task(site.go(node)) for node in ("n2", "n3"))
            await asyncio.sleep(0)
            gone.cancel()
            await asyncio.wait((gone,))
        await asyncio.gather(first, other)
    assert [site.state(node) for node in ("n1", "n2", "n3")] == ["offline", "", "offline"]
    assert site.runs == ["n1", "n3"]


async def test_who_asks_again_before_the_answer_takes_one_step(site: Stairs) -> None:
    async with asyncio.TaskGroup() as group:
        async with site.desk.hall.host.boot_files:
            first = group.create_task(site.go("n1"))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            first.cancel()
            await asyncio.wait((first,))
            again = [group.create_task(site.go("n1")) for _ in range(2)]
            await asyncio.sleep(0)
        await asyncio.gather(*again)
    assert (site.state("n1"), site.runs) == ("offline", ["n1"])


async def test_when_the_daemon_stops_those_who_wait_are_told(tmp_path: Path, empty_database: Path) -> None:
    async with stairs(tmp_path, empty_database) as site, site.desk.hall.host.boot_files:
        supervisor = Supervisor()
        async with asyncio.TaskGroup() as group:
            async with supervisor:
                go = Advance(lambda: site.desk.hall, supervisor.spawn)
                waits = group.create_task(_refused(go, "n1"))
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            assert await waits == "n1: the daemon stops; ask again"
        assert site.state("n1") == ""


async def _refused(go: Advance, node: str) -> str:
    with pytest.raises(ServiceError) as refused:
        await go(node)
    return str(refused.value)
