"""`xcatd migrate`: takes a database to the schema of this version, or back to that of an older one, on the management node."""

from __future__ import annotations

import asyncio

from xcatd.daemon.cfgloc import location_of
from xcatd.daemon.handover import Lock
from xcatd.daemon.paths import Paths
from xcatd.daemon.settings import read_settings
from xcatd.errors import AlreadyRunning, ConfigError
from xcatd.store import go_to_schema


def migrate(paths: Paths, version: int | None) -> str:
    """Do it; None: the newest version. Gives a line that says what was done. Raises XcatError, and then nothing has changed."""
    settings = read_settings(paths.settings)
    if settings.master:
        raise ConfigError(f"This is a service node of {settings.master}: the management node sees to the schema")
    location = location_of(paths)
    if location.is_file and not location.path.exists():
        raise ConfigError(f"There is no database {location.named()} yet; run: xcatd init --name NAME")
    paths.make()
    lock = Lock(paths.lock)
    if not lock.take():
        raise AlreadyRunning(f"Process {lock.holder()} serves {paths.root} with this database; stop it first")
    try:
        before, after = asyncio.run(go_to_schema(location, version))
    finally:
        lock.free()
    if before == after:
        return f"{location.named()} has version {after} of the schema already; nothing to do"
    return f"{location.named()} went from version {before} of the schema to {after}"
