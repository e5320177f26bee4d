"""The signer of a management node, as a process of its own."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.helpers.alone import until
from tests.helpers.cluster import PATIENCE, environment


@contextlib.contextmanager
def signing(root: Path) -> Iterator[subprocess.Popen[str]]:
    """It answers meanwhile, and is stopped at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "xcat_certs.signer", "--root", str(root)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        until(lambda: _answers(root), "the signer")
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def connected(root: Path) -> socket.socket:
    """A caller of the signer. Raises OSError when there is none."""
    caller = socket.socket(socket.AF_UNIX)
    caller.settimeout(PATIENCE)
    folder = os.open(root / "run/xcat", os.O_PATH)
    try:
        caller.connect(f"/proc/self/fd/{folder}/signer.sock")
    except OSError:
        caller.close()
        raise
    finally:
        os.close(folder)
    return caller


def _answers(root: Path) -> bool:
    try:
        connected(root).close()
    except OSError:
        return False
    return True
