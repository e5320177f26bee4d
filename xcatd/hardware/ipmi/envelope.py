"""What any session does to messages, whatever its version: put one in a datagram, take one out."""

from __future__ import annotations

from typing import Protocol


class Envelope(Protocol):
    """The keys and counters of one session, without I/O. `session_id` is the BMC's number of it."""

    session_id: int

    def seal(self, message: bytes) -> bytes:
        """The next datagram of the session, with `message` in it. Sealing again takes a new sequence number."""
        ...

    def open(self, datagram: bytes) -> bytes | None:
        """The message in a datagram; None when it is of another session, not authentic, seen before, or damaged."""
        ...
