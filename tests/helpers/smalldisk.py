"""A daemon whose database and logs are on a small disk of their own, which a test can fill up."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.cluster import Daemon, environment

_MOUNT = """
set -e
disk="$1/disk" etc="$1/etc/xcat" log="$1/var/log/xcat"
mkdir -p "$disk" "$log"
mount -t tmpfs -o "size=$2,mode=755" small "$disk"
cp -a "$etc" "$disk/etc"
mkdir "$disk/log"
mount --bind "$disk/etc" "$etc"
mount --bind "$disk/log" "$log"
echo ready
exec cat
"""
"""Nobody else sees these mounts: they are in a name space of their own, which the last line keeps until its input ends. The
daemon's socket is not on them."""


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A daemon's disk, seen from outside through the process that keeps it."""

    daemon: Daemon
    keeper: int

    @property
    def path(self) -> Path:
        """The disk's folder, with the daemon's folders `etc` and `log`."""
        return Path(f"/proc/{self.keeper}/root{self.daemon.root}/disk")

    def start(self) -> None:
        """Start the daemon with this disk and wait until it answers."""
        program = [sys.executable, "-m", "xcatd", "--root", str(self.daemon.root)]
        with (self.daemon.root / "stderr").open("ab") as errors:
            self.daemon.process = subprocess.Popen(
                ["nsenter", "--target", str(self.keeper), "--mount", *program],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                env=environment(PYTHONSAFEPATH="1"),
            )
        self.daemon.wait()

    def fill(self) -> None:
        """Leave no byte free."""
        with (self.path / "ballast").open("ab", buffering=0) as file:
            for size in (1 << 16, 1 << 12, 1):
                _until_full(file.write, bytes(size))

    def make_room(self) -> None:
        (self.path / "ballast").unlink()


def _until_full(write: Callable[[bytes], int | None], piece: bytes) -> None:
    try:
        while True:
            write(piece)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


@contextmanager
def small_disk(daemon: Daemon, size: str) -> Iterator[SmallDisk]:
    """Start a daemon that is set up with what it has on a disk of this `size`, as mount says it; stop it at the end."""
    with subprocess.Popen(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", _MOUNT, "sh", str(daemon.root), size],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as keeper:
        assert keeper.stdout is not None
        assert keeper.stdout.readline() == b"ready\n"
        disk = SmallDisk(daemon, keeper.pid)
        try:
            disk.start()
            yield disk
        finally:
            daemon.stop()
