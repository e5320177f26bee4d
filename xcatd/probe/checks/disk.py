"""Room on the disks: xCAT's own figures as warnings, and what the daemon cannot do without."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from xcatd.model import Role
from xcatd.probe import Failed, Finding, Here, Warned, check

_GIB = 1 << 30
_LEAST = _GIB // 10
"""Bytes: below that the database or the log may not be written much longer."""


@check("xcatmn", "there is room on the disks", rank=70)
def has_room(here: Here) -> Iterator[Finding]:
    """For the database and the log; and for what xCAT's xcatprobe wants in /var, /tmp and the folder for installation."""
    short = set()
    for folder in (here.paths.etc, here.paths.log):
        free = _free(folder)
        if free < _LEAST:
            short.add(_mount(folder))
            yield Failed(f"{folder} has only {free >> 20} MiB left: make room on {_mount(folder)}")
    wishes = {Path("/var"): 1, Path("/tmp"): 1}  # noqa: S108 - looked at, nothing is put there
    if here.role is Role.MANAGEMENT:
        wishes[here.paths.install] = 10
    for folder, wanted in wishes.items():
        if _free(folder) < wanted * _GIB and _mount(folder) not in short:
            yield Warned(f"{folder} has {_free(folder) / _GIB:.1f} GiB left of the {wanted} it should have: make room")


def _free(folder: Path) -> int:
    return shutil.disk_usage(_there(folder)).free


def _there(folder: Path) -> Path:
    """The folder, or the first above it that exists."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def _mount(folder: Path) -> Path:
    there = _there(folder)
    return next(path for path in (there, *there.parents) if path.is_mount())
