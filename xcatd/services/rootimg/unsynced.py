"""A program that runs a program for which fsync(2) and its like succeed at once: `python -m ... WORDS`.

dpkg and rpm wait for the disk at each package. A root file system that is built beside is nothing before it is whole, and then the
whole disk is waited for once (placing.py). It is done with a filter of system calls (seccomp(2)); numbers: the kernel's unistd.h,
audit.h, bpf_common.h.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class _Machine:
    """`audit`: AUDIT_ARCH_...; `calls`: fsync, fdatasync, sync, syncfs and sync_file_range."""

    audit: int
    calls: Sequence[int]


_MACHINES: Final[Mapping[str, _Machine]] = {
    "x86_64": _Machine(0xC000003E, (74, 75, 162, 306, 277)),
    "aarch64": _Machine(0xC00000B7, (82, 83, 81, 267, 84)),
    "ppc64le": _Machine(0xC0000015, (118, 148, 36, 348, 308)),
}
_PR_SET_SECCOMP: Final = 22
_MODE_FILTER: Final = 2
_LOAD: Final = 0x20
_JUMP_IF_EQUAL: Final = 0x15
_RETURN: Final = 0x06
_ALLOW: Final = 0x7FFF0000
_SUCCEED: Final = 0x00050000
"""SECCOMP_RET_ERRNO with no error."""


def unsynced(words: Sequence[str]) -> list[str]:
    """A command line that runs `words` so."""
    return [sys.executable, "-I", "-m", __name__, *words]


def program(machine: _Machine) -> bytes:
    """The filter, struct sock_filter (code, jt, jf, k) each."""
    count = len(machine.calls)
    steps = [
        (_LOAD, 0, 0, 4),
        (_JUMP_IF_EQUAL, 0, count + 1, machine.audit),
        (_LOAD, 0, 0, 0),
        *((_JUMP_IF_EQUAL, count - number, 0, call) for number, call in enumerate(machine.calls)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _SUCCEED),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def main(words: Sequence[str]) -> None:
    """Become the program; on a machine without such filters, as it is."""
    machine = _MACHINES.get(platform.machine())
    if machine is not None:
        code = program(machine)
        held = ctypes.create_string_buffer(code)
        # struct sock_fprog: the number of steps, and where they are.
        given = ctypes.create_string_buffer(struct.pack("@HP", len(code) // 8, ctypes.addressof(held)))
        ctypes.CDLL(None).prctl(_PR_SET_SECCOMP, _MODE_FILTER, given, 0, 0)
    os.execvp(words[0], list(words))  # noqa: S606 - that is what it is for


if __name__ == "__main__":
    main(sys.argv[1:])
