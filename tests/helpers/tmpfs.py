"""A small disk of its own, which a test can fill up."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

_MOUNT = 'mkdir -p "$1" && mount -t tmpfs -o "size=$2,mode=755" small "$1" && echo ready && exec cat'


@contextlib.contextmanager
def tmpfs(folder: Path, size: str) -> Iterator[Path]:
    """Mount one of this `size`, as mount says it, where nobody else sees it: the path that is given leads there."""
    with subprocess.Popen(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", _MOUNT, "sh", str(folder), size],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as keeper:
        assert keeper.stdout is not None
        assert keeper.stdout.readline() == b"ready\n"
        yield Path(f"/proc/{keeper.pid}/root{folder}")


@contextlib.contextmanager
def mounted(point: Path, size: str = "50%") -> Iterator[None]:
    """Something of this `size` is mounted there, and everybody sees it."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "small", point], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", point], check=True)
