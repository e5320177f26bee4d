"""Files that are whole or absent, and private from their first byte."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from xcat_certs.errors import AlreadyThere, Unusable

PUBLIC = 0o644
PRIVATE = 0o600
PUBLIC_DIRECTORY = 0o755
PRIVATE_DIRECTORY = 0o700


def read(path: Path, what: str) -> bytes:
    """The content of `path`; `what` says in the error which thing is missing ("key of this host")."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unusable(f"Cannot read {path}, the {what}: {_reason(error)}.") from error


def write(path: Path, content: bytes, mode: int) -> None:
    """Put `content` at `path` in one step, replacing what is there; the mode is set before the content."""
    with _written_beside(path, content, mode) as temporary:
        temporary.replace(path)


def write_new(path: Path, content: bytes, mode: int) -> None:
    """As `write`, but raise AlreadyThere when `path` exists, whoever made it and however short ago."""
    with _written_beside(path, content, mode) as temporary:
        try:
            path.hardlink_to(temporary)
        except FileExistsError as error:
            raise AlreadyThere(f"{path} exists and is not overwritten; move it away to make a new one.") from error


@contextlib.contextmanager
def _written_beside(path: Path, content: bytes, mode: int) -> Iterator[Path]:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, PRIVATE)
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(descriptor, mode)  # before the content, and whatever the umask
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            yield temporary
            _sync_directory(path.parent)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise Unusable(f"Cannot write {path}: {_reason(error)}.") from error


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directory(path: Path, mode: int = PUBLIC_DIRECTORY) -> None:
    """Make `path` with `mode`, and its missing parents with 0755. One that exists keeps its mode."""
    if path.is_dir():
        return
    if path.parent != path:
        make_directory(path.parent)
    try:
        path.mkdir(mode=PRIVATE_DIRECTORY)
        path.chmod(mode)  # not by mkdir: the umask would take bits away
    except FileExistsError as error:
        if not path.is_dir():
            raise Unusable(f"Cannot make the directory {path}: a file of this name is in the way.") from error
    except OSError as error:
        raise Unusable(f"Cannot make the directory {path}: {_reason(error)}.") from error


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold `path` as a lock between processes; it waits as long as another one holds it."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE)
    except OSError as error:
        raise Unusable(f"Cannot lock {path}: {_reason(error)}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
