"""Debian's installer for the network: its kernel and RAM disk, from the package that Debian has of them.

Kept beside the roots of containers. Packages of the installer itself (udebs) are not in it, and not on every mirror: without them
it comes as far as to ask for them.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.helpers.containerroot import SUITE, kept
from tests.helpers.program import ENVIRONMENT

PACKAGE = "debian-installer-12-netboot-amd64"
FILES = ("linux", "initrd.gz")
_THERE = "usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64"
PATIENCE = 600
"""Seconds: 130 MB are fetched."""


def netboot() -> Path:
    """The folder with FILES. It is made if this machine does not have it yet."""
    return kept("installer", (SUITE, PACKAGE), _make)


def _make(folder: Path) -> None:
    folder.mkdir()
    _run(folder, "apt-get", "-qq", "-oAPT::Sandbox::User=root", "download", PACKAGE)
    package = next(folder.glob(f"{PACKAGE}_*.deb"))
    _run(folder, "dpkg-deb", "-x", package.name, "unpacked")
    for name in FILES:
        shutil.copyfile(folder / "unpacked" / _THERE / name, folder / name)
    shutil.rmtree(folder / "unpacked")
    package.unlink()


def _run(folder: Path, *words: str) -> None:
    done = subprocess.run(words, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stdout[-1000:]}{done.stderr[-2000:]}"
