"""What the far side of a console says: the same each time, so that a log can be compared with it."""

from __future__ import annotations

_WORDS = (
    "systemd[1]: Started Session 7 of user root; mémoire 100 %; "
    "\x1b[32m[  OK  ]\x1b[0m Reached target Multi-User System. eth0: link up, 10 Gbps full duplex, flow control none "
)
_TEXT = _WORDS.encode()
SHORTEST, LENGTHS = 40, 97
"""Bytes of the shortest line, and how many lengths there are: 88 bytes on average."""


def line(console: int, number: int) -> bytes:
    """The line of this number, from 0, of a console: its length differs from one to the next."""
    length = SHORTEST + (console * 31 + number * 7) % LENGTHS
    head = b"%d %d " % (console, number)
    return head + _TEXT[: length - len(head) - 2] + b"\r\n"


def lines(console: int, first: int, count: int) -> bytes:
    return b"".join(line(console, number) for number in range(first, first + count))
