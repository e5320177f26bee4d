"""Daemons that work on one database tell each other when to look at it, and send each other no tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.hierarchy.stairs import Stairs, site, stairs, told, until
from tests.unit.hierarchy.test_greeting import payload
from tests.unit.hierarchy.wires import Pair, make, turns
from xcatd.errors import Malformed
from xcatd.hierarchy import Looking, hello, read_hello
from xcatd.hierarchy.feed import LOOK, REVOKED
from xcatd.hierarchy.link import Link
from xcatd.protocol.frames import Kind


class Ends:
    """A link between a management node and a service node with a database of its own; what each has heard."""

    def __init__(self, made: Stairs) -> None:
        self.looks = {"upper": 0, "lower": 0}
        self.looking = Looking(lambda: self.count("lower"))
        self.pair: Pair = make(made.supervisor, notes=(self._upper, self._lower))
        self.looking.follow(self.pair.up)
        following = made.feed.follow(self.pair.down, lambda: None, wants_tables=False)
        made.supervisor.spawn(following, "the word to look")

    def count(self, end: str) -> None:
        self.looks[end] += 1

    def _upper(self, link: Link, kind: Kind, stream: int, payload: bytes) -> None:
        assert (kind, stream, payload) == (Kind.SNAPSHOT, LOOK, b"")
        self.count("upper")

    def _lower(self, link: Link, kind: Kind, stream: int, payload: bytes) -> None:
        assert kind is Kind.SNAPSHOT
        if stream == LOOK:
            self.looking.look()
        else:
            assert stream == REVOKED


async def test_who_writes_above_says_so_below(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made:
        ends = Ends(made)
        await turns(20)
        assert ends.looks == {"upper": 0, "lower": 0}
        await site(made.top, "a", "1")
        await until(lambda: ends.looks["lower"] == 1)
        assert told(ends.pair) == []


async def test_who_writes_below_says_so_above(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made:
        ends = Ends(made)
        ends.looking.changed({"site": None}, made.top.snapshot)
        await until(lambda: ends.looks["upper"] == 1)


async def test_without_a_link_nobody_is_told() -> None:
    looking = Looking(lambda: None)
    looking.changed()
    looking.unreachable("no link to mn1 port 3001: Nothing listens")
    assert looking.trouble == "no link to mn1 port 3001: Nothing listens"


async def test_what_nobody_has_asked_for_is_malformed(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made:
        link, looking = Ends(made).pair.up, Looking(lambda: None)
        with pytest.raises(Malformed, match="sends tables"):
            looking.take(link, b"{}")
        with pytest.raises(Malformed, match="compares tables"):
            await looking.compare(link, b"{}")
        with pytest.raises(Malformed, match="reads the database itself"):
            looking.synced(b"1")


@pytest.mark.parametrize("wants", [True, False])
def test_a_greeting_says_whether_tables_are_wanted(wants: bool) -> None:
    assert read_hello(payload(hello("sn1", "Version 3", wants_tables=wants))).wants_tables is wants
