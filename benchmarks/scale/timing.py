"""One run of a command as a user sees it: the whole client process, from start to exit, and all that it prints."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class Failed(Exception):
    """A command that was to be measured did not work; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds to the first output and to the end; how many lines came."""

    first: float
    wall: float
    lines: int
    output: bytes
    """The output, or of a long one its beginning."""


def timed(words: Sequence[str], env: Mapping[str, str], stdin: Path | None = None, *, whole: bool = False) -> Timing:
    """Run a command and read what it prints; `whole` keeps all of it. Raises Failed when the command does."""
    with (stdin or Path("/dev/null")).open("rb") as given:
        began = time.perf_counter()
        process = subprocess.Popen(
            words, env=env, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
        )
        assert process.stdout is not None
        assert process.stderr is not None
        first, lines = 0.0, 0
        kept: list[bytes] = []
        while data := process.stdout.read(1 << 20):
            first = first or time.perf_counter() - began
            lines += data.count(b"\n")
            if whole or not kept:
                kept.append(data)
        errors = process.stderr.read()
        status = process.wait()
        wall = time.perf_counter() - began
        process.stdout.close()
        process.stderr.close()
    if status:
        raise Failed(f"{' '.join(words)[:200]} failed ({status}): {errors.decode(errors='replace')[:500]}")
    return Timing(first or wall, wall, lines, b"".join(kept))
