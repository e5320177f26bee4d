"""Opening a store."""

from __future__ import annotations

from pathlib import Path

from xcatd.errors import StoreError
from xcatd.store.schema import STANDARD, Schema
from xcatd.store.sqlstore import SqlStore

_SCHEME = "sqlite:///"


async def open_store(location: str | Path, *, patience: float = 30.0, schema: Schema = STANDARD) -> SqlStore:
    """Open the database at a path, or at a URL like `sqlite:////etc/xcat/xcat.sqlite`; make it if it does not exist.

    `patience` is how many seconds to wait for another program that holds a lock. Tables and columns of `schema` that the
    database lacks are made. StoreError says why the file cannot be used; it is then left as it was.
    """
    from xcatd.store.engine import Database  # SQLAlchemy costs 20 MiB; a store without a database goes without

    store = SqlStore(await Database.open(_path_of(location), patience, schema))
    try:
        await store.load()
    except BaseException:
        await store.close()
        raise
    return store


def _path_of(location: str | Path) -> Path:
    text = str(location)
    if "://" in text and not text.startswith(_SCHEME):
        raise StoreError(
            f"The database {text.split('://')[0]}://... cannot be used: this version works on SQLite files only"
        )
    return Path(text.removeprefix(_SCHEME))
