"""Older parts of logs: compressed, and in the end removed."""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import threading
from pathlib import Path

from xcatd.consoles.log.places import FILE_MODE, Places

_UNFINISHED = ".tmp"


def give_way() -> None:
    """Let whatever else runs on this host go first: for the thread that calls this, from now on."""
    with contextlib.suppress(OSError):  # the unit's sandbox does not let it
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)


def pack(places: Places, node: str, keep: int) -> None:
    """Compress what was put aside of a console's log, and remove all but the newest `keep`. Raises OSError."""
    parts = places.old_parts(node)
    surplus = max(0, len(parts) - keep)
    for part in parts[:surplus]:
        for path in (part.path, part.times):
            path.unlink(missing_ok=True)
    _tidy(places.old(node))
    for part in parts[surplus:]:
        for path in (part.path, part.times):
            if path.suffix != ".gz" and path.exists():
                _compress(path)


def _tidy(folder: Path) -> None:
    """Remove what was not finished when the daemon was stopped."""
    for path in folder.glob(f"*{_UNFINISHED}"):
        path.unlink(missing_ok=True)


def _compress(path: Path) -> None:
    """The whole file is there under one of its two names at any time."""
    fresh = path.with_name(f"{path.name}.gz{_UNFINISHED}")
    try:
        with path.open("rb") as plain, gzip.open(fresh, "wb", compresslevel=6) as packed:
            shutil.copyfileobj(plain, packed, 1 << 18)
        fresh.chmod(FILE_MODE)
        fresh.rename(path.with_name(f"{path.name}.gz"))
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    path.unlink()
