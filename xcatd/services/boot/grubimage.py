"""Grub's image for the network where no distribution has one: made of its modules by grub-mkimage(1)."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.boot.files import GRUB
from xcatd.services.boot.loaders import Made
from xcatd.services.files import MODE
from xcatd.services.programs import find_program

_PATIENCE: Final = 60
"""Seconds in which it must be done: it needs one."""


def make_image(part: Made, source: Path, target: Path) -> None:
    """Make it of the modules beside `source`, whose time it gets. It blocks. Raises ServiceError, with the old one in place."""
    program = find_program("grub-mkimage") or find_program("grub2-mkimage")
    if program is None:
        raise ServiceError(f"{target} cannot be made: install grub-common (Debian), grub2-tools (RHEL) or grub2 (SLES)")
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    words = ("-O", part.platform, "-d", str(source.parent), "-p", f"/{GRUB}", "-o", str(beside), *part.modules)
    try:
        if reason := _run((program, *words)):
            raise ServiceError(f"{target} cannot be made by {program}: {reason}")
        beside.chmod(MODE)
        os.utime(beside, ns=(source.stat().st_mtime_ns,) * 2)
        beside.replace(target)
    except OSError as error:
        raise ServiceError(f"{target} cannot be made: {(error.strerror or str(error)).lower()}") from error
    finally:
        beside.unlink(missing_ok=True)


def _run(words: Sequence[str]) -> str:
    """Why a program failed, "" when it did not."""
    try:
        done = subprocess.run(
            words, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired:
        return f"it does not end, after {_PATIENCE} s"
    lines = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
    return lines[-1] if done.returncode else ""
