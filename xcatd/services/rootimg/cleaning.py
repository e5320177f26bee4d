"""What a root file system must not have: what belongs to one host, what changes with each build, and caches; and times that are
later than the moment of its repositories."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.media.folder import reason

_FILES: Final = (
    # Identities and keys: a node makes its own.
    *("etc/hostname", "etc/resolv.conf", "var/lib/dbus/machine-id", "var/lib/systemd/random-seed"),
    *("etc/ssh/ssh_host_*", "etc/bind/rndc.key", "etc/rndc.key", "etc/ssl/private/ssl-cert-snakeoil.key"),
    # The settings and traces of the installation.
    *("etc/apt/sources.list", "etc/apt/sources.list.d/*", "etc/apt/apt.conf.d/99mmdebstrap"),
    *("etc/dpkg/dpkg.cfg.d/99mmdebstrap", "etc/.pwd.lock", "var/lib/dpkg/*-old", "var/cache/debconf/*-old"),
    *("var/lib/dpkg/lock*", "var/lib/dpkg/triggers/Lock", "var/lib/apt/lists/*", "var/lib/apt/*.lock"),
    *("etc/yum.repos.d/*.rpmnew", "var/lib/dnf/history.sqlite*", "var/lib/rpm/.rpm.lock", "var/lib/zypp/AutoInstalled"),
    *("usr/lib/sysimage/rpm/.rpm.lock", "var/lib/rpm/rpmdb.sqlite-*", "usr/lib/sysimage/rpm/rpmdb.sqlite-*"),
    # An initramfs that a kernel's package made: those of nodes are made at the end.
    *("boot/initr*", "boot/initramfs*"),
)
_CACHES: Final = ("var/cache/apt", "var/cache/dnf", "var/cache/zypp", "var/cache/ldconfig", "var/cache/man")
_TEMPORARY: Final = ("tmp", "var/tmp", "run", "dev", "proc", "sys")
"""Folders that stay, with nothing in them."""
_LOGS: Final = "var/log"
_MACHINE_ID: Final = "etc/machine-id"


def clean(root: Path) -> None:
    """Take away what packages left of this host and of this day, before anybody else puts something in. It blocks. Raises
    ServiceError."""
    try:
        for pattern in _FILES:
            for path in root.glob(pattern):
                remove_any(path)
        for name in _CACHES:
            _empty(root / name)
        _empty_machine_id(root)
    except OSError as error:
        raise _failure(root, error) from error


def tidy(root: Path, moment: int) -> None:
    """Take away what programs leave behind, at the end: temporary files, logs, late times. It blocks. Raises ServiceError."""
    try:
        for name in _TEMPORARY:
            _empty(root / name)
        for path in _files(root / _LOGS):
            path.unlink()
        settle_times(root, moment)
    except OSError as error:
        raise _failure(root, error) from error


def settle_times(root: Path, moment: int) -> None:
    """Nothing is younger than the moment. Raises OSError."""
    for _, folders, files, descriptor in os.fwalk(root, topdown=False, follow_symlinks=False):
        for name in (*folders, *files):
            if os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mtime > moment:
                os.utime(name, (moment, moment), dir_fd=descriptor, follow_symlinks=False)
    os.utime(root, (moment, moment))


def remove_any(path: Path) -> None:
    """A file, or a folder with all that is in it. Raises OSError."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _empty(folder: Path) -> None:
    if folder.is_dir() and not folder.is_symlink():
        for path in folder.iterdir():
            remove_any(path)


def _files(folder: Path) -> Iterator[Path]:
    """Those below a folder that are no folders, which packages want to be there."""
    if folder.is_dir() and not folder.is_symlink():
        yield from [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]


def _empty_machine_id(root: Path) -> None:
    """systemd takes a new one at each boot (machine-id(5)); without the file it would think of a first boot."""
    path = root / _MACHINE_ID
    if path.is_symlink() or path.exists() or (root / "etc/os-release").exists():
        path.unlink(missing_ok=True)
        path.touch(mode=0o444)


def _failure(root: Path, error: OSError) -> ServiceError:
    return ServiceError(f"{error.filename or root} cannot be cleaned: {reason(error)}")
