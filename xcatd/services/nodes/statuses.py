"""The forms in which table nodelist has what is known of a node: states, times, and states of applications."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

STATUSES: Final = (
    "alive",
    "unreachable",
    "installing",
    "installed",
    "booting",
    "postbooting",
    "netbooting",
    "booted",
    "powering-on",
    "powering-off",
    "discovering",
    "discovered",
    "configuring",
    "configured",
    "standingby",
    "shell",
    "defined",
    "unknown",
    "failed",
    "bmcready",
)
"""What nodelist.status may be (protocol.md 2.1)."""

UPDATES: Final = ("synced", "out-of-sync", "syncing", "failed")
"""What nodelist.updatestatus may be."""

REASON: Final = "reason"
"""The name under which nodelist.appstatus has why a node failed."""

LONGEST: Final = 200
"""Characters of what a node says that are kept."""

_OFF: Final = ("n", "no", "0")


def is_wanted(nodestatus: str) -> bool:
    """Whether statuses are kept: what site.nodestatus means."""
    return nodestatus.lower() not in _OFF


def time_of(now: datetime) -> str:
    """A moment as nodelist has it, in local time: MM-DD-YYYY hh:mm:ss."""
    return now.strftime("%m-%d-%Y %H:%M:%S")


def said_of(text: str) -> str:
    """What a node says, as others can read it: one short line, without what a terminal would obey."""
    return "".join(each for each in " ".join(text.split()) if each.isprintable())[:LONGEST]


def reason_of(text: str) -> str:
    """A reason as it can stand among `name=state` pairs: also without commas."""
    return said_of(text.replace(",", ";"))


def merged(appstatus: str, states: Mapping[str, str | None]) -> str:
    """nodelist.appstatus with these states of applications in it; None takes one out. The others stay in their order."""
    found = [pair.partition("=") for pair in appstatus.split(",") if pair]
    known = {name: state for name, _, state in found}
    known |= {name: state for name, state in states.items() if state is not None}
    return ",".join(f"{name}={state}" for name, state in known.items() if states.get(name, "") is not None)
