"""Tables that only grow: they are read from the database, never kept in a snapshot."""

from __future__ import annotations

from xcatd.store.schema.table import Column, table

AUDITLOG = table(
    "auditlog",
    "who ran which command; written only on the MN",
    Column("recid", "auto-increment integer, row number", "INTEGER AUTO_INCREMENT"),
    Column("audittime", "text `YYYY-MM-DD hh:mm:ss`, when the request was authorised"),
    Column("userid", "authenticated (or trusted-asserted) user"),
    Column("clientname", "short host name of the caller"),
    Column("clienttype", "origin: cli, java, webui, other (any string a client sends)"),
    Column("command", "command name; suppressed by site.auditskipcmds"),
    Column("noderange", "noderange text of the request, unexpanded"),
    Column("args", "arguments joined with blanks, secrets masked"),
    Column("status", "Allowed or Denied"),
    keys=("recid",),
    log=True,
)

EVENTLOG = table(
    "eventlog",
    "events recorded by monitoring",
    Column("recid", "auto-increment integer", "INTEGER AUTO_INCREMENT"),
    Column("eventtime", "when the event happened"),
    Column("eventtype", "kind of event"),
    Column("monitor", "plug-in that recorded it"),
    Column("monnode", "node doing the monitoring"),
    Column("node", "node concerned"),
    Column("application", "reporting application"),
    Column("component", "component concerned"),
    Column("id", "resource name or location"),
    Column("severity", "informational, warning or critical"),
    Column("message", "text"),
    Column("rawdata", "attached data"),
    keys=("recid",),
    log=True,
)

PERFORMANCE = table(
    "performance",
    "metric samples",
    Column("timestamp", "time of sample"),
    Column("node", "node"),
    Column("attrname", "metric name"),
    Column("attrvalue", "metric value"),
    keys=("timestamp", "node", "attrname"),
    log=True,
)


TABLES = (AUDITLOG, EVENTLOG, PERFORMANCE)
