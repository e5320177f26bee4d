"""Bringing boot files to their places: only what differs, each file as a whole, and what goes wrong is said for its nodes."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.boot.files import Files
from xcatd.services.boot.kernels import Kernel
from xcatd.services.files import MODE, make_folder, replace_texts

_TOGETHER = 2_500
"""Files for which the disk is waited once."""
_BLOCK = 1 << 20


def write(tftpdir: Path, wanted: Mapping[str, Files]) -> Mapping[str, ServiceError]:
    """Write the files of nodes; gives the nodes for which that failed. It blocks."""
    failed: dict[str, ServiceError] = {}
    for folder, texts in _by_folder(wanted).items():
        for some in _portions(list(texts)):
            nodes = {texts[name][0] for name in some}
            with _blamed(failed, nodes):
                _write_some(tftpdir / folder, {name: texts[name][1] for name in some})
    for node, files in wanted.items():
        with _blamed(failed, {node}):
            for (folder, name), target in files.links.items():
                link(tftpdir / folder / name, target)
            for folder, name in files.gone:
                _remove(tftpdir / folder / name)
    return failed


def place(kernel: Kernel, tftpdir: Path, *, keep: bool = False) -> None:
    """Bring an image's kernel and RAM disk to where loaders fetch them. `keep`: those that are there stay. It blocks.

    Raises ServiceError, with the old ones in place.
    """
    for source, name in zip((kernel.kernel, kernel.initrd), kernel.placed, strict=True):
        target = tftpdir / name
        if keep and target.is_file():
            continue
        make_folder(target.parent)
        try:
            if not is_same(source, target):
                copy_file(source, target)
        except OSError as error:
            raise ServiceError(f"{source} cannot be copied to {target}: {_reason(error)}") from error


def _by_folder(wanted: Mapping[str, Files]) -> Mapping[str, Mapping[str, tuple[str, str]]]:
    """folder -> name -> node and text."""
    folders: dict[str, dict[str, tuple[str, str]]] = {}
    for node, files in wanted.items():
        for (folder, name), text in files.texts.items():
            folders.setdefault(folder, {})[name] = (node, text)
    return folders


def _portions(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + _TOGETHER] for start in range(0, len(names), _TOGETHER))


def _write_some(folder: Path, texts: Mapping[str, str]) -> None:
    make_folder(folder)
    differing = {name: text for name, text in texts.items() if not _has(folder / name, text)}
    if differing:
        replace_texts(folder, differing)


def _has(path: Path, text: str) -> bool:
    """Whether a file has this text. A link, as another release may have left one, is replaced by a file."""
    try:
        return path.read_bytes() == text.encode() and not path.is_symlink()
    except OSError:
        return False


def link(path: Path, target: str) -> None:
    """Have a path lead to a target; where something else is, that is replaced in one step. Raises ServiceError."""
    there = _leads_to(path)
    try:
        if there is None:
            path.symlink_to(target)
        elif there != target:
            _link_anew(path, target)
    except OSError as error:
        raise ServiceError(f"{path} cannot be made: {_reason(error)}") from error


def _leads_to(path: Path) -> str | None:
    """None where nothing is, "" for what is no link."""
    try:
        return str(path.readlink())
    except FileNotFoundError:
        return None
    except OSError:
        return ""


def _link_anew(path: Path, target: str) -> None:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        beside.symlink_to(target)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except NotADirectoryError:
        return
    except OSError as error:
        raise ServiceError(f"{path} cannot be removed: {_reason(error)}") from error


def is_same(source: Path, target: Path) -> bool:
    """Whether a file is a copy of another one: by size and time, which a copy keeps."""
    with contextlib.suppress(FileNotFoundError):
        old, new = target.stat(), source.stat()
        return (old.st_size, old.st_mtime_ns) == (new.st_size, new.st_mtime_ns)
    return False


def copy_file(source: Path, target: Path) -> None:
    """Put a copy, with the time of its source, into a place, as a whole. Raises OSError."""
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with source.open("rb") as old, os.fdopen(descriptor, "wb") as new:
            shutil.copyfileobj(old, new, _BLOCK)
            new.flush()
            there = os.fstat(old.fileno())
            # By the descriptor: behind the name there may be another file, if somebody else owns the folder.
            os.fchmod(descriptor, MODE)
            os.utime(descriptor, ns=(there.st_atime_ns, there.st_mtime_ns))
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


@contextlib.contextmanager
def _blamed(failed: dict[str, ServiceError], nodes: set[str]) -> Iterator[None]:
    """What goes wrong is these nodes' failure."""
    try:
        yield
    except ServiceError as error:
        for node in nodes:
            failed.setdefault(node, error)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
