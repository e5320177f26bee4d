"""The file `cfgloc`, which names the cluster's database and holds its password."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from pathlib import Path

from xcatd.daemon.paths import Paths
from xcatd.errors import ConfigError
from xcatd.policy import mask
from xcatd.store import Location, parse_location
from xcatd.store.secret import MASK

OVERRIDE = "XCATCFG"
"""The environment variable that counts instead of the file."""

_HOST = re.compile(r"(?<=host=)[^;|]*")


def first_line(path: Path) -> str:
    """What counts in the file, "" when there is none. Raises OSError."""
    try:
        with path.open(encoding="utf-8", errors="surrogateescape") as file:
            return file.readline().strip()
    except FileNotFoundError:
        return ""


def location_of(paths: Paths) -> Location:
    """The database of this host: as the environment says, else cfgloc, else SQLite in the usual place. Raises ConfigError."""
    line = os.environ.get(OVERRIDE, "")
    if not line:
        try:
            line = first_line(paths.cfgloc)
        except OSError as error:
            raise ConfigError(f"{paths.cfgloc} cannot be read: {error.strerror}; run this as root") from error
    return parse_location(line, paths.etc)


def without_password(line: str) -> str:
    """The line as it may be shown: `Pg:dbname=xcatdb;host=mn1|xcatadm|xxxxxxxx`."""
    source, *rest = line.split("|")
    shown = [mask([source]), *rest[:1], *(MASK for _ in rest[1:2])]
    return "|".join(shown)


def password_in(line: str) -> str:
    """The password, "" when there is none."""
    return line.split("|", 2)[2] if line.count("|") >= 2 else ""


def sealed(line: str, salt: bytes) -> str:
    """What two hosts compare to find out whether they have the same line, in hexadecimal digits.

    The host of the database is left out: a service node may know it by another name. `salt` is new for each comparison,
    so that the outcome is of no use later.
    """
    bare = _HOST.sub("", line).encode(errors="surrogateescape")
    return hmac.new(salt, bare, hashlib.sha256).hexdigest()
