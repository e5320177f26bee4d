"""Moving the tables, and having the daemon use them where they are now; what fails leaves the old database in use."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from xcatd.dbsetup import cfgloc, daemon
from xcatd.dbsetup.job import Job
from xcatd.errors import ConfigError
from xcatd.store.moving import Moved, abandon, is_empty, moving, reopen


def move(job: Job) -> Iterator[str]:
    """Copy all that the database holds, and name the new one in cfgloc. Raises StoreError, and ConfigError."""
    if not job.wishes.moves:
        yield f"left in {job.source.named()} (-N): {job.program} -i moves it"
        return
    if job.is_there:
        yield from _named_anew(job)
        return
    before = cfgloc.read(job.paths.cfgloc)
    if job.target.is_file and job.target.path.exists() and not asyncio.run(is_empty(job.target, job.schema)):
        yield from _put_away(job.target.path, job.stamp)
    yield f"copying from {job.source.named()} to {job.target.named()}"
    moved = asyncio.run(_moved(job, before))
    yield f"copied {moved.rows} rows of {moved.tables} tables"
    yield f"{'removed' if job.target.is_file else 'wrote'} {job.paths.cfgloc}"
    yield from restarted(job, before)


async def _moved(job: Job, before: bytes | None) -> Moved:
    try:
        async with moving(job.source, job.target, job.schema) as moved:
            cfgloc.name(job.paths.cfgloc, job.target)
    except BaseException:
        cfgloc.put_back(job.paths.cfgloc, before)
        raise
    return moved


def _named_anew(job: Job) -> Iterator[str]:
    """The tables stay. Daemons may have to reach them in another way; or one missed that they were moved."""
    before = cfgloc.read(job.paths.cfgloc)
    if job.source != job.target:
        cfgloc.name(job.paths.cfgloc, job.target)
        yield f"wrote {job.paths.cfgloc}"
    elif not daemon.running(job.paths) or daemon.works_with(job.paths, job.target):
        return
    yield from restarted(job, before)


def restarted(job: Job, before: bytes | None) -> Iterator[str]:
    """Have the running daemon use the database that cfgloc names now. When it does not, all is put back: ConfigError."""
    process = daemon.running(job.paths)
    root = "" if str(job.paths.root) == "/" else f" --root {job.paths.root}"
    if not process:
        yield f"xcatd does not run: start it with systemctl start xcatd, or xcatd{root}"
        return
    yield "restarting xcatd"
    if daemon.renew(job.paths, process, job.target, job.wishes.wait):
        yield f"xcatd works with {job.target.named()}"
        return
    cfgloc.put_back(job.paths.cfgloc, before)
    if not job.is_there:
        asyncio.run(_taken_back(job))
    daemon.renew_late(job.paths, process)
    raise ConfigError(
        f"xcatd did not take over with {job.target.named()} within {job.wishes.wait:.0f} s: see what it said in"
        f" {job.paths.log}/xcatd.log and on standard error (journalctl -u xcatd)"
    )


async def _taken_back(job: Job) -> None:
    """The old database counts again, and the new one does not."""
    await reopen(job.source, job.schema)
    await abandon(job.target, job.schema)


def _put_away(path: Path, stamp: str) -> Iterator[str]:
    """Rename a database of former times, so that nothing is lost and nothing is in the way."""
    if path.exists():
        old = path.with_name(f"{path.name}.old-{stamp}")
        for end in ("-wal", "-shm", ""):
            if (part := path.with_name(path.name + end)).exists():
                part.rename(old.with_name(old.name + end))
        yield f"renamed the old {path} to {old}"
