"""What genimage, packimage and nodeset made of an image: which files that is, and away with them."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.media.folder import reason
from xcatd.services.media.placing import refuse_mounts

_TREES = ("rootimg", "rootimg.new", "rootimg.old", ".rootimg.packing")
"""Folders in an image's folder: the root file system, and what commands that were killed have left."""
_PATTERNS = ("kernel", "initrd-stateless.gz", "initrd-statelite.gz", "rootimg.*", "rootimg-statelite.gz*")
"""Files beside them; sums of packed images are among them."""


def made_of(image: Path) -> Iterator[Path]:
    """What is in an image's folder of what was made. It blocks."""
    yield from (image / name for name in _TREES if _is_there(image / name))
    for pattern in _PATTERNS:
        yield from (path for path in sorted(image.glob(pattern)) if path.is_symlink() or path.is_file())


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it. It blocks.

    Raises ServiceError, with everything where it was, when something is mounted below it: that would be emptied.
    """
    try:
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)
        else:
            _remove_folder(path)
    except OSError as error:
        raise ServiceError(f"{path} cannot be removed: {reason(error)}") from error


def _remove_folder(path: Path) -> None:
    refuse_mounts(path)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    path.rename(aside)
    shutil.rmtree(aside)


def _is_there(path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return bool(path.lstat())
    return False
