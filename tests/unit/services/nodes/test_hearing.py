"""What becomes of what nodes say: reports in a real database, and deeds that are done or refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from xcatd.errors import NotFound, StoreError, Unsupported
from xcatd.model import Origin
from xcatd.services.nodes import Hearing, read_saying
from xcatd.services.nodes.statuses import LONGEST
from xcatd.store import Change, Put, Snapshot, SqlStore, open_store
from xcatd.store.outage import Outage

NOW = datetime(2026, 3, 4, 5, 6, 7)


@dataclass
class Kept:
    """A disk that remembers what it was given, and hands it on while `store` can be written."""

    store: SqlStore
    reports: list[tuple[Sequence[Change], Origin]] = field(default_factory=list)
    is_full: bool = False
    is_away: bool = False

    async def __call__(self, changes: Sequence[Change], author: Origin) -> None:
        if self.is_full:
            raise StoreError("The disk is full")
        self.reports.append((changes, author))
        if not self.is_away:
            await self.store.write(changes, author=author)


@dataclass
class Doing:
    """Deeds that are written down."""

    done: list[tuple[str, ...]] = field(default_factory=list)

    async def advance(self, node: str) -> None:
        self.done.append(("next", node))

    async def postscript(self, node: str) -> Sequence[str]:
        return ["#!/bin/sh", f"echo {node}"]

    async def sync_files(self, node: str) -> None:
        self.done.append(("sync", node))

    async def other(self, node: str, words: Sequence[str]) -> None:
        self.done.append((node, *words))


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    store = await open_store(tmp_path / "xcat.sqlite")
    await store.write([Put("nodelist", {"node": "n1"}, {"appstatus": "gpfs=up"})], author="test")
    yield Kept(store)
    await store.close()


def row(kept: Kept) -> dict[str, Any]:
    (found,) = kept.store.snapshot.table("nodelist").find("n1")
    return {column: found[column] for column in ("status", "statustime", "appstatus", "updatestatus")}


async def say(hearing: Hearing, line: str) -> Sequence[str]:
    return await hearing.hear("n1", read_saying(line.split()))


async def test_a_status_of_several_words_is_the_last_that_is_one(kept: Kept) -> None:
    hearing = Hearing(kept.store, kept, now=lambda: NOW)
    assert await say(hearing, "installstatus installing postbooting nonsense") == ()
    assert (row(kept)["status"], row(kept)["statustime"]) == ("postbooting", "03-04-2026 05:06:07")
    (_, author) = kept.reports[0]
    assert author == Origin("nodes", command="installstatus", words="installing postbooting nonsense")


@pytest.mark.parametrize(
    "line", ["installstatus", "installstatus sleepy", "updatestatus perhaps", "hpcbootstatus gpfs"]
)
async def test_what_is_no_state_is_left(kept: Kept, line: str, caplog: pytest.LogCaptureFixture) -> None:
    assert await say(Hearing(kept.store, kept), line) == ()
    assert not kept.reports
    assert "a node reports what is no state" in caplog.text


async def test_what_is_kept_obeys_no_terminal_and_is_short(kept: Kept) -> None:
    await say(Hearing(kept.store, kept), "installstatus booted \x1b]0;evil\x07 " + "x" * 5000)
    (_, author) = kept.reports[0]
    assert author.words.startswith("booted ]0;evil x") and len(author.words) == LONGEST


async def test_nothing_is_kept_where_the_site_wants_no_status(kept: Kept) -> None:
    await kept.store.write([Put("site", {"key": "nodestatus"}, {"value": "n"})], author="test")
    await say(Hearing(kept.store, kept), "installstatus booted")
    assert not kept.reports


async def test_a_reason_stays_until_the_next_status(kept: Kept) -> None:
    hearing = Hearing(kept.store, kept)
    await say(hearing, "installstatus failed -- no disk, none")
    assert row(kept)["appstatus"] == "gpfs=up,reason=no disk; none"
    await say(hearing, "installstatus booted")
    assert row(kept)["appstatus"] == "gpfs=up"
    assert [entry["message"] for entry in await kept.store.scan("eventlog")] == ["no disk; none"]


@dataclass
class Away:
    """The tables while nobody can write them."""

    snapshot: Snapshot
    outage: Outage

    async def catch_up(self) -> None:
        """Nothing comes."""


async def test_reports_of_a_long_outage_build_on_each_other(kept: Kept) -> None:
    hearing = Hearing(Away(kept.store.snapshot, Outage(datetime.now(UTC), "a test")), kept)
    kept.is_away = True
    for line in ("installstatus failed -- no disk", "hpcbootstatus ll=down", "installstatus booted"):
        await say(hearing, line)
    for changes, author in kept.reports:
        await kept.store.write(changes, author=author)
    assert (row(kept)["status"], row(kept)["appstatus"]) == ("booted", "gpfs=up,ll=down")


async def test_what_cannot_be_kept_is_an_error(kept: Kept) -> None:
    kept.is_full = True
    with pytest.raises(StoreError, match="full"):
        await say(Hearing(kept.store, kept), "installstatus booted")
    with pytest.raises(NotFound, match="There is no node n9"):
        await Hearing(kept.store, kept).hear("n9", read_saying(["installstatus", "booted"]))


async def test_deeds_are_done_for_the_node(kept: Kept) -> None:
    deeds = Doing()
    hearing = Hearing(kept.store, kept, deeds)
    assert await say(hearing, "next") == ()
    assert await say(hearing, "getpostscript") == ["#!/bin/sh", "echo n1", "#END OF SCRIPT"]
    assert await say(hearing, "syncfiles") == ["syncfiles done"]
    assert await say(hearing, "installmonitor") == ()
    await say(hearing, "setiscsiparms vmlinuz initrd quiet")
    assert deeds.done == [("next", "n1"), ("sync", "n1"), ("n1", "setiscsiparms", "vmlinuz", "initrd", "quiet")]


@pytest.mark.parametrize("line", ["next", "getpostscript", "syncfiles", "locktftpdir"])
async def test_deeds_that_there_are_not_yet_are_refused(kept: Kept, line: str) -> None:
    with pytest.raises(Unsupported, match="n1"):
        await say(Hearing(kept.store, kept), line)
