"""A small root file system with one of everything, and what a tree looks like to who compares two."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path
from typing import NamedTuple

from tests.helpers.media import lay

LONG_AGO = 1_500_000_000
"""When all of it was changed, seconds since 1970."""
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
    "etc/shadow": "daemon:*:19000:0:99999:7:::\nroot:!:19001:0:99999:7:::\n",
    "usr/bin/tool": "#!/bin/sh\n" * 3000,
    "usr/share/doc/tool/copyright": "all yours\n",
    "usr/share/locale/de/tool": "Werkzeug\n",
    "usr/share/locale/C/tool": "tool\n",
    "usr/share/zoneinfo/Europe/Berlin": "TZif",
    "usr/share/zoneinfo/UTC": "TZif",
    "var/empty": "",
    "boot/config-6.1": "CONFIG_SQUASHFS=m\nCONFIG_SQUASHFS_ZLIB=y\nCONFIG_SQUASHFS_XZ=y\nCONFIG_SQUASHFS_ZSTD=y\n",
    "root/ünïcode name": "x",
}


class Look(NamedTuple):
    """`content`: bytes of a file, where a link leads, the numbers of a device. `names`: of the same file, in this tree."""

    mode: int
    owner: tuple[int, int]
    time: int
    content: bytes
    names: tuple[str, ...]


def small_root(folder: Path) -> Path:
    """Make it: files, links of both kinds, a device, a pipe, a socket, set-uid, an extended attribute."""
    lay(folder, FILES)
    (folder / "etc/shadow").chmod(0o640)
    (folder / "usr/bin/tool").chmod(0o4755)
    os.chown(folder / "etc/shadow", 0, 42)
    (folder / "usr/bin/same").hardlink_to(folder / "usr/bin/tool")
    (folder / "bin").symlink_to("usr/bin")
    (folder / "etc/localtime").symlink_to("../usr/share/zoneinfo/UTC")
    (folder / "dev").mkdir()
    os.mknod(folder / "dev/null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    os.mkfifo(folder / "dev/pipe")
    with socket.socket(socket.AF_UNIX) as one:
        here = os.open(folder, os.O_PATH)
        one.bind(f"/proc/self/fd/{here}/dev/log")  # the names of sockets must be short
        os.close(here)
    os.setxattr(folder / "usr/bin/tool", "user.kept", b"\0yes")
    (folder / "tmp").mkdir(mode=0o777)
    (folder / "tmp").chmod(0o1777)
    for place in (*folder.rglob("*"), folder):
        os.utime(place, (LONG_AGO, LONG_AGO), follow_symlinks=False)
    return folder


def portrait(tree: Path) -> dict[str, Look]:
    """All that is in a tree, by its names."""
    places = [tree, *sorted(tree.rglob("*"))]
    numbers = {place: place.lstat().st_ino for place in places}
    found = {}
    for place in places:
        status = place.lstat()
        kind = status.st_mode
        content = b""
        if stat.S_ISREG(kind):
            content = place.read_bytes()
        elif stat.S_ISLNK(kind):
            content = os.fsencode(place.readlink())
        elif stat.S_ISCHR(kind):
            content = str(status.st_rdev).encode()
        same = [one for one, number in numbers.items() if number == status.st_ino] if stat.S_ISREG(kind) else []
        names = tuple(str(one.relative_to(tree)) for one in same)
        owner = (status.st_uid, status.st_gid)
        found[str(place.relative_to(tree))] = Look(kind, owner, int(status.st_mtime), content, names)
    return found
