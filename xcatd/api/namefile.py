"""Files that callers name in noderanges (`^file`)."""

from __future__ import annotations

from pathlib import Path

from xcatd.errors import Denied
from xcatd.model import Request


def read_name_file(request: Request, path: str) -> str:
    """The content of a file. The daemon reads it with its own rights, so only for root.

    Raises Denied for other callers, OSError or ValueError when it cannot be read.
    """
    if request.caller.name != "root":
        raise Denied(f"Only root may name a file in a noderange; write the nodes of {path} out instead")
    return (Path(request.cwd) / path).read_text(encoding="utf-8")
