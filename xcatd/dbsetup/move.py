"""Moving the tables, and having the daemon use them where they are now; what fails leaves the old database in use."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xcatd.dbsetup import cfgloc, daemon
from xcatd.dbsetup.job import Job
from xcatd.errors import ConfigError
from xcatd.store.moving import Moved, is_empty, moving


def move(job: Job) -> Iterator[str]:
    """Copy all that the database holds, and name the new one in cfgloc. Raises StoreError, and ConfigError."""
    if not job.wishes.moves:
        yield f"left in {job.source.named()} (-N): {job.program} -i moves it"
    elif job.is_there:
        yield from _named_anew(job)
    else:
        if job.target.is_file and job.target.path.exists() and not asyncio.run(is_empty(job.target, job.schema)):
            yield from _put_away(job.target.path, job.stamp)
        yield f"copying from {job.source.named()} to {job.target.named()}"
        yield from _moved(job)


def _moved(job: Job) -> Iterator[str]:
    """The daemon changes over while nobody can write to the old database: who writes meanwhile waits, and most of them are
    served by its successor."""
    process = daemon.running(job.paths)
    try:
        with _carried(job) as moved:
            yield f"copied {moved.rows} rows of {moved.tables} tables"
            yield from _used(job, process)
    except BaseException:
        daemon.renew_late(job.paths, process)
        raise


@contextmanager
def _carried(job: Job) -> Iterator[Moved]:
    """`moving`, for steps that tell what they do as they go."""
    with asyncio.Runner() as runner:
        block = moving(job.source, job.target, job.schema)
        moved = runner.run(block.__aenter__())
        try:
            yield moved
        except BaseException as error:
            runner.run(block.__aexit__(type(error), error, error.__traceback__))
            raise
        runner.run(block.__aexit__(None, None, None))


def _named_anew(job: Job) -> Iterator[str]:
    """The tables stay. Daemons may have to reach them in another way; or one missed that they were moved."""
    process = daemon.running(job.paths)
    if job.source == job.target and (not process or daemon.works_with(job.paths, job.target)):
        return
    try:
        yield from _used(job, process)
    except BaseException:
        daemon.renew_late(job.paths, process)
        raise


def _used(job: Job, process: int) -> Iterator[str]:
    """Name the database in cfgloc, and have the running daemon use it. When it does not, cfgloc is what it was: ConfigError."""
    before = cfgloc.read(job.paths.cfgloc)
    try:
        if job.source != job.target:
            cfgloc.name(job.paths.cfgloc, job.target)
            yield f"{'removed' if job.target.is_file else 'wrote'} {job.paths.cfgloc}"
        yield from _restarted(job, process)
    except BaseException:
        cfgloc.put_back(job.paths.cfgloc, before)
        raise


def _restarted(job: Job, process: int) -> Iterator[str]:
    root = "" if str(job.paths.root) == "/" else f" --root {job.paths.root}"
    if not process:
        yield f"xcatd does not run: start it with systemctl start xcatd, or xcatd{root}"
        return
    yield "restarting xcatd"
    if not daemon.renew(job.paths, process, job.target, job.wishes.wait):
        raise ConfigError(
            f"xcatd did not take over with {job.target.named()} within {job.wishes.wait:.0f} s: see what it said in"
            f" {job.paths.log}/xcatd.log and on standard error (journalctl -u xcatd)"
        )
    yield f"xcatd works with {job.target.named()}"


def _put_away(path: Path, stamp: str) -> Iterator[str]:
    """Rename a database of former times, so that nothing is lost and nothing is in the way."""
    old = path.with_name(f"{path.name}.old-{stamp}")
    for end in ("-wal", "-shm", ""):
        if (part := path.with_name(path.name + end)).exists():
            part.rename(old.with_name(old.name + end))
    yield f"renamed the old {path} to {old}"
