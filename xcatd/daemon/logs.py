"""The daemon's log: one JSON object a line in its file, warnings also on standard error."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from contextlib import AbstractContextManager, nullcontext, suppress
from io import FileIO
from pathlib import Path

from xcatd.errors import ConfigError
from xcatd.model import current_request

MOST = 500
"""Lines that gather at the most."""
_NEWLINE = ord("\n")
_OURS = ("xcatd.", "xcatd_site_")
"""How the names of our loggers begin."""


class JsonLines(logging.Formatter):
    """A record as one line of JSON: time (UTC, RFC 3339), level, module, what happened, and its facts.

    Facts are given as `log.info("...", extra={"facts": {...}})`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._encode = json.JSONEncoder(default=str).encode
        self._second, self._shown = -1, ""

    def _time(self, created: float) -> str:
        """The time with milliseconds; what changes once a second is made once a second."""
        second = int(created)
        if second != self._second:
            self._second, self._shown = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._shown}.{int((created - second) * 1000):03}Z"

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self._time(record.created),
            "level": record.levelname.lower(),
            "module": record.name,
            "event": record.getMessage(),
        }
        if request := current_request.get():
            line["request"] = request
        line.update(getattr(record, "facts", {}))
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return self._encode(line)


class Plain(logging.Formatter):
    """For standard error, which goes into the journal: a message is one line, whatever a caller has put into it. So nobody writes
    lines there in the daemon's name."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        text = super().formatMessage(record)
        return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


class LogFile(logging.Handler):
    """A file to which lines go in batches: a busy daemon logs thousands of requests a second.

    Warnings go out at once, other lines with the next `flush`, which the daemon does ten times a second and at its end. A
    file that logrotate has moved away is begun anew.

    On a full disk the newest lines wait until there is room. Of a line that was cut off there the rest is written first.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._lines: list[bytes] = []
        self._rest = b""
        """Of a line whose beginning is in the file."""
        self._file: FileIO | None = self._open()

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(f"{self.format(record)}\n".encode())
        if record.levelno >= logging.WARNING or len(self._lines) >= MOST:
            self.flush()

    def flush(self) -> None:
        with self._held():
            if not (self._rest or self._lines):
                return
            try:
                self._write(self._current())
            except OSError:  # a full disk does not stop the daemon
                self._lines = self._lines[-MOST:]
                self._drop()

    def close(self) -> None:
        self.flush()
        self._drop()
        super().close()

    def _write(self, file: FileIO) -> None:
        """Write what waits. What could not be written when that raises OSError waits for the next time."""
        while self._rest or self._lines:
            data = self._rest + b"".join(self._lines)
            written = file.write(data)
            is_cut = data[written - 1] != _NEWLINE if written else bool(self._rest)
            self._lines = data[written:].splitlines(keepends=True)
            self._rest = self._lines.pop(0) if is_cut else b""

    def _current(self) -> FileIO:
        """The file that has the name now."""
        if self._file is not None and self._is_moved(self._file):
            self._drop()
        if self._file is None:
            self._file = self._open()
            if self._file.tell() == 0:  # another file, which has no line that was cut off
                self._rest = b""
        return self._file

    def _is_moved(self, file: FileIO) -> bool:
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return True
        here = os.fstat(file.fileno())
        return (there.st_ino, there.st_dev) != (here.st_ino, here.st_dev)

    def _drop(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                file.close()

    def _held(self) -> AbstractContextManager[object]:
        return self.lock or nullcontext()

    def _open(self) -> FileIO:
        return self._path.open("ab", buffering=0)


def open_log(folder: Path, level: str) -> LogFile:
    """Send what this process logs to FOLDER/xcatd.log, of libraries only warnings. Raises ConfigError when it cannot be written."""
    try:
        file = LogFile(folder / "xcatd.log")
    except OSError as error:
        raise ConfigError(f"The log {folder / 'xcatd.log'} cannot be written: {error.strerror}") from error
    file.setFormatter(JsonLines())
    file.addFilter(_is_told)
    screen = logging.StreamHandler(sys.stderr)
    screen.setLevel(logging.WARNING)
    screen.setFormatter(Plain("xcatd: %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[file, screen], force=True)
    # Nobody reads these, and finding them out costs more than the rest of a line (logging's manual, "Optimization").
    logging.logThreads = logging.logMultiprocessing = logging.logProcesses = False
    logging._srcfile = None
    return file


def _is_told(record: logging.LogRecord) -> bool:
    """Details are those of the daemon and of the site's plugins. Those of a library may be secrets: aiosqlite tells the values of
    each statement, and passwords of controllers are among them."""
    return record.levelno >= logging.WARNING or record.name.startswith(_OURS)


async def keep_flushing(file: LogFile) -> None:
    """Write what has gathered, ten times a second."""
    while True:
        await asyncio.sleep(0.1)
        file.flush()
