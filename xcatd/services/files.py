"""Files of a host that others read too: replaced as a whole or not at all, and only when something differs."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import difflib
import errno
import fcntl
import os
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from xcatd.errors import ServiceError

_T = TypeVar("_T")
MODE = 0o644
"""Of a file that is new; one that is there keeps its own mode and owner."""
_MOUNTED = frozenset({errno.EBUSY, errno.EXDEV, errno.EROFS})
"""What the kernel says when a file is a mount point, as /etc/hosts is in containers and in a unit's sandbox: nothing can be
renamed over it, and its folder may be read-only while it is not."""
_AGAIN_AFTER = 0.02
"""Seconds between two looks whether a lock is free."""
_MANY = 64
"""Files for which waiting for the whole disk is quicker."""


def read_text(path: Path) -> str:
    """The text of a file, "" when there is none. Bytes that are no UTF-8 survive a way there and back.

    Raises ServiceError when it cannot be read.
    """
    try:
        return path.read_bytes().decode(errors="surrogateescape")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ServiceError(f"{path} cannot be read: {_reason(error)}") from error


def replace_text(path: Path, text: str, *, backup: Path | None = None, mode: int = MODE) -> bool:
    """Bring a file to this text and say whether it differed. It blocks for as long as the disk takes: call it in a thread.

    The new text is written beside, is on the disk before it takes the old one's place, and has the old one's owner and mode; a
    symbolic link stays one. A file that is mounted by itself is overwritten, because nothing can be renamed over it. `backup`
    gets the old text, when there was a file. Raises ServiceError, with the old file as it was: the disk is full or read-only.
    """
    path = path.resolve()
    old, new = read_text(path), text.encode(errors="surrogateescape")
    if old == text and path.exists():
        return False
    try:
        if backup is not None and path.exists():
            _replace(backup, old.encode(errors="surrogateescape"), like=path, mode=mode)
        _replace(path, new, like=path, mode=mode)
    except OSError as error:
        raise ServiceError(f"{path} cannot be written and stays as it is: {_reason(error)}") from error
    return True


def replace_texts(folder: Path, texts: Mapping[str, str], *, mode: int = MODE) -> None:
    """Bring many files of a folder to their texts, by their names. All are written before the disk is waited for: that takes a
    third of the time that it takes one by one, and for many files, whose disk is waited for once, far less. It blocks: call it in a
    thread.

    Raises ServiceError: each file is as it was or has its new text.
    """
    replace_below(folder, {folder / name: text for name, text in texts.items()}, mode=mode)


def replace_below(folder: Path, texts: Mapping[Path, str], *, mode: int = MODE) -> None:
    """The same for files of several folders, which are there, below one. The new ones are made in that one: in folders of their
    own, ext4 takes five times as long for them."""
    beside = {path: folder / f".{path.name}.{secrets.token_hex(8)}" for path in texts}
    left = dict(beside)
    try:
        for path, new in beside.items():
            _write_new(new, texts[path].encode(errors="surrogateescape"), mode)
        _sync_all(folder, list(beside.values()))
        for path, new in beside.items():
            new.replace(path)
            del left[path]
        _sync_folders(folder, {path.parent for path in texts})
    except OSError as error:
        raise ServiceError(f"Files in {folder} cannot be written: {_reason(error)}") from error
    finally:
        for new in left.values():
            with contextlib.suppress(OSError):
                new.unlink()


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, so that servers of other accounts can read there (mode 0755, whatever the
    umask is). It blocks. Raises ServiceError."""
    for missing in [one for one in (*reversed(folder.parents), folder) if not one.exists()]:
        try:
            missing.mkdir(exist_ok=True)
            missing.chmod(0o755)
        except OSError as error:
            hint = ""
            if error.errno == errno.EROFS:
                hint = f"; make it, or add ReadWritePaths={folder} in a drop-in of xcatd.service"
            raise ServiceError(f"The folder {missing} cannot be made: {_reason(error)}{hint}") from error


def difference(path: Path, old: str, new: str) -> Sequence[str]:
    """The lines of a unified diff from one text of a file to another; none when they are equal."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), str(path), f"{path} (new)", n=2, lineterm="")
    return [line.encode(errors="replace").decode() for line in lines]


async def in_thread(write: Callable[[], _T]) -> _T:
    """What a function gives that writes. A caller who is cancelled waits until it is over: nothing is written any more when he
    lets go of a lock."""
    running = asyncio.get_running_loop().run_in_executor(None, write)
    try:
        return await asyncio.shield(running)
    finally:
        if not running.done():
            await asyncio.wait((running,))
            running.exception()  # nobody waits for it any more


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file as a lock among all who change the same thing, of this daemon and of others; wait while somebody has it.

    It blocks: call it in a thread, and do in there all that is done under the lock. Raises ServiceError when the lock cannot be
    made.
    """
    with _lock_file(path) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


@contextlib.asynccontextmanager
async def my_turn(path: Path) -> AsyncIterator[None]:
    """The same for what goes on in the loop. Who waits has no thread: there are some dozens, and whoever holds the lock needs one.

    Raises ServiceError when the lock cannot be made.
    """
    with contextlib.ExitStack() as stack:
        descriptor = await in_thread(partial(stack.enter_context, _lock_file(path)))
        while not _takes(descriptor):  # noqa: ASYNC110 - the lock of another process tells nobody
            await asyncio.sleep(_AGAIN_AFTER)
        yield


@contextlib.contextmanager
def locked_or_not(path: Path) -> Iterator[int | None]:
    """The same without waiting: the lock file's descriptor, or None when somebody has it.

    Raises ServiceError when the lock cannot be made.
    """
    with _lock_file(path) as descriptor:
        yield descriptor if _takes(descriptor) else None


@contextlib.contextmanager
def _lock_file(path: Path) -> Iterator[int]:
    """Its descriptor; closing it gives the lock up."""
    try:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise ServiceError(f"The lock {path} cannot be made: {_reason(error)}") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _takes(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _replace(path: Path, content: bytes, *, like: Path, mode: int) -> None:
    """Put the content at `path` in one step. Raises OSError, with the old file untouched."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write_beside(temporary, content, like, mode)
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        if error.errno not in _MOUNTED or not path.exists():
            raise
        _overwrite(path, content)
    finally:
        with contextlib.suppress(OSError):  # it is not there, or its folder is read-only
            temporary.unlink()


def _write_beside(temporary: Path, content: bytes, like: Path, mode: int) -> None:
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with contextlib.suppress(FileNotFoundError):
            there = like.stat()
            mode = there.st_mode & 0o7777
            made = os.fstat(descriptor)
            if (there.st_uid, there.st_gid) != (made.st_uid, made.st_gid):
                os.fchown(descriptor, there.st_uid, there.st_gid)
        os.fchmod(descriptor, mode)
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _overwrite(path: Path, content: bytes) -> None:
    """Write in place. Where the disk refuses in the middle of it, the old text comes back."""
    with path.open("r+b") as file:
        old = file.read()
        try:
            _fill(file.fileno(), content)
        except OSError:
            _fill(file.fileno(), old)
            raise


def _fill(descriptor: int, content: bytes) -> None:
    written = 0
    while written < len(content):
        written += os.pwrite(descriptor, content[written:], written)
    os.ftruncate(descriptor, len(content))
    os.fsync(descriptor)


def _write_new(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(content)


def _sync_all(folder: Path, paths: Sequence[Path]) -> None:
    """Wait until all files are on the disk: one by one, or for many by syncfs(2), which waits for all of the disk."""
    if len(paths) < _MANY:
        for path in paths:
            _sync(path)
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(descriptor)


def _sync_folders(above: Path, folders: Collection[Path]) -> None:
    if len(folders) < _MANY:
        for folder in folders:
            _sync_folder(folder)
    else:
        _sync_all(above, list(folders))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
