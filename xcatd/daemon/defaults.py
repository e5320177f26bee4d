"""The rows of a new installation: site, policy and postscripts, as xCAT's own set-up writes them."""

from __future__ import annotations

import socket
from collections.abc import Sequence

from xcatd.daemon.paths import Paths
from xcatd.policy import default_rows
from xcatd.store import Change, Put, Row, Snapshot

_SITE = {
    "blademaxp": "64",
    "fsptimeout": "0",
    "ipmimaxp": "64",
    "ipmiretries": "3",
    "ipmitimeout": "2",
    "consoleondemand": "no",
    "maxssh": "8",
    "ppcmaxp": "64",
    "ppcretry": "3",
    "ppctimeout": "0",
    "powerinterval": "0",
    "syspowerinterval": "0",
    "sharedtftp": "1",
    "SNsyncfiledir": "/var/xcat/syncfiles",
    "nodesyncfiledir": "/var/xcat/node/syncfiles",
    "useNmapfromMN": "no",
    "enableASMI": "no",
    "db2installloc": "/mntdb2",
    "databaseloc": "/var/lib",
    "sshbetweennodes": "ALLGROUPS",
    "dnshandler": "ddns",
    "vsftp": "n",
    "cleanupxcatpost": "no",
    "cleanupdiskfullxcatpost": "no",
    "dhcplease": "43200",
    "auditnosyslog": "0",
    "xcattlspolicy": "modern",
}

_POSTSCRIPTS = {
    "xcatdefaults": {"postscripts": "syslog,remoteshell,syncfiles", "postbootscripts": "otherpkgs"},
    "service": {"postscripts": "servicenode"},
}


def default_changes(snapshot: Snapshot, paths: Paths, name: str, addresses: Sequence[str], port: int) -> list[Change]:
    """What a database lacks of the defaults. Rows that are there, and tables that somebody has filled, are left alone."""
    keys = {row["key"] for row in snapshot.table("site").rows}
    changes: list[Change] = [put for put in _site_rows(paths, name, addresses, port) if put.key["key"] not in keys]
    if not snapshot.table("policy").rows:
        changes += default_rows(name)
    known = set(snapshot.table("postscripts").keys())
    changes += [put for put in _postscripts() if put.key["node"] not in known]
    return changes


def restored_changes(
    snapshot: Snapshot, paths: Paths, name: str, addresses: Sequence[str], port: int, *, over: bool
) -> list[Change]:
    """What brings the defaults back, one by one; unlike `default_changes` also rows of a policy that somebody has filled,
    unless their priority is taken or another row says the same. `over`: rows that differ become the defaults again."""
    changes: list[Change] = []
    rows = {
        "site": _site_rows(paths, name, addresses, port),
        "policy": default_rows(name),
        "postscripts": _postscripts(),
    }
    for table, wanted in rows.items():
        there = snapshot.table(table).rows
        for put in wanted:
            ((column, key),) = put.key.items()
            own = [row for row in there if row[column] == key]
            if own and over and not _says(own[0], put):
                changes.append(_instead_of(own[0], put))
            elif not own and not (table == "policy" and any(_says(row, put) for row in there)):
                changes.append(put)
    return changes


def _instead_of(row: Row, put: Put) -> Put:
    """What makes a row the default: its other cells are cleared, but for the comment."""
    others = {column: None for column in row.columns if column not in (*put.key, "comments")}
    return Put(put.table, put.key, others | dict(put.values))


def _says(row: Row, put: Put) -> bool:
    """Whether the row has these values and no others, comments apart, and is in use."""
    rest = set(row.columns) - {*put.key, *put.values, "comments", "disable"}
    same = all(row[column] == text for column, text in put.values.items())
    return same and not row.hidden and not any(row[column] for column in rest)


def _postscripts() -> list[Put]:
    return [Put("postscripts", {"node": node}, row) for node, row in _POSTSCRIPTS.items()]


def _site_rows(paths: Paths, name: str, addresses: Sequence[str], port: int) -> list[Put]:
    here = {
        "master": addresses[0] if addresses else name,
        "nameservers": addresses[0] if addresses else "",
        "xcatdport": str(port or 3001),
        # Old nodes go to 3002. Whose port is another one has another daemon beside him, which may have this one too: he says it.
        "xcatiport": "3002" if port in (0, 3001) else "",
        "installdir": str(paths.install),
        "tftpdir": str(paths.tftpboot),
        "xcatconfdir": str(paths.etc),
        "domain": socket.getfqdn(name).partition(".")[2],
    }
    return [Put("site", {"key": key}, {"value": value}) for key, value in (_SITE | here).items() if value]
