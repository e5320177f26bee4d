"""Which words alter nodes decides about locks and about trying twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xcatd.api import Ctx, Node, command, commands_of


@command("changing", changes=True, reads=("stat", "status"))
@command("looking")
async def handler(ctx: Ctx, node: Node, action: str = "") -> None:
    """Do something."""


LOOKING, CHANGING = commands_of(handler)


@pytest.mark.parametrize(
    ("words", "alters"),
    [((), True), (("on",), True), (("stat",), False), (("--fast", "status"), False), (("statistics",), True)],
)
def test_a_command_that_changes_alters_nodes_unless_a_word_says_that_it_looks(
    words: tuple[str, ...], alters: bool
) -> None:
    assert CHANGING.alters(words) is alters


def test_a_command_that_changes_nothing_never_alters_nodes() -> None:
    assert not LOOKING.alters(("on",))


@pytest.mark.parametrize(("words", "alters"), [(("clear",), True), (("all",), False), ((), False)])
def test_a_function_may_say_which_words_alter_nodes(words: tuple[str, ...], alters: bool) -> None:
    made = replace(CHANGING, changing=lambda given: "clear" in given)
    assert made.alters(words) is alters


def test_a_command_that_runs_once_per_node_has_four_more_flags() -> None:
    assert replace(LOOKING, nodes="each").own_flags == ("--json", "--ordered", "--fold", "--slowest")
    assert replace(LOOKING, nodes="all").own_flags == ()
    assert replace(LOOKING, nodes="all", lists=True, edits=True).own_flags == ("--dry-run", "--json")
