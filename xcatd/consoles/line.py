"""A way to a node's console, and what it is when it is open (`Line`), whatever it goes over."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager

from xcatd.hardware import Terminal as Line

__all__ = ["Line", "Way"]


class Way(ABC):
    """How a node's console is reached: a value, made of the tables. Equal ways are the same way."""

    kind: str
    """As people call it: ipmi, ssh, command, telnet, libvirt, redfish."""

    @abstractmethod
    def open(self) -> AbstractAsyncContextManager[Line]:
        """Reach it. Entering raises NodeError: one sentence with the reason and the remedy; it takes 30 s at the most. Leaving it
        lets the other side go, whatever state it is in, and takes 2 s at the most."""

    def taking_over(self) -> Way:
        """The same way, which turns out whoever has the console at the other end; itself where nobody can have it for himself."""
        return self
