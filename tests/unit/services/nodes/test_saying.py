"""Lines of nodes are read word by word."""

from __future__ import annotations

import pytest

from xcatd.errors import UsageError
from xcatd.services.nodes import Saying, Verb, read_saying


@pytest.mark.parametrize(
    ("line", "saying"),
    [
        ("next", Saying(Verb.NEXT)),
        ("installstatus booted", Saying(Verb.STATUS, ("booted",))),
        ("installstatus failed -- no  disk -- at all", Saying(Verb.STATUS, ("failed",), "no disk -- at all")),
        ("setiscsiparms vmlinuz initrd quiet ro", Saying(Verb.ISCSI, ("vmlinuz", "initrd", "quiet", "ro"))),
        ("unlocktftpdir", Saying(Verb.UNLOCK)),
    ],
)
def test_the_first_word_says_what_it_is(line: str, saying: Saying) -> None:
    assert read_saying(line.split()) == saying


@pytest.mark.parametrize("line", ["", "nextt", "Next", "my next", "lockunlocktftpdir"])
def test_a_word_that_only_contains_another_is_none(line: str) -> None:
    with pytest.raises(UsageError, match="is nothing that a node can say"):
        read_saying(line.split())


def test_a_reason_may_come_by_itself() -> None:
    assert read_saying(["installstatus", "failed"], "no disk").reason == "no disk"
