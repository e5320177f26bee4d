"""The database: which it is, what holds it, and what of it is not as it should be. Rows are in the folder `tables`."""

from __future__ import annotations

from collections.abc import Iterator

from xcatd.snap import Part, Source, collector
from xcatd.store import Location, Looked


@collector
def database(source: Source) -> Iterator[Part]:
    """Its state, in words. Raises StoreError and ConfigError, which then stand in the archive."""
    location = source.here.location
    if location is None:
        yield Part("database.txt", "This service node opens no database: the tables come over the link\n")
        return
    yield Part("database.txt", "\n".join([*_lines(location, source.here.looked), ""]))


def _lines(location: Location, looked: Looked) -> Iterator[str]:
    yield f"database: {location.shown()}"
    yield f"held by: {looked.program}"
    yield f"TLS: {looked.tls or 'none'}"
    yield f"version of the schema: {looked.version} (this xcatd knows {looked.newest})"
    yield f"moved away: {'yes' if looked.moved else 'no'}"
    yield f"missing: {', '.join(looked.missing) or 'nothing'}"
    yield f"changes not counted: {', '.join(looked.uncounted) or 'none'}"
    yield from (f"rows of {name}: {len(looked.snapshot.table(name).rows)}" for name in looked.snapshot)
