"""What the options and the DSH_ variables of a caller say, for all commands on nodes."""

from __future__ import annotations

import math
from collections.abc import Mapping

from xcatd.errors import UsageError

FANOUT = 64
_MOST = 4096
"""Nodes at once: each has a socket, of which a daemon may have some thousands."""
_ODD = ("DEVICETYPE", "RSYNC_RSH")
NAMES = r"(?:(?:DSH|DCP)_[A-Z_]+|DEVICETYPE|RSYNC_RSH)"
LIST = rf"{NAMES}(?:,{NAMES})*"
"""What -X takes from behind a blank: nobody has a command or a file of such a name."""


def heeded(command: str, env: Mapping[str, str], ignored: bool | str) -> Mapping[str, str]:
    """The variables that count. `ignored`: what -X says: not given, given alone, or with the names that count all the same.

    Raises UsageError.
    """
    if ignored is False:
        return env
    kept = {name.strip() for name in ignored.split(",") if name.strip()} if isinstance(ignored, str) else set()
    if odd := sorted(name for name in kept if not name.startswith(("DSH_", "DCP_")) and name not in _ODD):
        raise UsageError(f"{command} -X takes names of variables that begin with DSH_, not {', '.join(odd)}")
    return {name: value for name, value in env.items() if name in kept}


def believed(env: Mapping[str, str], caller: str) -> Mapping[str, str]:
    """The variables that may change what is run, or where, or as whom: root's. The policy sees words, and no variables."""
    return env if caller == "root" else {}


def fanout_of(command: str, typed: float, env: Mapping[str, str]) -> int:
    """Nodes at once. Raises UsageError."""
    fanout = typed or _number(command, "DSH_FANOUT", env) or FANOUT
    if not 1 <= fanout <= _MOST:
        raise UsageError(f"{command}: the fanout is a number from 1 to {_MOST}, not {fanout:g}")
    return int(fanout)


def silence_of(command: str, typed: float, env: Mapping[str, str]) -> float | None:
    """Seconds without a word after which a node is given up; None: never. Raises UsageError."""
    silence = typed or _number(command, "DSH_TIMEOUT", env)
    if silence and not 0 < silence < math.inf:
        raise UsageError(f"{command} -t takes seconds, more than none, not {silence:g}")
    return silence or None


def user_of(command: str, typed: str, env: Mapping[str, str], caller: str) -> str:
    """As whom on the nodes: as with xCAT under the caller's own name, unless something else is said. Raises UsageError."""
    if user := typed or believed(env, caller).get("DSH_TO_USERID") or caller:
        return user
    raise UsageError(f"{command}: without a certificate you have no name: say with -l as whom on the nodes")


def _number(command: str, name: str, env: Mapping[str, str]) -> float:
    text = env.get(name, "")
    try:
        return float(text or 0)
    except ValueError:
        raise UsageError(f"{command}: the variable {name} is {text!r}, which is no number") from None
