"""An open way to a node's console, whatever it goes over."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager


class Line(ABC):
    """Bytes in both directions. One task reads at a time; writing does not wait for reading. All but `resize` raise NodeError when
    the way is lost, with one sentence that says why."""

    @abstractmethod
    async def read(self) -> bytes:
        """What the console says next, some bytes at least; b"" when the other side has ended it in good order."""

    @abstractmethod
    async def write(self, octets: bytes) -> None:
        """Type these bytes. It waits while the other side takes none."""

    @abstractmethod
    async def send_break(self) -> None:
        """The serial break. Raises Unsupported where the way has none."""

    def resize(self, rows: int, columns: int) -> None:  # noqa: B027 - most ways know no windows
        """The window of who types has this size now; nothing where the way knows no windows."""


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
