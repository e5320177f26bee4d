"""What is being typed, found by the signature of the command."""

from __future__ import annotations

import shlex
from typing import Annotated, Literal

import pytest

from xcatd.api import Completes, Ctx, Node, Where, command, commands_of, opt
from xcatd.plugins.completion.position import Position, position


@command("demo", edits=True, lists=True, where=Where.MANAGEMENT)
async def demo(
    ctx: Ctx,
    node: Node,
    action: Literal["on", "off"],
    columns: tuple[str, ...] = (),
    *,
    kind: Annotated[str, opt("-t", "--type", "a type")] = "",
    file: Annotated[str, opt("-f", "--file", "a file")] = "",
    fast: Annotated[bool, opt("-q", "--quick", "be quick")] = False,
) -> None:
    """Only declared."""


@command("define")
async def define(
    ctx: Ctx,
    words: tuple[str, ...],
    *,
    kind: Annotated[str, opt("-t", "--type", "a type")] = "",
    objects: Annotated[str, opt("-o", "--object", "names")] = "",
) -> None:
    """Only declared."""


@command("single", completes={"one": Completes.TABLE})
async def single(ctx: Ctx, one: str) -> None:
    """Only declared."""


COMMANDS = {made.name: made for handler in (demo, define, single) for made in commands_of(handler)}


def at(line: str) -> Position:
    name, *words = line.split(" ")
    return position(COMMANDS[name], words)


@pytest.mark.parametrize(
    ("line", "kind", "stem"),
    [
        ("demo n", Completes.NODES, "n"),
        ("demo -q n", Completes.NODES, "n"),
        ("demo -f x n", Completes.NODES, "n"),
        ("demo -qfx n", Completes.NODES, "n"),
        ("demo --file=x n", Completes.NODES, "n"),
        ("demo --fi x n", Completes.NODES, "n"),
        ("demo --odd n", Completes.NODES, "n"),
        ("demo -o n", Completes.NODES, "n"),
        ("demo -- -n", Completes.NODES, "-n"),
        ("demo n1 on a.", Completes.COLUMN, "a."),
        ("demo n1 on a.b c", Completes.COLUMN, "c"),
        ("demo -f ", Completes.FILE, ""),
        ("demo -qf /e", Completes.FILE, "/e"),
        ("demo --file=/e", Completes.FILE, "/e"),
        ("demo -t no", Completes.TYPE, "no"),
        ("single sit", Completes.TABLE, "sit"),
        ("single site m", Completes.NOTHING, "m"),
        ("define n", Completes.OBJECTS, "n"),
        ("define n1 gro", Completes.DEFINITION, "gro"),
        ("define -o n1 gro", Completes.DEFINITION, "gro"),
        ("define groups=", Completes.DEFINITION, "groups="),
    ],
)
def test_what_can_stand_there(line: str, kind: Completes, stem: str) -> None:
    found = at(line)
    assert (found.kind, found.stem) == (kind, stem)


def test_choices_and_options() -> None:
    assert at("demo n1 o").choices == ("on", "off")
    flags = at("demo -").choices
    assert {"-t", "--type", "--quick", "--dry-run", "--json", "--help", "-V"} <= set(flags)
    assert "--dry-run" not in at("define -").choices
    assert at("demo --type=no").head == "--type="


@pytest.mark.parametrize(
    "line", ["-t osimage ", "--type osimage ", "--type=osimage ", "--ty=osimage,node ", "-tosimage "]
)
def test_the_type_that_a_line_is_about(line: str) -> None:
    assert at(f"define {line}").object_type == "osimage"
    assert at("define ").object_type == "node"


def test_whatever_is_typed_has_a_place() -> None:
    for words in ("-", "--", "-=", "--=", "-t", "--type", "-- --", "= =", "\udcff"):
        assert position(COMMANDS["define"], shlex.split(words)).stem is not None
