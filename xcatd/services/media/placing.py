"""A tree that is made beside its place and gets there in one step: the old one is in use until then, or comes back."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.files import make_folder
from xcatd.services.media.folder import reason, walk
from xcatd.services.media.working import Gauge

_LOCKS = "run/xcat/trees"
_MOUNTS = Path("/proc/self/mountinfo")
_MANY = 500
"""Files; one after the other they would take longer than all that is in memory at once."""


@dataclass(frozen=True, slots=True)
class Site:
    """`target`: where the tree belongs. `stage`: where it is made. `before`: where the old one is for a moment."""

    target: Path

    @property
    def stage(self) -> Path:
        return self.target.with_name(f".{self.target.name}.new")

    @property
    def before(self) -> Path:
        return self.target.with_name(f".{self.target.name}.old")


@contextlib.contextmanager
def building(target: Path, root: Path) -> Iterator[Site]:
    """Build a tree beside `target`; what is not put into its place by `put` is gone at the end, and so are new folders above it.

    It blocks. Raises ServiceError when somebody else is at it, in this daemon or another, or when nothing can be written there.
    """
    if target.is_mount():
        raise ServiceError(f"{target} is a mount point, which cannot be replaced as a whole: name a folder below it")
    site = Site(target)
    with _alone(target, root):
        refuse_mounts(target)
        new = [one for one in reversed(target.parents) if not one.exists()]
        make_folder(target.parent)
        try:
            _tidy(site)
            site.stage.mkdir(mode=0o755)
            yield site
        except OSError as error:
            raise ServiceError(f"{target} cannot be written: {reason(error)}") from error
        finally:
            _remove(site.stage)
            for folder in reversed(new):
                with contextlib.suppress(OSError):  # it is in use now
                    folder.rmdir()


def refuse_mounts(folder: Path) -> None:
    """See that nothing is mounted in a folder that is to go: it would be emptied. It blocks. Raises ServiceError."""
    for point in mounts_below(folder):
        raise ServiceError(f"{point} is mounted below {folder}, and would be emptied: umount {point}")


def mounts_below(folder: Path) -> list[Path]:
    """What is mounted in a folder, or on it. It blocks."""
    inside = folder.resolve()
    lines = _MOUNTS.read_text(errors="surrogateescape").splitlines()
    points = (Path(line.split()[4].replace("\\040", " ")) for line in lines)  # proc_pid_mountinfo(5): blanks are octal
    return [point for point in points if point.is_relative_to(inside)]


def merge(old: Path, new: Path, gauge: Gauge, combine: Callable[[Path, Path], bool]) -> None:
    """Give a new tree what the old one has besides, as further names of the same files. Of a file that both have the new one
    stays, unless `combine(old, new)` made one out of both. It blocks. Raises OSError."""
    for place in walk(old):
        other = new / place.relative_to(old)
        gauge.step()
        if other.is_symlink() or not other.parent.is_dir() or other.parent.is_symlink():
            continue
        if place.is_symlink():
            if not other.exists():
                other.symlink_to(place.readlink())
        elif place.is_dir():
            other.mkdir(mode=0o755, exist_ok=True)
        elif not other.exists():
            os.link(place, other)
        elif other.is_file():
            combine(place, other)


def save(tree: Path, gauge: Gauge) -> None:
    """Bring a tree to the disk: what a power cut leaves must be whole. Files that are another tree's too are there already. It
    blocks for long. Raises OSError."""
    new = [place for place in walk(tree) if _is_new(place.lstat())]
    if len(new) > _MANY:
        _sync(tree, _all_of_it)
        return
    for place in new:
        gauge.step()
        _sync(place, os.fsync)


def put(site: Site) -> None:
    """Let the new tree take its place. It blocks. Raises OSError, with the old one where it was."""
    if site.target.is_symlink():  # only another name for a tree
        site.target.unlink()
    elif site.target.exists():
        site.target.rename(site.before)
    try:
        site.stage.rename(site.target)
    except OSError:
        if site.before.exists():
            site.before.rename(site.target)
        raise
    _remove(site.before)


@contextlib.contextmanager
def _alone(target: Path, root: Path) -> Iterator[None]:
    """Be the only one who works on a target. The kernel lets go of the lock when this daemon ends."""
    name = hashlib.sha256(os.fsencode(target)).hexdigest()[:32]
    make_folder(root / _LOCKS)
    descriptor = os.open(root / _LOCKS / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise ServiceError(f"Somebody else is writing {target} now: try again when that has ended") from error
    try:
        yield
    finally:
        os.close(descriptor)


def _tidy(site: Site) -> None:
    """After a daemon that was killed: the old tree comes back, what was half made goes."""
    if site.before.exists() and not site.target.exists():
        site.before.rename(site.target)
    _remove(site.before)
    _remove(site.stage)


def _remove(tree: Path) -> None:
    """A tree, if it is there."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(tree)


def _is_new(status: os.stat_result) -> bool:
    """Whether it may be in memory only: a folder, or a file that no other tree has."""
    return stat.S_ISDIR(status.st_mode) or (stat.S_ISREG(status.st_mode) and status.st_nlink == 1)


def _sync(place: Path, how: Callable[[int], None]) -> None:
    descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        how(descriptor)
    finally:
        os.close(descriptor)


def _all_of_it(descriptor: int) -> None:
    """Bring out all that the file system has in memory (syncfs(2)), which Python does not offer."""
    if ctypes.CDLL(None, use_errno=True).syncfs(descriptor) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
