"""Databases on the private servers for programs that look at them: made, filled, and compared before and after a look."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from tests.helpers.databases import DatabaseServer
from xcatd.store import Change, Location, open_store
from xcatd.store.location import Engine


def fill(location: Location, *changes: Change) -> Location:
    """The database, with all tables in it and these changes made."""

    async def write() -> None:
        store = await open_store(location)
        try:
            if changes:
                await store.write(changes, author="test")
        finally:
            await store.close()

    asyncio.run(write())
    return location


def things(server: DatabaseServer, location: Location) -> Sequence[tuple[Any, ...]]:
    """The names of all tables, columns, triggers and functions of a database, and how often its rows were changed."""
    columns = (
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema IN ('public', DATABASE()) ORDER BY 1, 2"
    )
    triggers = "SELECT trigger_name, event_object_table FROM information_schema.triggers ORDER BY 1, 2"
    if location.engine is Engine.POSTGRES:
        columns = columns.replace(", DATABASE()", "")
        functions = "SELECT proname FROM pg_proc WHERE proname LIKE 'xcatd%' ORDER BY 1"
        changed = "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables ORDER BY 1"
    else:
        functions = "SELECT routine_name FROM information_schema.routines WHERE routine_schema = DATABASE()"
        changed = "SELECT 'nothing'"
    asked = (columns, triggers, functions, changed)
    return [row for question in asked for row in server.sql(location.database, question)]
