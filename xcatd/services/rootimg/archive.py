"""How an image is packed: the kinds of archives and what compresses them, as packimage, nodes and this host's programs call them.

Sources: packimage(1) of xCAT for the words, mksquashfs(1), gzip(1), pigz(1), xz(1), zstd(1). All of these programs give the same
bytes with any number of threads, xz only with two or more.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.programs import find_program
from xcatd.services.rootimg.saying import needed

_ENDINGS: Final = {"gzip": "gz", "pigz": "gz", "xz": "xz", "zstd": "zst"}
_PACKAGES: Final = {"xz": "xz-utils (xz on RHEL and SLES)"}
"""What the package of a program is called, where it is not its name."""
_THREADS: Final = max(2, min(os.cpu_count() or 1, 16))
_COMPRESSORS: Final[Mapping[str, Sequence[str]]] = {
    "gzip": ("gzip", "-n", "-c"),
    "pigz": ("pigz", "-n", "-c"),
    "xz": ("xz", "-c", f"-T{_THREADS}", "--block-size=24MiB", "--check=crc32"),
    "zstd": ("zstd", "-q", "-c", f"-T{_THREADS}", "-9"),
}
_SQUASHED: Final[Mapping[str, Sequence[str]]] = {
    "gzip": ("-comp", "gzip"),
    "pigz": ("-comp", "gzip"),
    "xz": ("-comp", "xz"),
    "zstd": ("-comp", "zstd", "-Xcompression-level", "9"),
}
"""mksquashfs compresses by itself. At this level zstd takes an eighth of the time of gzip for the same size."""
_READS: Final = {"gzip": "ZLIB", "pigz": "ZLIB", "xz": "XZ", "zstd": "ZSTD"}
"""What a kernel's configuration has as CONFIG_SQUASHFS_..., when it can read it."""


@dataclass(frozen=True, slots=True)
class Archive:
    """`method`: cpio, tar or squashfs. `compress`: gzip, pigz, xz or zstd."""

    method: str
    compress: str

    @property
    def ending(self) -> str:
        """What the file's name ends with behind `rootimg.`, as nodeset looks for it."""
        return "sfs" if self.method == "squashfs" else f"{self.method}.{_ENDINGS[self.compress]}"

    @property
    def compressor(self) -> Sequence[str]:
        """The command line that compresses its input. Raises ServiceError when the program is not there."""
        program, *options = _COMPRESSORS[self.compress]
        return [needed(program, _PACKAGES.get(program, program)), *options]

    @property
    def squashed(self) -> Sequence[str]:
        """Options of mksquashfs."""
        return _SQUASHED[self.compress]


def chosen(method: str, compress: str, root: Path) -> Archive:
    """The archive that is wanted; `compress` may be "". `root` is the root file system, whose kernels have to read it. It blocks.

    Raises ServiceError: this host, or a kernel of the image, cannot do it.
    """
    if method != "squashfs":
        archive = Archive(method, compress or ("pigz" if find_program("pigz") else "gzip"))
        _ = archive.compressor
        return archive
    offered = _offered_by(needed("mksquashfs", "squashfs-tools"))
    configurations = [_text(path) for path in _configurations(root)]
    if not all(_has(text, "SQUASHFS", "[ym]") for text in configurations):
        raise ServiceError(f"A kernel in {root} has no squashfs: pack with -m cpio")
    able = [one for one in offered if all(_has(text, f"SQUASHFS_{_READS[one]}") for text in configurations)]
    wanted = compress or next(iter(able), "gzip")
    if wanted.replace("pigz", "gzip") not in able:
        raise ServiceError(
            f"This host cannot make squashfs with {wanted}, or a kernel in {root} cannot read it: choose "
            f"{' or '.join(able) or '-m cpio'}"
        )
    return Archive(method, wanted)


def _offered_by(mksquashfs: str) -> Sequence[str]:
    """What it can compress with, the best first, as its help lists them; releases before 4.4 may lack zstd."""
    done = subprocess.run([mksquashfs, "-help"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    listed = re.findall(r"^\s+(gzip|xz|zstd)\b", done.stdout + done.stderr, re.MULTILINE)
    return [one for one in ("zstd", "gzip", "xz") if one in listed or not listed]


def _configurations(root: Path) -> Sequence[Path]:
    """Where distributions put the configuration of kernels; none may be there."""
    return [*sorted(root.glob("boot/config-*")), *sorted(root.glob("usr/lib/modules/*/config"))]


def _has(configuration: str, name: str, value: str = "y") -> bool:
    return re.search(rf"^CONFIG_{name}={value}$", configuration, re.MULTILINE) is not None


def _text(path: Path) -> str:
    return path.read_text(errors="replace")
