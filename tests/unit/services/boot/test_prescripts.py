"""Scripts before and after `nodeset`: which ones, and that none of them lasts for ever."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.helpers.alone import until
from tests.helpers.program import is_alive
from tests.unit.objects.worlds import world
from xcatd.errors import ServiceError
from xcatd.services.boot.prescripts import Scripts, run, scripts_in


@pytest.mark.parametrize(
    "text, action, names",
    [
        ("a,b", "osimage", ["a", "b"]),
        ("osimage:a,b|boot:c", "boot", ["c"]),
        ("x|osimage:a", "osimage", ["x", "a"]),
        ("osimage:a", "boot", []),
        ("", "boot", []),
    ],
)
def test_lists(text: str, action: str, names: list[str]) -> None:
    assert scripts_in(text, action) == names


def script(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


async def test_one_without_end_is_ended(tmp_path: Path) -> None:
    path = script(tmp_path, "slow", "sleep 1000")
    with pytest.raises(ServiceError, match=r"had no end within 0[.]1 s and was ended"):
        await run(path, {}, 0.1)


@pytest.mark.parametrize("then", ["wait", "exit 0"])
async def test_what_it_has_started_is_ended_with_it_and_after_it(tmp_path: Path, then: str) -> None:
    pid = tmp_path / "pid"
    path = script(tmp_path, "starts", f"sleep 1000 & echo $! > {pid}; {then}")
    async with asyncio.TaskGroup() as group:
        running = group.create_task(run(path, {}, 1000))
        child = int(await asyncio.to_thread(until, lambda: pid.exists() and pid.read_text().strip(), "the script"))
        running.cancel()
    until(lambda: not is_alive(child), "the end of what it started")


async def test_nodes_with_the_same_scripts_go_together(tmp_path: Path) -> None:
    script(tmp_path / "s", "common", 'echo "$NODES $ACTION"')
    script(tmp_path / "s", "own", "exit 2")
    rows = [{"node": "xcatdefaults", "begin": "common"}, {"node": "n3", "begin": "boot:own"}]
    made = world(nodelist=[{"node": f"n{n}", "groups": "all"} for n in (1, 2, 3)], prescripts=rows)
    said: list[str] = []

    async def say(text: str) -> None:
        said.append(text)

    scripts = Scripts(made, tmp_path / "s", "begin", "boot", say)
    await scripts.run(["n1", "n2", "n3"])
    assert said == [
        "Running begin script common for nodes n1,n2.",
        "common: n1,n2 boot",
        "Running begin script common for nodes n3.",
        "common: n3 boot",
        "Running begin script own for nodes n3.",
    ]
    assert {node: str(error) for node, error in scripts.failed.items()} == {"n3": "own: return code=2. Error message="}


@pytest.mark.parametrize("place", ["s", "s/sub", "s/sub/x"])
async def test_what_somebody_else_can_change_does_not_run_as_root(tmp_path: Path, place: str) -> None:
    script(tmp_path / "s", "y", "exit 0")
    script(tmp_path / "s/sub", "x", "exit 0")
    made = world(nodelist=[{"node": "n1", "groups": "all"}], prescripts=[{"node": "n1", "end": "sub/x"}])

    async def say(text: str) -> None:
        raise AssertionError(text)

    for spoil, words in (
        (lambda path: path.chmod(0o775), "can be written by others"),
        (lambda path: os.chown(path, 65534, 0), "belongs to another account"),
    ):
        spoil(tmp_path / place)
        scripts = Scripts(made, tmp_path / "s", "end", "boot", say)
        await scripts.run(["n1"])
        assert f"{tmp_path / place} {words}" in str(scripts.failed["n1"])
        (tmp_path / place).chmod(0o755)


@pytest.mark.parametrize("name", ["../x", "/bin/true", "a b", ".hidden"])
async def test_names_that_lead_elsewhere(tmp_path: Path, name: str) -> None:
    made = world(nodelist=[{"node": "n1", "groups": "all"}], prescripts=[{"node": "n1", "end": name}])

    async def say(text: str) -> None:
        raise AssertionError(text)

    scripts = Scripts(made, tmp_path, "end", "boot", say)
    await scripts.run(["n1"])
    assert "is no name of a script" in str(scripts.failed["n1"])
