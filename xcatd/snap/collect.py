"""What a collector is, and what it works on."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from xcatd.probe import Here
from xcatd.snap.scrub import Scrubber

_ATTRIBUTE = "__xcat_collector__"
PATIENCE = 15.0
"""Seconds that a program of the host gets."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the archive. `is_log`: its words are looked at one by one, because anything may stand there."""

    name: str
    text: str
    is_log: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """This host. `bypass`: the daemon is not asked, because it hangs (-B)."""

    here: Here
    scrubber: Scrubber
    bypass: bool = False

    def run(self, *words: str) -> str:
        """What a program of the host says, or in a sentence why it says nothing."""
        if shutil.which(words[0]) is None:
            return f"(this host has no program {words[0]})\n"
        try:
            done = subprocess.run(
                words, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False, errors="replace"
            )
        except subprocess.TimeoutExpired:
            return f"({' '.join(words)} did not end within {PATIENCE:.0f} s)\n"
        return f"$ {' '.join(words)}\n{done.stdout}{done.stderr}\n"

    def read(self, path: Path, most: int = 1 << 18) -> str:
        """The end of a file of the host, `most` bytes of it, or why it cannot be read."""
        try:
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size  # 0 of a file that the kernel makes up
                file.seek(max(0, size - most))
                content = file.read(most)
        except OSError as error:
            return f"({path}: {error.strerror})\n"
        if size > most:
            content = content.partition(b"\n")[2]  # the first line is not whole
        return content.decode(errors="replace")


Collect = Callable[[Source], Iterator[Part]]
_Collect = TypeVar("_Collect", bound=Collect)


def collector(collect: _Collect) -> _Collect:
    """Make a generator function a collector. What it raises as an error of ours, or as OSError, stands in the archive."""
    setattr(collect, _ATTRIBUTE, True)
    return collect


def is_collector(thing: object) -> bool:
    return bool(getattr(thing, _ATTRIBUTE, False))
