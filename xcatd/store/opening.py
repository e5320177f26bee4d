"""Opening a store."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from xcatd.store.legacy import take_over
from xcatd.store.location import Location
from xcatd.store.schema import STANDARD, Schema
from xcatd.store.sqlstore import DEADLINE, SqlStore

_log = logging.getLogger(__name__)


async def open_store(
    location: Location | Path,
    *,
    patience: float = 30.0,
    schema: Schema = STANDARD,
    alters: bool = True,
    deadline: float = DEADLINE,
) -> SqlStore:
    """Open a database, or the file at a path, which is made if it does not exist.

    `patience` is how many seconds to wait for another program that holds a lock; `deadline`, for how many a write waits for
    a server that is away. Tables and columns of `schema` that the database lacks are made, unless `alters` is False:
    that is the management node's business, as it is to take over files of xCAT 2 beside a file that is not there yet (see
    `take_over`). StoreError says why it cannot be used; a file is then left as it was.
    """
    store = await make_store(location, patience=patience, schema=schema, alters=alters, deadline=deadline)
    try:
        await store.load()
    except BaseException:
        await store.close()
        raise
    return store


async def make_store(
    location: Location | Path,
    *,
    patience: float = 30.0,
    schema: Schema = STANDARD,
    alters: bool = True,
    deadline: float = DEADLINE,
) -> SqlStore:
    """The same without reading the tables: `SqlStore.load` does, for which `resume` may give it a copy."""
    from xcatd.store.engine import Database  # SQLAlchemy costs 20 MiB; a store without a database goes without

    where = Location.of_file(location) if isinstance(location, Path) else location
    if alters and where.is_file and (taken := await asyncio.to_thread(take_over, where.path, schema.tables, patience)):
        _log.info("%s", taken)
    return SqlStore(await Database.make(where, patience, schema, alters=alters), deadline=deadline)
