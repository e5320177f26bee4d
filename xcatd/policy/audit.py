"""The record of a decision: who, from where, what, on which nodes, allowed or denied; secrets masked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from xcatd.model import Request
from xcatd.policy.decide import Decision
from xcatd.policy.mask import mask
from xcatd.store import Append

_NEVER = frozenset({"getdestiny", "getbladecons", "getipmicons", "getopenbmccons", "getcons"})


def audit_row(
    request: Request,
    decision: Decision,
    now: datetime,
    *,
    argv: Sequence[str] | None = None,
    noderange: str | None = None,
) -> Append:
    """The auditlog row of a decision taken at `now` (local time).

    `argv` and `noderange` replace the request's own where the hall has taken them apart (`Request.whole`).
    """
    values = {
        "audittime": now.strftime("%Y-%m-%d %H:%M:%S"),
        "userid": request.caller.name,
        "clientname": request.caller.host or request.caller.peer,
        "clienttype": request.client_type,
        "command": request.command,
        "noderange": (request.noderange or "") if noderange is None else noderange,
        "args": mask(request.argv if argv is None else argv, request.command),
        "status": "Allowed" if decision.allowed else "Denied",
    }
    return Append("auditlog", {column: _storable(text) for column, text in values.items()})


def _storable(text: str) -> str:
    """The text with what no database takes written out (`\\udcff`, `\\x00`): no word of a caller may stop the records."""
    return text.replace("\0", "\\x00").encode(errors="backslashreplace").decode()


def is_skipped(request: Request, skip: str) -> bool:
    """Whether a request leaves no auditlog row.

    `skip` is the site value `auditskipcmds`: `ALL`, or a comma list of command names and `clienttype:<type>`,
    compared as whole words. What nodes and consoles ask all the time is never recorded.
    """
    words = {word.strip() for word in skip.split(",")} - {""}
    reasons = {"ALL", request.command, f"clienttype:{request.client_type}"}
    return request.command in _NEVER or not words.isdisjoint(reasons)
