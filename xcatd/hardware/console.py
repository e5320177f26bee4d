"""The serial console of a node's hardware, as every driver offers it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager

OPEN_WITHIN = 25.0
"""Seconds for reaching a console, whatever it goes over."""
LEAVE_WITHIN = 1.5
"""Seconds for letting the other side go."""
LOWEST_KEPT, MOST_KEPT = 1 << 14, 1 << 18
"""Bytes that nobody has read: at the second the other side is held back, from the first on it may go on."""

KNOWN_HOSTS = ("etc/ssh/ssh_known_hosts", "root/.ssh/known_hosts")
"""Below /: where the keys of hosts are, as ssh of this host's root reads them; makeknownhosts writes them there."""


class Terminal(ABC):
    """An open console. One task reads at a time; writing does not wait for reading. All but `resize` raise NodeError when the
    console is lost."""

    @abstractmethod
    async def read(self) -> bytes:
        """What the console says next; b"" when the other side has ended it in good order."""

    @abstractmethod
    async def write(self, octets: bytes) -> None:
        """Type these bytes. It waits while the other side takes none."""

    @abstractmethod
    async def send_break(self) -> None:
        """The serial break. Raises Unsupported where there is none."""

    def resize(self, rows: int, columns: int) -> None:  # noqa: B027 - most have nothing to do
        """The window has this size now; nothing where windows are not known."""


class Console(ABC):
    """The way to one node's console. No session that other capabilities use is touched by it."""

    @abstractmethod
    def open(self, *, steal: bool = False) -> AbstractAsyncContextManager[Terminal]:
        """Reach it, within OPEN_WITHIN seconds. `steal`: somebody else who has it is put out.

        Entering raises what `Power` raises, and Busy with a sentence that names who has it. Leaving it lets the other side go, and
        takes LEAVE_WITHIN seconds at the most.
        """
