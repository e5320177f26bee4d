"""The archive: readable by its owner alone from its first byte, and whole or absent."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xcatd.errors import ConfigError


def safe_folder(folder: Path) -> Path:
    """The folder, made if it is missing. Raises ConfigError for one in which somebody else may put links in our way."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise ConfigError(f"{folder} cannot be made ({error.strerror}): name another folder with -d") from error
    sticky = found.st_mode & stat.S_ISVTX
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (0, os.geteuid()):
        raise ConfigError(f"{folder} is a link or belongs to somebody else: name another folder with -d")
    if found.st_mode & 0o022 and not sticky:
        raise ConfigError(f"Others may write into {folder}: chmod go-w {folder}, or name another folder with -d")
    return folder


class Archive:
    """A tar.gz that is being written."""

    def __init__(self, tar: tarfile.TarFile, top: str) -> None:
        self._tar = tar
        self._top = top

    def add(self, name: str, text: str) -> None:
        """Add a file. Bytes that were no UTF-8 are replaced."""
        content = text.encode(errors="replace")
        member = tarfile.TarInfo(f"{self._top}/{name}")
        member.size, member.mode, member.mtime = len(content), 0o600, int(time.time())
        self._tar.addfile(member, io.BytesIO(content))


@contextmanager
def writing(path: Path) -> Iterator[Archive]:
    """A new archive at `path`, mode 0600; it is removed when something goes wrong. Raises ConfigError."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise ConfigError(f"{path} cannot be made ({error.strerror}): name another folder with -d") from error
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, 0o600)
            with tarfile.open(fileobj=file, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
                yield Archive(tar, path.name.removesuffix(".tar.gz"))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
