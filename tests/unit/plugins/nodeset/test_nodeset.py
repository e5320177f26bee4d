"""`nodeset` at a desk: what is said, and how words that are missing are refused."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.helpers.run import Desk


async def filled(desk: Desk, tmp_path: Path) -> None:
    names = ("n1", "n2")
    await desk.fill(
        nodelist=[{"node": name, "groups": "all"} for name in names],
        noderes=[{"node": name, "netboot": "xnba", "xcatmaster": "10.0.0.1"} for name in names],
        mac=[{"node": name, "mac": f"02:00:00:00:00:0{name[1]}"} for name in names],
        hosts=[{"node": name, "ip": f"10.0.0.{name[1]}"} for name in names],
        nodetype=[{"node": "n1", "provmethod": "gone"}],
        site=[{"key": "tftpdir", "value": f"{tmp_path}/tftp"}, {"key": "installdir", "value": f"{tmp_path}/install"}],
    )


async def test_states(desk: Desk, tmp_path: Path) -> None:
    await filled(desk, tmp_path)
    assert await desk.ok("nodeset n1 stat") == "n1: undefined\n"
    assert await desk.ok("nodeset n1,n2 boot") == "n1: boot\nn2: boot\n"
    assert await desk.ok("nodeset n1,n2 stat -a") == "n1: boot\nn2: boot\nn1: osimage: gone\n"
    assert await desk.ok("nodeset n1 offline") == "n1: offline\n"
    assert {path.name for path in (tmp_path / "tftp/xcat/xnba/nodes").iterdir()} == {"n2", "n2.uefi"}


async def test_words_that_are_missing(desk: Desk, tmp_path: Path) -> None:
    await filled(desk, tmp_path)
    seen = await desk.type("nodeset n1")
    assert (seen.status, "say what the nodes shall do" in seen.stderr) == (1, True)
    seen = await desk.type("nodeset")
    assert (seen.status, "a noderange is missing" in seen.stderr) == (1, True)


async def test_there_must_be_something_to_go_on_with(desk: Desk, tmp_path: Path) -> None:
    await filled(desk, tmp_path)
    assert (
        "There is no next step: chain.currchain and chain.chain are not set"
        in (await desk.type("nodeset n1 next")).stderr
    )
    assert "chain.currstate is not set" in (await desk.type("nodeset n1 enact")).stderr
    assert "nodetype.provmethod is not set: type osimage=NAME" in (await desk.type("nodeset n2 osimage")).stderr
    assert "There is no osimage gone" in (await desk.type("nodeset n1 osimage")).stderr


async def test_the_verdict_of_each_node(desk: Desk, tmp_path: Path) -> None:
    await filled(desk, tmp_path)
    await desk.fill(mac=[{"node": "n2", "mac": ""}])
    seen = await desk.type("nodeset n1,n2 boot --json")
    verdicts = {one["name"]: one["attributes"]["verdict"] for one in json.loads(seen.stdout)}
    assert (seen.status, verdicts) == (1, {"n1": "ok", "n2": "failed"})


async def test_many_at_once_take_turns(desk: Desk, tmp_path: Path) -> None:
    """As nodes do that ask for their next step at the same time: those that wait leave threads to the one that works."""
    await filled(desk, tmp_path)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
    async with asyncio.TaskGroup() as group:
        typed = [group.create_task(desk.ok("nodeset n1,n2 boot")) for _ in range(6)]
    assert {one.result() for one in typed} == {"n1: boot\nn2: boot\n"}
