"""`--json`: whatever happens to the command, standard output holds one array."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.helpers.run import Desk
from tests.helpers.run import desk as a_desk
from tests.helpers.stage import LAB_PLUGIN
from xcatd.dispatch import Registry

ITEM = {"type": "node", "attributes": {"usercomment": 'ü"\n<&>', "mgt": "ipmi"}}


@pytest.fixture
async def desk(tmp_path: Path, database: Path) -> AsyncIterator[Desk]:
    folder = tmp_path / "plugins"
    folder.mkdir()
    shutil.copy(LAB_PLUGIN.with_name("outputplugin.py"), folder)
    async with a_desk(tmp_path, database=database) as made:
        made.hall = replace(made.hall, registry=Registry(folder))
        yield made


def items(count: int) -> list[dict[str, object]]:
    return [{"type": "node", "name": f"n{number}", "attributes": ITEM["attributes"]} for number in range(count)]


@pytest.mark.parametrize("words", ["--json", "-V --json", "--json --verbose"])
@pytest.mark.parametrize("count", [0, 1, 3000])
async def test_one_array_and_nothing_beside_it(desk: Desk, count: int, words: str) -> None:
    seen = await desk.type(f"labjson {count} {words}")
    assert json.loads(seen.stdout) == items(count)
    assert (seen.stderr, seen.status) == ("Warning: [mn1]: looks odd\n", 0)


@pytest.mark.parametrize(
    ("end", "error", "status"),
    [
        ("fail", "did not succeed", 4),
        ("raise", "there is no such thing", 1),
        ("fault", "A fault in labjson was logged under", 1),
    ],
)
async def test_a_command_that_fails_on_its_way_ends_the_array(desk: Desk, end: str, error: str, status: int) -> None:
    seen = await desk.type(f"labjson 2000 {end} --json")
    assert json.loads(seen.stdout) == items(2000)
    assert f"Error: [mn1]: {error}" in seen.stderr
    assert seen.status == status


async def test_without_the_word_the_text_stays(desk: Desk) -> None:
    seen = await desk.type("labjson 2")
    assert seen.stdout == "a word beside the listing\ndone\n"


async def test_what_cannot_begin_says_nothing_on_standard_output(desk: Desk) -> None:
    seen = await desk.type("labjson --json many")
    assert (seen.stdout, seen.status) == ("", 1)
    seen = await desk.type("labjson 1 --json", user="joe")
    assert (seen.stdout, seen.stderr) == ("", "Error: Permission denied for request\n")
    assert (
        await desk.type("xcatcomplete --json")
    ).stderr == "Error: xcatcomplete: unknown option --json; see xcatcomplete -h\n"
