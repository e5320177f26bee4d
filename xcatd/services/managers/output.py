"""What a server says that no systemd listens to: a file of its own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.managers.words import SHORTLY, telling_of_end

_MOST = 1 << 20
"""Bytes. A server that starts with a file that is longer gets a new one; the old one stays until the next time."""
_TAIL = 16384
"""Bytes from the end in which last words are looked for."""
_MODE = 0o640
_OURS = "xcatd: "
_BEGIN = f"{_OURS}starts "


class Output:
    """All of it blocks for as long as the disk takes: call it in a thread."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextlib.contextmanager
    def opened(self, name: str) -> Iterator[int]:
        """The descriptor that a server that starts now gets. Raises ServiceError."""
        try:
            self.path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            if self.path.exists() and self.path.stat().st_size > _MOST:
                self.path.replace(self.path.with_name(f"{self.path.name}.old"))
            descriptor = self._open()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ServiceError(f"{name} does not start: its log {self.path} cannot be opened: {reason}") from error
        try:
            _write(descriptor, f"{_BEGIN}{name}")
            yield descriptor
        finally:
            os.close(descriptor)

    def note(self, text: str) -> None:
        """Add a line of ours; not where the disk refuses."""
        with contextlib.suppress(OSError):
            descriptor = self._open()
            try:
                _write(descriptor, f"{_OURS}{text}")
            finally:
                os.close(descriptor)

    def last_words(self, how: int | None, ended: float = 0.0) -> str:
        """The line that says why the server ended, of what it said since it was started last; "" when there is none.

        `how` it ended, as `telling_of_end` has it; `ended`: when, in seconds since 1970, 0: nobody knows.
        """
        try:
            with self.path.open("rb") as file:
                about = os.fstat(file.fileno())
                if about.st_mtime < ended - SHORTLY:
                    return ""
                file.seek(max(0, about.st_size - _TAIL))
                text = file.read().decode(errors="replace")
        except OSError:
            return ""
        lines: list[str] = []
        for line in text.splitlines():
            if _BEGIN in line:
                lines = []
            elif _OURS not in line:
                lines.append(line)
        return telling_of_end(lines, how)

    def _open(self) -> int:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, _MODE)
        os.fchmod(descriptor, _MODE)
        return descriptor


def _write(descriptor: int, text: str) -> None:
    """A full disk does not keep a server from running."""
    with contextlib.suppress(OSError):
        os.write(descriptor, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {text}\n".encode())
