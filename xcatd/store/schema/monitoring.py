"""Monitoring plug-ins and subscriptions to table changes."""

from __future__ import annotations

from xcatd.store.schema.accepted import NAMES, YES_NO
from xcatd.store.schema.table import Accepts, Column, table

MONITORING = table(
    "monitoring",
    "configured monitoring plug-ins",
    Column("name", "monitoring plug-in module name"),
    Column("nodestatmon", "y/yes/1: plug-in feeds nodelist.status", accepts=YES_NO),
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
    Column("tables", "comma list of watched tables", accepts=NAMES),
    Column(
        "tableops", "subset of letters a, u, d", accepts=Accepts("letters out of a, u and d", "[aud](?:,?[aud]){0,2}")
    ),
    keys=("filename",),
    required=("tables", "filename"),
)


TABLES = (MONITORING, MONSETTING, NOTIFICATION)
