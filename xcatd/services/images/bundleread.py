"""A bundle is unpacked into a folder of its own. It comes from somewhere else: what it names stays in that folder, whatever links
it has, and only what its manifest says is taken."""

from __future__ import annotations

import errno
import lzma
import os
import secrets
import shutil
import tarfile
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from xcatd.errors import NotFound, ServiceError
from xcatd.services.files import make_folder
from xcatd.services.images.bundle import NAME, Manifest, check_path, read_manifest
from xcatd.services.media.folder import reason
from xcatd.services.media.placing import refuse_mounts
from xcatd.services.media.working import Gauge
from xcatd.services.rootimg.publishing import SUM, is_packed, others_of, sum_text

_MANIFEST_SIZE = 1 << 22
_PIECE = 1 << 20


@dataclass(slots=True)
class Unpacked:
    """What is in a folder now. `left_out`: device nodes that this daemon may not make."""

    manifest: Manifest
    folder: Path
    left_out: list[str] = field(default_factory=list)


def manifest_of(bundle: Path) -> Manifest:
    """Only the manifest. It blocks. Raises ServiceError or NotFound."""
    with _opened(bundle) as tar:
        return _manifest(tar, bundle)


def unpack(bundle: Path, folder: Path, gauge: Gauge) -> Unpacked:
    """Unpack a bundle into an empty folder. It blocks for long. Raises ServiceError or NotFound."""
    with _opened(bundle) as tar:
        made = Unpacked(_manifest(tar, bundle), folder)
        wanted = [PurePosixPath(one.member) for one in made.manifest.packed]
        while (info := tar.next()) is not None:
            tar.members.clear()  # type: ignore[attr-defined]  # a tree has many
            name = check_path(info.name)
            if not any(name.is_relative_to(one) for one in wanted):
                raise ServiceError(
                    f"{bundle} has {info.name}, of which its manifest says nothing: it is not from imgexport"
                )
            _take(tar, info, made, gauge)
    missing = [one.member for one in made.manifest.packed if not (folder / one.member).exists()]
    if missing:
        raise ServiceError(f"{bundle} lacks {missing[0]}: get it again")
    return made


@contextmanager
def _opened(bundle: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(bundle) as tar:
            yield tar
    except FileNotFoundError as error:
        raise NotFound(f"Cannot find {bundle}") from error
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise ServiceError(f"Failed to extract bundle {bundle}: it is no tar, or not whole") from error
    except OSError as error:
        raise ServiceError(f"Failed to extract bundle {bundle}: {reason(error)}") from error


def _manifest(tar: tarfile.TarFile, bundle: Path) -> Manifest:
    first = tar.next()
    if first is None or first.name != NAME or not first.isreg() or first.size > _MANIFEST_SIZE:
        raise ServiceError(f"{bundle} is no bundle of this release: it does not begin with {NAME}")
    file = tar.extractfile(first)
    assert file is not None
    return read_manifest(file.read().decode(errors="replace"))


def _take(tar: tarfile.TarFile, info: tarfile.TarInfo, made: Unpacked, gauge: Gauge) -> None:
    """Put one member into the folder. Nothing is ever written through a link that another member made."""
    target = made.folder / check_path(info.name)
    _check_parents(made.folder, target)
    if info.isdir():
        _check_parents(made.folder, target / "in it")
        target.mkdir(mode=0o700, exist_ok=True)
    elif info.issym():
        target.symlink_to(info.linkname)
    elif info.islnk():
        other = made.folder / check_path(info.linkname)
        _check_parents(made.folder, other)
        os.link(other, target, follow_symlinks=False)
        return
    elif info.isreg():
        _write(tar, info, target, gauge)
    elif not _node(info, target):
        made.left_out.append(info.name)
        return
    _dress(info, target)


def _check_parents(folder: Path, target: Path) -> None:
    """Raises ServiceError when a folder above is none, but a link."""
    above = [one for one in target.parents if one.is_relative_to(folder) and one != folder]
    for one in reversed(above):
        if one.is_symlink():
            raise ServiceError(f"The bundle leads through the link {one.relative_to(folder)}: it is not from imgexport")
        one.mkdir(mode=0o700, exist_ok=True)


def _write(tar: tarfile.TarFile, info: tarfile.TarInfo, target: Path, gauge: Gauge) -> None:
    file = tar.extractfile(info)
    assert file is not None
    with target.open("xb") as new:
        while piece := file.read(_PIECE):
            new.write(piece)
            gauge.step(len(piece))


def _node(info: tarfile.TarInfo, target: Path) -> bool:
    """Make a device node or a FIFO; False where the daemon may not."""
    kind = 0o020000 if info.ischr() else 0o060000 if info.isblk() else 0o010000
    try:
        os.mknod(target, kind | 0o600, os.makedev(info.devmajor, info.devminor) if not info.isfifo() else 0)
    except OSError as error:
        if error.errno == errno.EPERM:
            return False
        raise
    return True


def _dress(info: tarfile.TarInfo, target: Path) -> None:
    """Owner, rights and time as they were."""
    os.chown(target, info.uid, info.gid, follow_symlinks=False)
    if not info.issym():
        target.chmod(info.mode & 0o7777)
    os.utime(target, (info.mtime, info.mtime), follow_symlinks=False)


def settle(places: Mapping[Path, Path]) -> None:
    """Move files and folders to their places: a file takes the place of the one there, a folder of the whole one there. Packed
    images of other kinds go: nodeset would take the best kind. It blocks. Raises OSError or ServiceError."""
    for source, target in places.items():
        make_folder(target.parent)
        if source.is_dir() and target.is_dir() and not target.is_symlink():
            refuse_mounts(target)
            aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
            target.rename(aside)
            source.rename(target)
            shutil.rmtree(aside)
        else:
            if source.is_dir() and target.is_symlink():
                target.unlink()
            source.replace(target)
    _settle_packed([target for target in places.values() if is_packed(target.name)], frozenset(places.values()))


def _settle_packed(packed: Sequence[Path], new: Collection[Path]) -> None:
    """A packed image that came without its sum gets one, and those of other kinds go."""
    for target in packed:
        sums = target.with_name(f"{target.name}{SUM}")
        if sums not in new:
            sums.write_text(sum_text(target, target.name))
            sums.chmod(0o644)
        for other in set(others_of(target)) - set(new) if target.name.startswith("rootimg.") else ():
            other.unlink()
