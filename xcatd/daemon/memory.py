"""How the C library keeps memory: large pieces go back to the system when they are freed.

Each write of a large table makes new dictionaries of some megabytes and frees the old ones. glibc learns from that to keep
such pieces, and holes are left between them: at 100,000 nodes a hundred MiB and more (docs/figures.md).
"""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Parameters of mallopt(3)."""
_LARGE = 272 * 1024
"""Bytes from which on a piece is mapped by itself. More than 256 KiB, which asyncio takes for each read from a socket."""
_LEFT = 4 * _LARGE
"""Free bytes at the end that are not given back, for the same reason: the next read wants them again."""


def give_back_memory() -> None:
    """Set this up for the process, before there are threads. A C library that has no mallopt is left as it is."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_TRIM_THRESHOLD, _LEFT)
        mallopt(_ARENA_MAX, 1)
