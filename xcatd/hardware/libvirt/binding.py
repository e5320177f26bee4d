"""libvirt's Python binding. It is not everywhere, and costs time: so it is loaded when it is first needed."""

from __future__ import annotations

from functools import cache
from threading import Thread
from typing import Any

from xcatd.errors import Unsupported

Library = Any
Connection = Any
Domain = Any
Pool = Any
"""What the binding gives has no types."""


@cache
def load() -> Library:
    """The module `libvirt`, set up for a program with threads.

    Its event loop runs in a thread of its own: only so are connections found to be dead while nobody uses them, and answers given
    to a hypervisor that asks whether we live (libvirt, "virConnectSetKeepAlive").
    """
    try:
        import libvirt
    except ImportError as error:
        raise Unsupported(
            "virtual machines need libvirt's Python binding: install python3-libvirt for the Python that runs xcatd, "
            "or xcatd with its extra libvirt"
        ) from error
    libvirt.registerErrorHandler(_quiet, None)
    libvirt.virEventRegisterDefaultImpl()
    Thread(target=_turn, args=(libvirt,), name="libvirt events", daemon=True).start()
    return libvirt


def _quiet(context: object, error: object) -> None:
    """Errors are raised as well; the binding would print them to standard error."""


def _turn(libvirt: Library) -> None:
    while True:
        libvirt.virEventRunDefaultImpl()
