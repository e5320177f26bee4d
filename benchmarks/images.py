"""An image of Debian 12 for nodes without disk: genimage and packimage beside mmdebstrap and mksquashfs, typed by hand."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.table import Measured, median
from tests.helpers import netbootroot
from tests.helpers.alone import alone, typed
from tests.helpers.cluster import Daemon
from tests.helpers.containerroot import SUITE, enclosed
from tests.helpers.longrun import started
from tests.helpers.media import lay
from tests.helpers.program import ENVIRONMENT

RUNS = 3
AIM = 1.1
"""How many times as long as by hand it may take."""
_IMAGE = "debian12-x86_64-netboot-compute"
_FOLDER = "install/netboot/debian12/x86_64/compute"


def measure() -> list[Measured]:
    """Both in turns, so that other work of the machine counts for both. By hand nobody makes an initramfs."""
    netbootroot.repository()
    hand, ours, initrds = [], [], []
    with tempfile.TemporaryDirectory() as folder, alone(Path(folder) / "mn") as mn:
        _define(mn)
        for _ in range(RUNS):
            hand.append(_by_hand(Path(folder) / "hand"))
            took, initrd = _ours(mn)
            ours.append(took - initrd)
            initrds.append(initrd)
    ratio = round(statistics.median(ours) / statistics.median(hand), 3)
    return [
        median("mmdebstrap and mksquashfs by hand", hand, "s"),
        median("genimage and packimage, without the initramfs", ours, "s"),
        Measured("how many times as long as by hand", ratio, "", RUNS, aim=AIM),
        median("the initramfs", initrds, "s"),
    ]


def _define(mn: Daemon) -> None:
    """An osimage of the packages of which the repository is made."""
    lay(mn.root / "install", {"own.pkglist": "\n".join(netbootroot.PACKAGES) + "\n"})
    (mn.root / "install/tree").symlink_to(netbootroot.repository())
    given = "provmethod=netboot osvers=debian12 osarch=x86_64 profile=compute imagetype=linux osname=Linux"
    places = f"pkgdir=/install/tree pkglist=/install/own.pkglist rootimgdir=/{_FOLDER}"
    typed(mn, "chtab key=installdir site.value=/install", f"mkdef -t osimage {_IMAGE} {given} {places}")


def _ours(mn: Daemon) -> tuple[float, float]:
    """Seconds of both commands, and of the part in which the initramfs is made."""
    began, marks = time.perf_counter(), []
    for words in (("genimage", _IMAGE), ("packimage", "-m", "squashfs", "-c", "zstd", _IMAGE)):
        with started(mn, *words) as process:
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line)
                if "initial RAM disks" in line:
                    marks.append(time.perf_counter())
        if process.returncode:
            raise SystemExit("".join(said[-20:]))
    return time.perf_counter() - began, marks[1] - marks[0]


def _by_hand(folder: Path) -> float:
    """Seconds."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    mirror = f"deb [trusted=yes] copy://{netbootroot.repository()} {SUITE} {netbootroot.COMPONENT}"
    include = f"--include={','.join(netbootroot.PACKAGES)}"
    options = ["--mode=root", "--variant=minbase", '--aptopt=APT::Install-Recommends "false"', include]
    began = time.perf_counter()
    _run("mmdebstrap", *options, SUITE, f"{folder}/rootimg", mirror)
    _run("mksquashfs", f"{folder}/rootimg", f"{folder}/rootimg.sfs", "-comp", "zstd", "-Xcompression-level", "9")
    return time.perf_counter() - began


def _run(*words: str) -> None:
    """INITRD=No: the kernel's package makes no initramfs."""
    subprocess.run(enclosed(*words), check=True, capture_output=True, env={**ENVIRONMENT, "INITRD": "No"})
