"""A disk for a virtual machine without an operating system: its first sector echoes what comes in at the serial port.

It says `ready`, and pours 1 MiB of dots when Ctrl-P is typed. 16-bit code, as the BIOS starts it.
"""

from __future__ import annotations

POURED = b"." * (1 << 20)
_BASE = 0x7C00
_CODE = (
    "fa 31c0 8ed8 8ed0 bc007c",  # no interrupts; segments 0; a stack
    "be4d7c",  # si = text
    "ac 84c0 7405 e82900 ebf6",  # until its NUL: put(al)
    "bafd03 ec a801 74f8",  # loop: wait until COM1 has something
    "baf803 ec 3c10 7405 e81400 ebeb",  # al = it; Ctrl-P: pour; else put(al), loop
    "bb1000",  # pour: 16 times
    "b90000 b02e e80700 e2f9 4b 75f3 ebd9",  # 65536 times put("."); loop
    "50 bafd03 ec a820 74fb 58 baf803 ee c3",  # put: wait until COM1 takes something, give it al
)
_TEXT = b"ready\r\n\0"


def disk() -> bytes:
    """All of the disk."""
    code = bytes.fromhex("".join(_CODE))
    assert _BASE + len(code) == 0x7C4D, "the text has moved"
    return ((code + _TEXT).ljust(510, b"\0") + b"\x55\xaa").ljust(1 << 20, b"\0")
