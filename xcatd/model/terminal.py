"""What somebody types at a terminal, as it is typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Typed:
    """Bytes, as the terminal gives them."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class Size:
    """How large the terminal's window is, now and until another one comes. Zero: nobody knows."""

    rows: int
    columns: int


Key = Typed | Size


class Terminal(Protocol):
    """A caller's terminal. With the first question for a key it gives every key at once (raw mode), until the command ends."""

    @property
    def size(self) -> Size | None:
        """Its size, as far as it has said it."""
        ...

    async def key(self) -> Key | None:
        """What comes next; None: nobody types any more. What was not asked for waits there, and is not lost when the question
        is cancelled."""
        ...

    def suspend(self) -> None:
        """Stop the program at the terminal, as its ^Z would; it goes on when its shell says so."""
        ...
