"""A network namespace for what this process starts: threads, programs and sockets."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator
from pathlib import Path

from tests.helpers.namespaces import Namespace

_NET = 0x40000000
"""CLONE_NEWNET (setns(2))."""


@contextlib.contextmanager
def entered(namespace: Namespace) -> Iterator[None]:
    """What this thread starts and opens meanwhile lives there, also afterwards."""
    with contextlib.ExitStack() as stack:
        home, there = (stack.enter_context(path.open()) for path in (_HOME, Path("/run/netns", namespace.name)))
        _set(there.fileno())
        try:
            yield
        finally:
            _set(home.fileno())


_HOME = Path("/proc/thread-self/ns/net")


def _set(file: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(file, _NET):
        raise OSError(ctypes.get_errno(), "setns")
