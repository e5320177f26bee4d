"""What is at the far side of a console: a program on a terminal, which echoes what is typed, and knows a few control characters.

Ctrl-A ends it, Ctrl-B ends it in failure, Ctrl-E asks for its window: `window 80x24`, Ctrl-P lets it pour: `POURED`. All else comes
back as it was typed.
"""

from __future__ import annotations

import os
import sys
import termios
import tty
from pathlib import Path

END, FAIL, WINDOW, POUR = b"\x01", b"\x02", b"\x05", b"\x10"
READY = b"ready\r\n"
POURED = b"".join(b"%015d\n" % number for number in range(1 << 16))
"""1 MiB."""
SCRIPT = f"#!/bin/sh\necho $$ >$0.pid\nexec {sys.executable} -I -S {Path(__file__).resolve()}\n"
"""It leaves its number beside itself."""


def answer(octets: bytes) -> bytes:
    """What comes back for what was typed."""
    if octets == POUR:
        return POURED
    if octets == WINDOW:
        columns, rows = os.get_terminal_size(0)
        return b"window %dx%d\r\n" % (columns, rows)
    return octets


def main() -> int:
    """Until it is told to end, or hung up on."""
    tty.setraw(0, termios.TCSANOW)
    write(READY)
    while octets := os.read(0, 1 << 16):
        if octets in (END, FAIL):
            write(b"goodbye\r\n")
            return int(octets == FAIL)
        write(answer(octets))
    return 0


def write(octets: bytes) -> None:
    while octets:
        octets = octets[os.write(1, octets) :]


if __name__ == "__main__":
    raise SystemExit(main())
