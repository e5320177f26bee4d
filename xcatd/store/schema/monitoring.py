"""Monitoring plug-ins and subscriptions to table changes."""

from __future__ import annotations

from xcatd.store.schema.table import Column, table

MONITORING = table(
    "monitoring",
    "configured monitoring plug-ins",
    Column("name", "monitoring plug-in module name"),
    Column("nodestatmon", "y/yes/1: plug-in feeds nodelist.status"),
    keys=("name",),
    required=("name",),
)

MONSETTING = table(
    "monsetting",
    "settings of those plug-ins",
    Column("name", "plug-in name"),
    Column("key", "setting name"),
    Column("value", "setting value"),
    keys=("name", "key"),
    required=("name", "key"),
)

NOTIFICATION = table(
    "notification",
    "subscriptions to table changes",
    Column("filename", "Perl module or command to call"),
    Column("tables", "comma list of watched tables"),
    Column("tableops", "subset of letters a, u, d"),
    keys=("filename",),
    required=("tables", "filename"),
)


TABLES = (MONITORING, MONSETTING, NOTIFICATION)
