"""The cluster's configuration: tables as data, snapshots to read from, and writes that are durable when they return.

Importing this package does not import SQLAlchemy; opening a database does.
"""

from xcatd.store.base import Store
from xcatd.store.changes import Append, Cells, Change, Delete, Exact, Once, Put, Replace
from xcatd.store.history import Entry, History, RowChange
from xcatd.store.legacy import TakenOver, take_over
from xcatd.store.location import Engine, Location, Tls, Trust, parse_location
from xcatd.store.looking import Looked, last_records, look_at
from xcatd.store.moving import Moved, abandon, copy_database, go_to_schema, is_empty, moving, reopen
from xcatd.store.news import Listener, News
from xcatd.store.opening import make_store, open_store
from xcatd.store.outage import Outage
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
    "Engine",
    "Entry",
    "Exact",
    "History",
    "Layout",
    "Listener",
    "Location",
    "Looked",
    "Moved",
    "News",
    "Once",
    "Outage",
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
    "TakenOver",
    "Tls",
    "Trust",
    "Values",
    "abandon",
    "copy_database",
    "dump_table",
    "go_to_schema",
    "is_empty",
    "is_secret",
    "last_records",
    "look_at",
    "make_store",
    "moving",
    "open_store",
    "parse_location",
    "preview",
    "read_site_schema",
    "reopen",
    "take_over",
    "without_secrets",
]
