"""The cluster's configuration: tables as data, snapshots to read from, and writes that are durable when they return.

Importing this package does not import SQLAlchemy; opening a database does.
"""

from xcatd.store.base import Store
from xcatd.store.changes import Append, Cells, Change, Delete, Exact, Put, Replace
from xcatd.store.history import Entry, History, RowChange
from xcatd.store.looking import Looked, last_records, look_at
from xcatd.store.opening import open_store
from xcatd.store.preview import preview
from xcatd.store.row import Layout, Row, Values
from xcatd.store.schema import SITE_ATTRIBUTES, STANDARD, TABLES, Accepts, Column, Schema, Table
from xcatd.store.schema.site_dir import read_site_schema
from xcatd.store.secret import is_secret, without_secrets
from xcatd.store.snapshot import Snapshot, TableData
from xcatd.store.sqlstore import SqlStore
from xcatd.store.view import TableView, dump_table

__all__ = [
    "SITE_ATTRIBUTES",
    "STANDARD",
    "TABLES",
    "Accepts",
    "Append",
    "Cells",
    "Change",
    "Column",
    "Delete",
    "Entry",
    "Exact",
    "History",
    "Layout",
    "Looked",
    "Put",
    "Replace",
    "Row",
    "RowChange",
    "Schema",
    "Snapshot",
    "SqlStore",
    "Store",
    "Table",
    "TableData",
    "TableView",
    "Values",
    "dump_table",
    "is_secret",
    "last_records",
    "look_at",
    "open_store",
    "preview",
    "read_site_schema",
    "without_secrets",
]
