"""Images of the lab, made by the product from a medium: Debian 12 as small as nodes need it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.helpers import netbootroot
from tests.lab.room import Lab

TREE = "debian12"
"""What the distribution is called: copycds -n."""
STATELESS = f"{TREE}-x86_64-netboot-compute"
STATELITE = f"{TREE}-x86_64-statelite-compute"
FOLDER = f"netboot/{TREE}/x86_64/compute"
"""Below /install."""
INSTALLED = f"{TREE}-x86_64-install-compute"
_NETBOOT = "install/netboot/debian-installer/amd64"
_INFO = 'Debian GNU/Linux 12.0.0 "Bookworm" - Official amd64 DVD Binary-1\n'
_LIST = f"custom/netboot/debian/compute.{TREE}.x86_64.pkglist"


def brought(room: Lab, installer: Path | None = None, more: Sequence[str] = ()) -> None:
    """The distribution comes in: copycds from a folder, which makes the osimage objects.

    `installer`: the folder of its installer's files for the network. `more`: packages that it has beside those of nodes.
    """
    medium = room.folders.install / "medium"
    done = subprocess.run(["cp", "-a", str(netbootroot.repository(*more)), str(medium)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    if installer is not None:
        shutil.copytree(installer, medium / _NETBOOT)
    (medium / ".disk").mkdir()
    (medium / ".disk/info").write_text(_INFO)
    packages = room.folders.install / _LIST
    packages.parent.mkdir(parents=True)
    packages.write_text("".join(f"{name}\n" for name in netbootroot.PACKAGES))
    room.mn.type("chtab key=system passwd.username=root passwd.password=lab")
    room.mn.type(f"copycds -n {TREE} -a x86_64 /install/medium")
    shutil.rmtree(medium)


def stateless(room: Lab, kept: Path | None = None) -> None:
    """genimage and packimage; or what they have made before, in `kept`."""
    if kept is not None and kept.exists():
        _copy(kept, folder(room))
        return
    room.mn.type(f"genimage {STATELESS}")
    room.mn.type(f"packimage {STATELESS} -m squashfs")
    if kept is not None:
        _copy(folder(room), kept)


def _copy(source: Path, target: Path) -> None:
    """The files that nodes fetch; not the root file system of which they are made."""
    target.mkdir(parents=True)
    for path in source.iterdir():
        if path.is_file():
            shutil.copy2(path, target)


def folder(room: Lab) -> Path:
    """Where the image is, seen from here."""
    return room.folders.install / FOLDER


def statelite(room: Lab) -> None:
    """genimage and liteimg. What table litefile has by then is what nodes keep."""
    room.mn.type(f"genimage {STATELITE}")
    room.mn.type(f"liteimg {STATELITE}")
