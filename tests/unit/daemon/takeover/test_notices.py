"""Who is told of a takeover: the log, table eventlog, and a program."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from tests.helpers.tables import snapshot_of
from xcatd.daemon.supervisor import Supervisor
from xcatd.daemon.takeover.notices import Event, Notice, Notices
from xcatd.errors import StoreError
from xcatd.model import Origin
from xcatd.store import Append, Change, Snapshot

NOTICE = Notice(Event.MOVED, "sn1", "sn2", ("n1", "n2"), "sn1 is dead: n[1-2] have gone to sn2")


class Site:
    """A daemon that tells. `command` is site.takeoverprogram."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.command = ""
        self.rows: list[dict[str, str | None]] = []
        self.error: StoreError | None = None
        self.reported = asyncio.Event()
        self.notices = Notices("mn1", self._snapshot, self._report, supervisor.spawn)

    def _snapshot(self) -> Snapshot:
        return snapshot_of(site=[{"key": "takeoverprogram", "value": self.command}])

    async def _report(self, changes: Sequence[Change], author: Origin) -> None:
        self.reported.set()
        if self.error is not None:
            raise self.error
        assert author.user == "mn1"
        self.rows += [dict(change.values) for change in changes if isinstance(change, Append)]


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Supervisor() as supervisor:
        site = Site(supervisor)
        supervisor.keep(site.notices.keep(), "notices")
        yield site


async def comes(path: Path, text: str) -> str:
    async with asyncio.timeout(20):
        while not (path.exists() and text in path.read_text()):  # noqa: ASYNC110 - a file is looked at
            await asyncio.sleep(0.01)
    return path.read_text()


async def test_the_event_is_a_row_of_table_eventlog(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.notices.say(NOTICE)
    await site.reported.wait()
    (row,) = site.rows
    assert {**row, "eventtime": ""} == {
        "eventtime": "",
        "eventtype": "takeover",
        "monitor": "xcatd",
        "monnode": "mn1",
        "node": "sn1",
        "component": "moved",
        "severity": "warning",
        "message": NOTICE.text,
    }
    assert caplog.messages == [f"takeover: {NOTICE.text}"]


async def test_the_program_reads_what_has_happened_one_notice_after_the_other(site: Site, tmp_path: Path) -> None:
    program = tmp_path / "tell"
    program.write_text(f"#!/bin/sh\ncat >>{tmp_path}/told; echo end $1 >>{tmp_path}/told\n")
    program.chmod(0o755)
    site.command = f"{program} now"
    site.notices.say(NOTICE)
    site.notices.say(Notice(Event.HELD, "sn3", "", ("n3",), "why"))
    assert await comes(tmp_path / "told", "why\nend now\n") == (
        f"event=moved\nsource=sn1\ndest=sn2\nnodes=n[1-2]\ntext={NOTICE.text}\nend now\n"
        "event=held\nsource=sn3\ndest=\nnodes=n3\ntext=why\nend now\n"
    )


async def test_what_goes_wrong_with_it_is_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    site.command, site.error = "/nowhere/tell", StoreError("the disk is full")
    site.notices.say(NOTICE)
    async with asyncio.timeout(20):
        while len(caplog.messages) < 3:  # noqa: ASYNC110 - the log is looked at, as a person does
            await asyncio.sleep(0.01)
    assert sorted(caplog.messages[1:]) == [
        "takeover: /nowhere/tell cannot be run: No such file or directory (site.takeoverprogram)",
        "takeover: the event is not in table eventlog: the disk is full",
    ]
