"""Images as the tables have them: osimage and linuximage, as far as booting needs them."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from typing import Final

from xcatd.errors import NotFound, UsageError
from xcatd.services.boot.action import METHODS
from xcatd.store import Snapshot

_PART: Final = re.compile(r"[\w+@~-][\w.+@~-]*", re.ASCII)
"""What can stand in a path and in the first comment of a boot file."""


@dataclass(frozen=True, slots=True)
class Image:
    """`method`: install, netboot or statelite. `tree`: the first folder of linuximage.pkgdir. `folder`: linuximage.rootimgdir.
    `arguments`: what the site adds to the kernel's. `in_memory`: the root of a statelite image is a RAM disk, not NFS."""

    name: str
    method: str
    os: str
    arch: str
    profile: str
    tree: str = ""
    folder: str = ""
    arguments: str = ""
    in_memory: bool = False
    nfs_options: str = ""

    @property
    def state(self) -> str:
        """As chain.currstate has it, and as `nodeset` says it."""
        return f"{self.method} {self.os}-{self.arch}-{self.profile}"


def image_named(snapshot: Snapshot, name: str) -> Image:
    """Raises NotFound: there is none, it lacks what is needed, or is of another kind; UsageError: its names cannot be paths."""
    row = next((one for one in snapshot.table("osimage").find(name) if not one.hidden), None)
    if row is None:
        raise NotFound(f"There is no osimage {name}; see: lsdef -t osimage")
    if row["provmethod"] not in METHODS:
        raise NotFound(
            f"The osimage {name} has provmethod {row['provmethod']!r}: set it to one of {', '.join(METHODS)}"
        )
    if not _PART.fullmatch(name):
        raise UsageError(f"{name!r} cannot be a folder of boot files: give the osimage another name")
    for column in ("osvers", "osarch", "profile"):
        if not row[column]:
            raise NotFound(f"The osimage {name} has no {column}: chdef -t osimage {name} {column}=...")
        if not _PART.fullmatch(row[column]):
            raise UsageError(f"The osimage {name} has {column} {row[column]!r}, which cannot be a folder: correct it")
    linux = next((one for one in snapshot.table("linuximage").find(name) if not one.hidden), None)
    place = f"{snapshot.site('installdir', '/install')}/{row['osvers']}/{row['osarch']}"
    return Image(
        name=name,
        method=row["provmethod"],
        os=row["osvers"],
        arch=row["osarch"],
        profile=row["profile"],
        tree=(linux["pkgdir"].partition(",")[0].strip() if linux else "") or place,
        folder=(linux["rootimgdir"] if linux else "").rstrip("/"),
        arguments=linux["addkcmdline"] if linux else "",
        in_memory=row["rootfstype"] == "ramdisk",
        nfs_options=row["nfsrootopts"],
    )


def usual_name(method: str, value: str, os: str, arch: str, profile: str) -> str:
    """The image that `nodeset NODE install` means: of the node's os, arch and profile, or of those that were typed
    (`install=rhels8-x86_64-compute`). Raises NotFound when they are not set."""
    if value:
        words = value.split("-")
        return "-".join((*words[:-1], method, words[-1])) if len(words) > 2 else value
    if not (os and profile):
        raise NotFound(f"{method} needs nodetype.os and nodetype.profile: set them, or type osimage=NAME")
    return f"{os}-{arch or platform.machine()}-{method}-{profile}"
