"""What a daemon says about itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.run import VERSION, Desk, Seen
from tests.helpers.run import desk as a_desk
from xcatd.model import Role

USAGE = """\
       lsxcatd [-v|--version]
       lsxcatd [-h|--help]
       lsxcatd [-d|--database]
       lsxcatd [-t|--nodetype]
       lsxcatd [-a|--all]
"""


@pytest.mark.parametrize(
    ("options", "output"),
    [
        ("-v", f"{VERSION}\n"),
        ("--version", f"{VERSION}\n"),
        ("-t", "This is a Management Node\n"),
        ("-d", "dbengine=SQLite\n"),
        ("-t -v", f"{VERSION}\nThis is a Management Node\n"),
        ("-a", f"{VERSION}\nThis is a Management Node\ndbengine=SQLite\n"),
    ],
)
async def test_each_option_asks_for_a_line(desk: Desk, options: str, output: str) -> None:
    assert await desk.ok(f"lsxcatd {options}") == output


async def test_without_an_option_it_shows_how_to_call_it_and_fails(desk: Desk) -> None:
    assert await desk.type("lsxcatd") == Seen(USAGE, "", 1)
    assert await desk.type("lsxcatd --json") == Seen(
        "[\n]\n", "Error: [mn1]: lsxcatd: what is asked for? Write -v, -t, -d or -a\n", 1
    )


async def test_everybody_may_ask(desk: Desk) -> None:
    assert await desk.type("lsxcatd -v", user="") == Seen(f"{VERSION}\n", "", 0)


async def test_a_service_node_knows_that_it_is_one(tmp_path: Path) -> None:
    async with a_desk(tmp_path, "sn1", Role.SERVICE) as desk:
        assert await desk.ok("lsxcatd -t") == "This is a Service Node\n"


async def test_json(desk: Desk) -> None:
    facts = {"version": VERSION, "nodetype": "Management Node", "dbengine": "SQLite"}
    assert json.loads(await desk.ok("lsxcatd -a --json")) == [{"type": "xcatd", "name": "mn1", "attributes": facts}]
    assert json.loads(await desk.ok("lsxcatd --type --json"))[0]["attributes"] == {"nodetype": "Management Node"}
