"""`xcatstatus` about the service nodes themselves: the tree, and what is said of one that is not healthy."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from tests.helpers.run import Desk
from xcatd.api import Sink
from xcatd.model import Request
from xcatd.services.health.state import Health, Word
from xcatd.services.health.telling import fact_of


@dataclass(frozen=True, slots=True)
class Below:
    """Service nodes of which this is known."""

    known: tuple[Health, ...]

    def healths(self) -> Mapping[str, Health]:
        return {health.name: health for health in self.known}


def watched(desk: Desk, *known: tuple[str, Word, str]) -> Desk:
    """The same host, which has these service nodes: name, word, reason; each is so for a minute and a half."""
    began = asyncio.get_running_loop().time() - 90
    view = Below(tuple(Health(name, word, began, (why,) if why else ()) for name, word, why in known))

    async def about(salt: str) -> Mapping[str, str]:
        facts = {f"health {name}": fact_of(each, began + 90) for name, each in view.healths().items()}
        return {"version": "Version 3", "tables": "own database", "load": "0.25", **facts}

    async def run(request: Request, sink: Sink) -> int:
        return await made.hall.run(request, sink)

    host = replace(desk.hall.host, health=view, about=about, run=run)
    made: Desk = replace(desk, hall=replace(desk.hall, host=host))
    return made


async def test_the_tree_and_who_is_not_healthy(desk: Desk) -> None:
    here = watched(desk, ("sn1", Word.HEALTHY, ""), ("sn2", Word.DEAD, "it has no link"), ("sn3", Word.UNKNOWN, ""))
    seen = await here.type("xcatstatus --tree")
    assert seen.stdout.splitlines() == [
        "mn1    here        3  tables own database  load 0.25  0 nodes",
        "  sn1  healthy 1m  -  -                    -          0 nodes",
        "  sn2  dead 1m     -  -                    -          0 nodes",
        "  sn3  unknown 1m  -  -                    -          0 nodes",
    ]
    assert seen.stderr.splitlines() == [
        "Error: [mn1]: sn2 is dead for 1m: it has no link",
        "Warning: [mn1]: sn3 is unknown for 1m",
    ]
    assert seen.status == 1


async def test_the_tree_as_json(desk: Desk) -> None:
    seen = await watched(desk, ("sn1", Word.SUSPECT, "TFTP is silent")).type("xcatstatus --tree --json")
    top, below = json.loads(seen.stdout)
    assert top == {
        "type": "daemon",
        "name": "mn1",
        "attributes": {"version": "Version 3", "tables": "own database", "load": "0.25", "nodes": "0"},
    }
    assert (below["type"], below["name"], below["attributes"]["health"]) == ("daemon", "sn1", "suspect")
    assert below["attributes"]["reason"] == "TFTP is silent"
    assert (seen.status, seen.stderr) == (1, "Error: [mn1]: sn1 is suspect for 1m: TFTP is silent\n")


async def test_the_services_are_shown_as_before_and_the_unhealthy_named_behind(desk: Desk) -> None:
    await desk.fill(nodelist=[{"node": "sn1"}, {"node": "sn2"}], servicenode=[{"node": "sn1"}, {"node": "sn2"}])
    here = watched(desk, ("sn1", Word.CUT, "2 of 2 reach it"), ("sn2", Word.SUSPECT, "it has no link"))
    every, one = await here.type("xcatstatus"), await here.type("xcatstatus sn2")
    assert every.stdout == "mn1: no services are wanted here (table servicenode)\n"
    named = [
        "Error: [mn1]: sn1 is cut off for 1m: 2 of 2 reach it",
        "Error: [mn1]: sn2 is suspect for 1m: it has no link",
    ]
    assert every.stderr.splitlines()[-2:] == named
    assert one.stderr.splitlines()[-1:] == named[1:]
    assert named[0] not in one.stderr
    assert every.status == one.status == 1


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("xcatstatus --json", "xcatstatus --json shows the tree: say --tree, too"),
        ("xcatstatus --tree -a", "xcatstatus --tree shows all daemons: leave out the noderange and -a"),
    ],
)
async def test_words_that_do_not_go_together(desk: Desk, line: str, error: str) -> None:
    seen = await desk.type(line)
    assert (seen.status, seen.stderr) == (1, f"Error: [mn1]: {error}\n")
