"""Bringing the files of a small boot image to their places below the TFTP folder, each as a whole. It blocks."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final

from xcatd.errors import ServiceError
from xcatd.services.boot.kernels import genesis
from xcatd.services.files import MODE, make_folder

_BLOCK: Final = 1 << 20
Fill = Callable[[BinaryIO], None]
"""Writes a file's content."""


def sums_file(arch: str) -> str:
    """Below the TFTP folder, as sha256sum writes it: by this service nodes know that what they fetch is whole."""
    return f"xcat/genesis.{arch}.sha256"


def bring(tftpdir: Path, arch: str, fills: Mapping[str, Fill], wanted: Mapping[str, str] | None = None) -> None:
    """Write kernel and RAM disk beside their places, then put them there; their sums come last. `fills`: by their names below the
    TFTP folder. `wanted`: the sums that they must have.

    Raises ServiceError, with the old ones in place: the disk is full or read-only, or a sum is another.
    """
    make_folder(tftpdir / "xcat")
    sums: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        try:
            places = {name: stack.enter_context(_beside(tftpdir / name)) for name in (*genesis(arch), sums_file(arch))}
            for name in genesis(arch):
                sums[name] = _written(places[name], fills[name])
                if wanted is not None and wanted.get(Path(name).name) != sums[name]:
                    raise ServiceError(f"{name} came with another SHA-256 than it should have: try again")
            text = "".join(f"{digest}  {Path(name).name}\n" for name, digest in sums.items())
            _written(places[sums_file(arch)], lambda file: _write(file, text))
            for name, path in places.items():
                path.replace(tftpdir / name)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ServiceError(f"The image cannot be brought to {tftpdir / 'xcat'}: {reason}") from error


def copying(source: Path) -> Fill:
    """The content of another file."""

    def fill(file: BinaryIO) -> None:
        with source.open("rb") as old:
            while block := old.read(_BLOCK):
                file.write(block)

    return fill


def _write(file: BinaryIO, text: str) -> None:
    file.write(text.encode())


def _written(path: Path, fill: Fill) -> str:
    """Fill a file and wait for the disk. Gives its SHA-256."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w+b") as file:
        fill(file)
        file.flush()
        os.fsync(descriptor)
        os.fchmod(descriptor, MODE)
        file.seek(0)
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """The name of a new file in the same folder; what is left of it goes."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        yield beside
    finally:
        beside.unlink(missing_ok=True)
