"""Passwords from table passwd, for answer files: hashed always, because everybody in the network can read these files."""

from __future__ import annotations

import re
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.autoinst.crypt512 import salt_from, sha512crypt
from xcatd.services.postscripts.here import Here
from xcatd.services.service import YES
from xcatd.store import Row

LOCKED: Final = "*"
"""What no password fits: root comes in by key only."""
_HASHED = re.compile(r"\$(1|5|6|7|y|gy|2[abxy]?)\$\S+", re.ASCII)


def hashed(here: Here, key: str, user: str, *, or_locked: bool) -> str:
    """The hash of the password of a row; LOCKED where site.secureroot is 1, or there is none and that will do. Raises ServiceError
    when there is none. The salt is the cluster's, so that a file that is made again is the same."""
    snapshot = here.world.snapshot
    if snapshot.site("secureroot").lower() in YES:
        return LOCKED
    password = next((text for row in snapshot.table("passwd").rows if (text := _of(row, key, user))), "")
    if not password and or_locked:
        return LOCKED
    if not password:
        raise ServiceError(
            f"There is no password for {user}: chtab key={key},username={user} passwd.password=... (a hash, or the password itself)"
        )
    if _HASHED.fullmatch(password):
        return password
    return sha512crypt(password, salt_from(f"{key} {user} {snapshot.site('master')} {snapshot.site('domain')}"))


def _of(row: Row, key: str, user: str) -> str:
    return row["password"] if not row.hidden and (row["key"], row["username"]) == (key, user) else ""
