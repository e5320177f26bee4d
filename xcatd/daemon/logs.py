"""The daemon's log: one JSON object a line in its file, warnings also on standard error."""

from __future__ import annotations

import json
import logging
import logging.handlers
import sys
from pathlib import Path

from xcatd.errors import ConfigError


class JsonLines(logging.Formatter):
    """A record as one line of JSON: time (UTC, RFC 3339), level, where, what, and the facts: `log.info("...", extra={"facts": {...}})`."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": f"{self.formatTime(record)}",
            "level": record.levelname.lower(),
            "module": record.name,
            "event": record.getMessage(),
        }
        line.update(getattr(record, "facts", {}))
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=True)


def open_log(folder: Path, level: str) -> None:
    """Send what this process logs to FOLDER/xcatd.log. Raises ConfigError when that cannot be written."""
    try:
        # WatchedFileHandler begins anew when logrotate has moved the file away.
        file = logging.handlers.WatchedFileHandler(folder / "xcatd.log", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"The log {folder / 'xcatd.log'} cannot be written: {error.strerror}") from error
    file.setFormatter(JsonLines())
    screen = logging.StreamHandler(sys.stderr)
    screen.setLevel(logging.WARNING)
    screen.setFormatter(logging.Formatter("xcatd: %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[file, screen], force=True)
    logging.logThreads = logging.logMultiprocessing = logging.logProcesses = False
