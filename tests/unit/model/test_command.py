"""Which words alter nodes decides about locks and about trying twice."""

from __future__ import annotations

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
