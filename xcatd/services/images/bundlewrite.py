"""A bundle is written: a tar that gzip packs, made beside its place. It has what nodes' root may read, so it is for root only."""

from __future__ import annotations

import io
import os
import secrets
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from xcatd.errors import ServiceError
from xcatd.services.images.bundle import NAME, Manifest
from xcatd.services.media.folder import reason, walk
from xcatd.services.media.working import Gauge

_LEVEL = 1
"""Root images are packed already."""


class _Watched(io.RawIOBase):
    """A file that steps a gauge as it is read."""

    def __init__(self, file: IO[bytes], gauge: Gauge) -> None:
        super().__init__()
        self._file, self._gauge = file, gauge

    def read(self, size: int = -1, /) -> bytes:
        piece = self._file.read(size)
        self._gauge.step(len(piece))
        return piece


def write_bundle(target: Path, manifest: Manifest, sources: Mapping[str, Path], gauge: Gauge) -> None:
    """Write a bundle; `sources` says where each member comes from. It blocks for long. Raises ServiceError, with what was there
    untouched."""
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                with tarfile.open(fileobj=file, mode="w:gz", compresslevel=_LEVEL) as tar:
                    _fill(tar, manifest, sources, gauge)
                file.flush()
                os.fsync(file.fileno())
            beside.rename(target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise ServiceError(
            f"{target} cannot be written: {reason(error)}; name a file where the daemon may write"
        ) from error


def size_of(sources: Mapping[str, Path]) -> int:
    """Bytes of all files. It blocks. Raises ServiceError."""
    try:
        return sum(_size(place) for source in sources.values() for place in _all(source))
    except OSError as error:
        raise ServiceError(f"The image's files cannot be read: {error.filename}: {reason(error)}") from error


def _fill(tar: tarfile.TarFile, manifest: Manifest, sources: Mapping[str, Path], gauge: Gauge) -> None:
    head, text = tarfile.TarInfo(NAME), manifest.text().encode()
    head.size, head.mode = len(text), 0o600
    tar.addfile(head, io.BytesIO(text))
    for member, source in sources.items():
        for place in _all(source):
            name = f"{member}/{place.relative_to(source)}" if place != source else member
            _add(tar, name, place, gauge, follow=place == source)


def _add(tar: tarfile.TarFile, name: str, place: Path, gauge: Gauge, *, follow: bool) -> None:
    tar.dereference = follow  # what is named may be a link; in a tree links are links
    info = tar.gettarinfo(place, name)
    if not isinstance(info, tarfile.TarInfo):  # a socket
        return
    if info.isreg():
        with place.open("rb") as file:
            tar.addfile(info, _Watched(file, gauge))
    else:
        tar.addfile(info)
    tar.members.clear()  # type: ignore[attr-defined]  # a tree has many


def _all(source: Path) -> Iterator[Path]:
    yield source
    if source.is_dir():
        yield from walk(source)


def _size(place: Path) -> int:
    return 0 if place.is_symlink() else place.stat().st_size if place.is_file() else 0
