"""The ends of logs: the daemon's, and what the system's journal has of it."""

from __future__ import annotations

from collections.abc import Iterator

from xcatd.snap import Part, Source, collector

_SERVERS = ("--unit=postgresql*.service", "--unit=mariadb.service", "--unit=mysql*.service")
_MOST = 4 << 20
"""Bytes of each file."""


@collector
def daemon_log(source: Source) -> Iterator[Part]:
    """The log, and the one that was moved away last."""
    folder = source.here.paths.log
    for name in ("xcatd.log", "xcatd.log.1"):
        if (folder / name).exists():
            yield Part(f"logs/{name}", source.read(folder / name, _MOST), is_log=True)


@collector
def journal(source: Source) -> Iterator[Part]:
    """What the units have said."""
    words = ("journalctl", "--no-pager", "--quiet", "--lines=2000", "--unit=xcatd.service", "--unit=xcatd.socket")
    yield Part("logs/journal.txt", source.run(*words), is_log=True)


@collector
def database_journal(source: Source) -> Iterator[Part]:
    """What database servers of this host have said, where the cluster's tables are on a server."""
    location = source.here.location
    if location is not None and not location.is_file:
        words = ("journalctl", "--no-pager", "--quiet", "--lines=1000", *_SERVERS)
        yield Part("logs/database.txt", source.run(*words), is_log=True)
