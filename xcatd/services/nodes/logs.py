"""What nodes have sent of their logs when they could not go on: the last one of each, and the one before it.

They are in var/log/xcat/nodes on the management node; on a service node only while it cannot reach the management node. A node can
fill no disk with them: a log has 64 kB at most, and each node two.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from xcatd.errors import ServiceError
from xcatd.services.files import replace_text

LONGEST: Final = 64 << 10
"""Bytes of a log."""
END: Final = "."
"""The line behind a log; a line of the log that begins with a dot has one more."""
_PLACE: Final = "var/log/xcat/nodes"
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Terminals would obey it."""


def keep_log(root: Path, node: str, text: str, head: str) -> None:
    """Write a node's log, with a line about it before it. `root`: the folder below which files are. Raises ServiceError."""
    path = _path(root, node)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            path.replace(path.with_suffix(".log.1"))
        replace_text(path, f"{head}\n{_UNSEEN.sub('?', text[:LONGEST])}\n", mode=0o600)
    except OSError as error:
        raise ServiceError(f"{path} cannot be written: {os.strerror(error.errno or 0).lower()}") from error


def read_log(root: Path, node: str) -> Sequence[str]:
    """The lines of a node's last log; none: it has sent none."""
    path = _path(root, node)
    try:
        return path.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ServiceError(f"{path} cannot be read: {os.strerror(error.errno or 0).lower()}") from error


def _path(root: Path, node: str) -> Path:
    return root / _PLACE / f"{quote(node, safe='')}.log"
