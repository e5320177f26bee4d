"""The program as sites have it: what scripts/install puts below /opt/xcatd, for the containers of the lab."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.helpers.cluster import SOURCE
from tests.helpers.containerroot import enclosed, kept

PREFIX = Path("/opt/xcatd")
PATIENCE = 600
"""Seconds in which it must be installed: packages are fetched."""
_MEMORY = Path("/dev/shm")
_INSTALL = """
set -e
mkdir -p "$1"
mount --bind "$2" "$1"
exec "$3/scripts/install" "$1"
"""
"""What is installed knows its own place, so it is installed there: in a mount namespace, where that place is another folder."""


@contextlib.contextmanager
def installed() -> Iterator[Path]:
    """The folder that is /opt/xcatd in containers, with the program as this source tree has it.

    It is in memory, 140 MB, where that can be had. The packages that it needs are kept beside the roots of containers, for the
    next time.
    """
    with tempfile.TemporaryDirectory(prefix="xcat-lab-product-", dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        there = Path(folder)
        done = subprocess.run(["cp", "-a", f"{_packages()}/.", folder], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        _install(there)
        yield there


def _packages() -> Path:
    """An installation of some earlier state of the tree: only its packages count."""
    given = [(SOURCE / name).read_text() for name in ("requirements.lock", "scripts/install")]
    return kept("product", given, _install)


def _install(there: Path) -> None:
    there.mkdir(exist_ok=True)
    there.chmod(0o755)
    done = subprocess.run(
        enclosed("sh", "-c", _INSTALL, "sh", str(PREFIX), str(there), str(SOURCE)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        # Debian's own Python, which containers have too.
        env={**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": ""},
        timeout=PATIENCE,
    )
    assert done.returncode == 0, f"scripts/install: {done.stdout}{done.stderr}"
