"""A recorder that runs while a test does, and what is on its disk."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from tests.helpers.cluster import PATIENCE
from xcatd.consoles.log.cursor import Cursor
from xcatd.consoles.log.lines import Noted, Said
from xcatd.consoles.log.places import Places
from xcatd.consoles.log.settings import LogSettings
from xcatd.consoles.log.syslogcopy import SyslogCopy
from xcatd.consoles.log.writer import ConsoleLogs


@contextlib.asynccontextmanager
async def recording(
    folder: Path, settings: LogSettings | None = None, syslog: SyslogCopy | None = None
) -> AsyncIterator[ConsoleLogs]:
    """At the end all that was said is on the disk, as far as it takes it."""
    logs = ConsoleLogs(folder, lambda: settings or LogSettings(), syslog)
    async with asyncio.TaskGroup() as group:
        keeper = group.create_task(logs.keep())
        await asyncio.sleep(0)
        try:
            yield logs
        finally:
            keeper.cancel()


async def becomes(holds: Callable[[], object], what: str) -> None:
    """Wait until something is the case."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not holds():  # noqa: ASYNC110 - the disk is what tells
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"waited for {what} in vain") from None


def moments(cursor: Cursor) -> list[Said | Noted]:
    """All that is there for it now."""
    found: list[Said | Noted] = []
    while some := cursor.read():
        found += some
    return found


def octets(cursor: Cursor) -> bytes:
    return b"".join(moment.octets for moment in moments(cursor) if isinstance(moment, Said))


def notes(cursor: Cursor) -> list[str]:
    return [moment.text for moment in moments(cursor) if isinstance(moment, Noted)]


def recorded(folder: Path, node: str) -> bytes:
    """All that a console has said, of whatever part of its log."""
    cursor = Cursor(Places(folder), node)
    with contextlib.closing(cursor):
        return octets(cursor)
