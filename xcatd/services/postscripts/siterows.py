"""Which rows of table site a node sees: a list, and what site.mypostscriptkeys adds. Never one that holds a secret.

xCAT shows all rows to every node. What is here is what its own postscripts and those of this program ask for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from xcatd.services.postscripts.quoting import name_of
from xcatd.store import Snapshot
from xcatd.store.secret import is_secret

SHOWN: Final = frozenset(
    (
        *(
            "cleanupdiskfullxcatpost",
            "cleanupxcatpost",
            "domain",
            "extntpservers",
            "httpmethod",
            "httpport",
            "installdir",
        ),
        *("logservers", "managedaddressmode", "master", "nameservers", "nodestatus", "nodesyncfiledir", "ntpservers"),
        *("runbootscripts", "setinstallnic", "sharedtftp", "sshbetweennodes", "svloglocal", "tftpdir", "timezone"),
        *("useflowcontrol", "useSSHonAIX", "useNFSv4onAIX", "xcatconfdir", "xcatdebugmode", "xcatdport", "xcatiport"),
    )
)
MORE: Final = "mypostscriptkeys"
_DEFAULTS: Final = {"installdir": "/install", "tftpdir": "/tftpboot", "httpport": "80"}


def shown(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Names of variables and their values, by name: a key in capitals; `master` is SITEMASTER, for MASTER is the node's own."""
    wanted = SHOWN | {key for key in re.split(r"[\s,]+", snapshot.site(MORE)) if key}
    rows = {row["key"]: row["value"] for row in snapshot.table("site").rows if not row.hidden}
    values = _DEFAULTS | {key: text for key, text in rows.items() if text}
    for key in sorted(wanted & values.keys()):
        if not is_secret("site", "value", key):
            yield variable(key), values[key]


def variable(key: str) -> str:
    """What a key of table site is called in a shell."""
    name = name_of(key).upper()
    if name == "MASTER":
        return "SITEMASTER"
    return f"_{name}" if name[:1].isdigit() else name
