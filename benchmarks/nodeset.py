"""`nodeset` of 5,000 nodes, for a boot without disk and for an installation, and of one of them: boot files, answers, tables."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.clock import timed
from benchmarks.table import Measured, median
from tests.helpers.alone import alone, typed
from tests.helpers.cluster import SOURCE, Daemon
from tests.helpers.media import lay

SIZE = 5_000
RUNS = 5
FULL, ONE = 5.0, 0.3
"""Seconds: the aims for all nodes, and for one of them."""
_FOLDER = "install/netboot/rocky9.4/x86_64/compute"
_IMAGE, _INSTALLED = "rocky9.4-x86_64-netboot-compute", "rocky9.4-x86_64-install-compute"
DOCUMENTED = "2,500 nodes: hours; 36 nodes: 10.6 s (documented)"


def measure() -> list[Measured]:
    with tempfile.TemporaryDirectory() as folder, alone(Path(folder)) as mn:
        _define(mn)
        return list(_measured(mn))


def _measured(mn: Daemon) -> Iterator[Measured]:
    full, again, disk, installed, one = [], [], [], [], []
    for run in range(RUNS):
        full.append(timed(mn, "nodeset", "big", f"osimage={_IMAGE}"))
        again.append(timed(mn, "nodeset", "big", f"osimage={_IMAGE}"))
        disk.append(timed(mn, "nodeset", "big", "boot"))
        installed.append(timed(mn, "nodeset", "big", f"osimage={_INSTALLED}"))
        # Moved and not removed: without a journal ext4 looks, for each new file, at all those removed in the last minute.
        (mn.root / "install/autoinst").rename(mn.root / f"install/autoinst.{run}")
        one.append(timed(mn, "nodeset", f"b{SIZE // 2}", f"osimage={_IMAGE}"))
    yield median(f"nodeset osimage, {SIZE:,} nodes", full, "s", aim=FULL, reference=DOCUMENTED)
    yield median(f"nodeset osimage with nothing to do, {SIZE:,} nodes", again, "s", aim=FULL)
    yield median(f"nodeset boot, {SIZE:,} nodes", disk, "s", aim=FULL)
    yield median(f"nodeset osimage for an installation by kickstart, {SIZE:,} nodes", installed, "s", aim=FULL)
    yield median(f"nodeset osimage of one node of {SIZE:,}", one, "s", aim=ONE)


def _define(mn: Daemon) -> None:
    """Nodes whose addresses and MACs are worked out from their names."""
    lay(mn.root / "install/rocky9.4/x86_64/images/pxeboot", {"vmlinuz": "kernel", "initrd.img": "initrd"})
    template = SOURCE / "share/install/rh/compute.tmpl"
    lay(mn.root, {f"{_FOLDER}/{name}": name for name in ("kernel", "initrd-stateless.gz", "rootimg.sfs")})
    typed(
        mn,
        "chtab key=installdir site.value=/install",
        "chtab key=tftpdir site.value=/tftpboot",
        "chtab key=consoleondemand site.value=yes",
        f"nodeadd b[1-{SIZE}] groups=big noderes.xcatmaster=10.0.0.1",
        "chdef -t group big netboot=xnba arch=x86_64 serialport=0 serialspeed=115200",
        "chdef -t group big ip='|b(\\d+)|10.0.($1/250).($1%250+2)|' mac='|b(\\d+)|02:00:00:00:($1/90+10):($1%90+10)|'",
        f"mkdef -t osimage {_IMAGE} provmethod=netboot osvers=rocky9.4 osarch=x86_64 profile=compute imagetype=linux "
        f"osname=Linux rootimgdir=/{_FOLDER}",
        f"mkdef -t osimage {_INSTALLED} provmethod=install osvers=rocky9.4 osarch=x86_64 profile=compute imagetype=linux "
        f"osname=Linux pkgdir=/install/rocky9.4/x86_64 template={template}",
        "chtab key=system,username=root passwd.password='$6$abc$def'",
    )
