"""Keys and passwords that others could read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from xcatd.errors import ConfigError
from xcatd.probe import Failed, Finding, Here, check
from xcatd.store import Location


@check("xcatmn", "keys and passwords are root's alone", rank=27)
def are_private(here: Here) -> Iterator[Finding]:
    """Files with keys or passwords: nobody but the owner may read or write them, and the owner is root."""
    for path in secret_files(here):
        found = path.stat()
        if excess := stat.S_IMODE(found.st_mode) & 0o077:
            yield Failed(
                f"{path} may be used by others (mode {stat.S_IMODE(found.st_mode):o}): {_closed(path, excess)}"
            )
        if found.st_uid not in (0, os.geteuid()):
            yield Failed(
                f"{path} belongs to another user (uid {found.st_uid}): chown root {path}, and change its secret"
            )
    for folder in (here.paths.etc, here.paths.etc / "cert", here.paths.etc / "ca"):
        if folder.is_dir() and folder.stat().st_mode & 0o022:
            yield Failed(f"Others may put files into {folder}: chmod go-w {folder}")


def secret_files(here: Here) -> Iterator[Path]:
    """Those that are there."""
    etc, root = here.paths.etc, here.paths.root / "root"
    database = _database(here)
    candidates = (
        *(etc / "cert").glob("*-key.pem"),
        *(etc / "cert").glob("*-cred.pem"),
        *(etc / "ca/private").glob("*"),
        *(path for path in here.paths.hostkeys.glob("ssh_host_*_key")),
        *(root / ".xcat" / name for name in ("client-key.pem", "client-cred.pem")),
        *(path for path in (root / ".ssh").glob("id_*") if ".pub" not in path.name),
        here.paths.cfgloc,
        here.paths.database,
        *((database.path, Path(database.tls.key)) if database else ()),
    )
    return (path for path in sorted(set(candidates)) if path.is_file())


def _database(here: Here) -> Location | None:
    try:
        return here.location
    except ConfigError:  # another check says that cfgloc cannot be read
        return None


def _closed(path: Path, excess: int) -> str:
    made_known = " and replace what is in it, as it may be known" if excess & 0o044 else ""
    return f"chmod 600 {path}{made_known}"
