"""The cluster's configuration: tables as data, snapshots to read from, and writes that are durable when they return.

Importing this package does not import SQLAlchemy; opening a database does.
"""

from xcatd.store.base import Store
from xcatd.store.changes import Append, Change, Delete, Put
from xcatd.store.opening import open_store
from xcatd.store.preview import preview
from xcatd.store.row import Row
from xcatd.store.schema import SITE_ATTRIBUTES, STANDARD, TABLES, Accepts, Column, Schema, Table
from xcatd.store.snapshot import Snapshot, TableData
from xcatd.store.sqlstore import SqlStore
from xcatd.store.view import TableView, dump_table

__all__ = [
    "SITE_ATTRIBUTES",
    "STANDARD",
    "TABLES",
    "Accepts",
    "Append",
    "Change",
    "Column",
    "Delete",
    "Put",
    "Row",
    "Schema",
    "Snapshot",
    "SqlStore",
    "Store",
    "Table",
    "TableData",
    "TableView",
    "dump_table",
    "open_store",
    "preview",
]
