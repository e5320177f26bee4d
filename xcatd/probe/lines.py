"""How results look on a screen: xCAT's xcatprobe, `text ... [ OK ]` (commands.md section 9)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from xcatd.probe.check import Level, Noted, Result

_WIDEST = 120
"""Columns at most, however wide the screen is."""
_MARKS = {Level.OK: "[ OK ]", Level.FAILED: "[FAIL]", Level.WARNING: "[WARN]", Level.INFO: "[INFO]"}
_ROOM = 6
_COLOURS = {Level.OK: "1;32", Level.FAILED: "1;31", Level.WARNING: "1;34"}


@dataclass(frozen=True, slots=True)
class Screen:
    """`width` in columns. `whole`: long lines go on below instead of being cut (-w)."""

    width: int
    colours: bool = False
    whole: bool = False

    def line(self, level: Level, text: str) -> str:
        """A line with its mark at the right edge. What explains a result (DEBUG) has none and is never cut."""
        if level is Level.DEBUG:
            return text
        room = self.width - _ROOM
        if len(text) > room and not self.whole:
            text = f"{text[: room - 3]}..."
        *above, last = [text[start : start + room] for start in range(0, len(text), room)] or [""]
        return "\n".join([*above, f"{last:<{room}}{self._mark(level)}"])

    def _mark(self, level: Level) -> str:
        mark = _MARKS[level]
        return f"\x1b[{_COLOURS[level]}m{mark}\x1b[0m" if self.colours and level in _COLOURS else mark


def screen(*, terminal: bool, whole: bool) -> Screen:
    """The screen of this process: 80 columns where there is none."""
    return Screen(min(shutil.get_terminal_size((80, 24)).columns, _WIDEST), terminal, whole)


def told(host: str, result: Result, *, verbose: bool) -> Iterator[tuple[Level, str]]:
    """The lines of a result, each with its level. Notes are for those who want to hear more."""
    yield result.level, f"[{host}]: Checking {result.title}{'' if result.level is Level.INFO else '...'}"
    for found in result.findings:
        if verbose or not isinstance(found, Noted):
            yield Level.DEBUG, f"    {found.text}"
