"""The policy rows of a new installation (protocol.md section 3.5): root may do everything, nodes may fetch what they
need.
"""

from __future__ import annotations

from xcatd.store import Put

_ANYONE = (
    ("2", "getbmcconfig"),
    ("2.1", "remoteimmsetup"),
    ("2.3", "lsxcatd"),
    ("3", "nextdestiny"),
    ("4", "getdestiny"),
    ("4.4", "getpostscript"),
    ("4.5", "getcredentials"),
    ("4.6", "syncfiles"),
    ("4.7", "litefile"),
    ("4.8", "litetree"),
    ("4.9", "getadapter"),
    ("4.91", "nodereport"),
    ("4.92", "nodeenrol"),
)


def default_rows(mn_name: str) -> list[Put]:
    """The rows; `mn_name` is the CN of the management node's certificate, which is trusted to speak for others."""
    root = Put("policy", {"priority": "1"}, {"name": "root", "rule": "allow"})
    daemon = Put("policy", {"priority": "1.2"}, {"name": mn_name, "rule": "trusted"})
    anyone = (Put("policy", {"priority": p}, {"commands": command, "rule": "allow"}) for p, command in _ANYONE)
    return [root, daemon, *anyone]
