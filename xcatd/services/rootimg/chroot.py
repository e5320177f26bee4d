"""A program of an image runs in the image: in a chroot with a /proc, /sys, /dev and /run of its own, which are gone with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.rootimg.saying import Say, enclosed, run_saying

_FOLDERS: Final = ("proc", "sys", "dev", "run")
_MOUNTS: Final = """
set -eu
root=$1
shift
cd "$root"
mount -t proc -o nosuid,nodev,noexec proc proc 2>/dev/null || mount --rbind /proc proc
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys 2>/dev/null || mount --rbind /sys sys
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs run
mount -t tmpfs -o mode=755,nosuid tmpfs dev
mkdir dev/pts dev/shm
for node in null zero full random urandom tty; do
    : >"dev/$node"
    mount --bind "/dev/$node" "dev/$node"
done
mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts dev/pts 2>/dev/null || mount --bind /dev/pts dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
exec chroot . "$@"
"""
"""Of the host's /dev the image sees what every program needs: nothing in there can change a disk."""


def run_inside(root: Path, words: Sequence[str], say: Say, **env: str) -> None:
    """Run a program of the root file system below `root`, as root, in mount and PID namespaces of its own; the network is the
    host's. `env` is added to its environment (C.UTF-8; packages of Debian ask nothing). What it leaves running is killed.

    Raises ServiceError with its last lines when it fails.
    """
    for name in _FOLDERS:
        _folder(root, name)
    # A POSIX shell of the host: nothing of the image runs before chroot.
    line = enclosed(["sh", "-c", _MOUNTS, "sh", str(root), *words])
    run_saying(line, say, what=f"{words[0]} in {root}", env={"DEBIAN_FRONTEND": "noninteractive", **env})


def _folder(root: Path, name: str) -> None:
    """A folder to mount on. Raises ServiceError when it is a link, which would lead out of the image."""
    folder = root / name
    if folder.is_symlink():
        raise ServiceError(f"{folder} is a link: {root} is no root file system")
    try:
        folder.mkdir(mode=0o755, exist_ok=True)
    except OSError as error:
        raise ServiceError(f"{folder} cannot be made: {(error.strerror or str(error)).lower()}") from error
