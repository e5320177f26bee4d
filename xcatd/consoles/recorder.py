"""Where everything that consoles say goes."""

from __future__ import annotations

from typing import Protocol


class Recorder(Protocol):
    """Takes what consoles say. Nothing here waits, whatever the disk does."""

    def said(self, node: str, octets: bytes) -> None:
        """A console has said this, now."""
        ...

    def noted(self, node: str, text: str) -> None:
        """Something has happened to a console, now: a line without its end."""
        ...

    def trouble(self, node: str) -> str:
        """Why what it says is not on the disk as it should be, a sentence; "" when it is."""
        ...
