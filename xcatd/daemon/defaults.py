"""The rows of a new installation: site, policy and postscripts, as xCAT's own set-up writes them."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence

from xcatd.daemon.paths import Paths
from xcatd.policy import default_rows
from xcatd.store import Change, Put, Snapshot

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
    "xcatiport": "3002",
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
    changes: list[Change] = list(_site(snapshot, paths, name, addresses, port))
    if not snapshot.table("policy").rows:
        changes += default_rows(name)
    known = set(snapshot.table("postscripts").keys())
    changes += [Put("postscripts", {"node": node}, row) for node, row in _POSTSCRIPTS.items() if node not in known]
    return changes


def _site(snapshot: Snapshot, paths: Paths, name: str, addresses: Sequence[str], port: int) -> Iterator[Put]:
    here = {
        "master": addresses[0] if addresses else name,
        "xcatdport": str(port or 3001),
        "installdir": str(paths.install),
        "tftpdir": str(paths.tftpboot),
        "xcatconfdir": str(paths.etc),
        "domain": socket.getfqdn(name).partition(".")[2],
    }
    known = {row["key"] for row in snapshot.table("site").rows}
    for key, value in (_SITE | here).items():
        if key not in known and value:
            yield Put("site", {"key": key}, {"value": value})
