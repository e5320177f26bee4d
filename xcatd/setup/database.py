"""Rows: the defaults of site, policy and postscripts, and the management node itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence

from xcatd.daemon.cfgloc import location_of
from xcatd.daemon.defaults import default_changes, restored_changes
from xcatd.daemon.init import adopt, write_changes
from xcatd.setup.job import Job
from xcatd.store import Change, Put, Snapshot

GROUP = "__mgmtnode"
_YES = ("1", "yes", "y")


def defaults(job: Job) -> Iterator[str]:
    """Default rows that are missing, one by one; with `force`, also those that somebody has changed."""
    where = job.settings.addresses

    def find(snapshot: Snapshot) -> Sequence[Change]:
        return restored_changes(snapshot, job.paths, job.settings.name, where, job.settings.port, over=job.force)

    return _written(job, find)


def first_defaults(job: Job) -> Iterator[str]:
    """As `xcatd init` does: a policy that somebody has made is not widened."""

    def find(snapshot: Snapshot) -> Sequence[Change]:
        settings = job.settings
        return default_changes(snapshot, job.paths, settings.name, settings.addresses, settings.port)

    return _written(job, find)


def management_node(job: Job) -> Iterator[str]:
    """This host as a node of the group __mgmtnode, and what that group serves."""
    return _written(job, lambda snapshot: _node(snapshot, job.name))


def _node(snapshot: Snapshot, name: str) -> list[Put]:
    changes = []
    row = next(iter(snapshot.table("nodelist").find(name)), None)
    groups = [each.strip() for each in row["groups"].split(",") if each.strip()] if row else []
    if GROUP not in groups:
        changes.append(Put("nodelist", {"node": name}, {"groups": ",".join((*groups, GROUP))}))
    if GROUP not in set(snapshot.table("servicenode").keys()):
        serves = {"tftpserver": "yes"} | ({"ftpserver": "yes"} if snapshot.site("vsftp").lower() in _YES else {})
        changes.append(Put("servicenode", {"node": GROUP}, serves))
    return changes


def _written(job: Job, find: Callable[[Snapshot], Sequence[Change]]) -> Iterator[str]:
    yield from adopt(job.paths)
    database = location_of(job.paths)
    new = database.is_file and not database.path.exists()
    changes = asyncio.run(write_changes(job.paths, find, "xcatconfig"))
    if new:
        yield f"made {database.path}"
    yield from (_told(change) for change in changes if isinstance(change, Put))


def _told(put: Put) -> str:
    cells = " ".join(f"{put.table}.{column}={text}" for column, text in put.values.items() if text)
    return f"wrote {' '.join(f'{column}={text}' for column, text in put.key.items())} {cells}"
