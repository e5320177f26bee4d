"""A medium that has been unpacked, before it is used: is it whole, and may a server of files show it?"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.media.folder import walk
from xcatd.services.media.source import Contents
from xcatd.services.media.working import Gauge


def settle(folder: Path, contents: Contents, gauge: Gauge) -> None:
    """See that all is there in its size, and give all accounts the right to read it. It blocks.

    Raises ServiceError for a medium that is not whole, or has something else than files, folders and links that stay inside.
    """
    missing = set(contents.files)
    folder.chmod(0o755)
    for place in walk(folder):
        name, status = str(place.relative_to(folder)), place.lstat()
        if stat.S_ISLNK(status.st_mode):
            _check_link(folder, place)
        elif stat.S_ISDIR(status.st_mode):
            place.chmod(0o755)
        elif stat.S_ISREG(status.st_mode):
            _check_size(name, status.st_size, contents.files.get(name))
            _open_up(place, status)
        else:
            raise ServiceError(f"{name} of the medium is no file, folder or link: that is no installation medium")
        missing.discard(name)
        gauge.step()
    if missing:
        raise ServiceError(f"{min(missing)} of the medium did not arrive: try again, or get the medium again")


def leads_out(folder: Path, link: Path) -> bool:
    """Whether a link below a folder leads out of it, as its text says."""
    target = link.readlink()
    landing = os.path.normpath(link.parent / target)
    return target.is_absolute() or not Path(landing).is_relative_to(folder)


def _check_link(folder: Path, link: Path) -> None:
    if leads_out(folder, link):
        raise ServiceError(
            f"The link {link.relative_to(folder)} leads out of the medium, to {link.readlink()}: remove it"
        )


def _check_size(name: str, size: int, wanted: int | None) -> None:
    if wanted is not None and size != wanted:
        raise ServiceError(f"{name} has {size} bytes, and {wanted} on the medium: try again, or get the medium again")


def _open_up(place: Path, status: os.stat_result) -> None:
    """A file that is right stays as it is: it may be one with the medium's own."""
    if status.st_mode & 0o7022 or status.st_mode & 0o444 != 0o444:
        place.chmod(0o755 if status.st_mode & 0o111 else 0o644)
