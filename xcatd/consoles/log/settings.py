"""How the site wants the logs of consoles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

YES = frozenset({"1", "yes", "y", "true", "on", "enable"})
"""What the tables may say, in small letters."""


@dataclass(frozen=True, slots=True)
class LogSettings:
    """`size`: bytes after which a log is begun anew; `days`: its age after which it is, 0: whatever its age; `keep`: how many
    older ones are kept; `syslog`: lines go to the host's syslog, too."""

    size: int = 16 << 20
    days: int = 30
    keep: int = 4
    syslog: bool = False


def log_settings(site: Callable[[str], str]) -> LogSettings:
    """By the site attributes consolelogsize (MiB), consolelogdays, consolelogkeep and consolesyslog. What cannot be read counts as
    not said."""
    usual = LogSettings()
    size = _number(site("consolelogsize"), 0)
    return LogSettings(
        size=size << 20 if size else usual.size,
        days=_number(site("consolelogdays"), usual.days),
        keep=_number(site("consolelogkeep"), usual.keep),
        syslog=site("consolesyslog").strip().lower() in YES,
    )


def _number(text: str, usual: int) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else usual
