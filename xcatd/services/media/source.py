"""Where a medium is read from: an ISO image, a device, or a folder."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

Progress = Callable[[int, int], Awaitable[None]]
"""Told now and then how many bytes are done, of how many."""

CLUE_SIZE = 1 << 18
"""Bytes of a file that tells what the medium is; none is longer."""


async def no_progress(done: int, total: int) -> None:
    """Nobody looks."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What is on a medium: its files and their sizes in bytes (None: unknown), and all names, folders and links too."""

    files: Mapping[str, int | None]
    names: Collection[str]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(filter(None, self.files.values()))


class Source(Protocol):
    """A medium that can be read."""

    async def contents(self) -> Contents:
        """What is on it. Raises ServiceError."""
        ...

    async def read(self, name: str) -> str:
        """The beginning of a small file. Raises ServiceError."""
        ...

    async def unpack(self, contents: Contents, folder: Path, progress: Progress) -> None:
        """Put everything into an empty folder. Raises ServiceError, for a disk that is full too."""
        ...
