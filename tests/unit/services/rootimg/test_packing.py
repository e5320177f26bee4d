"""Trees become files, the same ones each time; and the programs that unpack them find all that was there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.media import lay
from tests.helpers.smallroot import LONG_AGO, portrait, small_root
from xcatd.errors import ServiceError
from xcatd.services.rootimg.archive import Archive, chosen
from xcatd.services.rootimg.packing import pack

ARCHIVES = [
    *(Archive("cpio", compress) for compress in ("gzip", "pigz", "xz", "zstd")),
    *(Archive("tar", compress) for compress in ("gzip", "xz", "zstd")),
    *(Archive("squashfs", compress) for compress in ("gzip", "xz", "zstd")),
]
UNPACK = {
    "cpio": "cd $2 && $3 -dc <$1 | cpio -idm --quiet",
    "tar": "$3 -dc <$1 | tar -C $2 -xpf - --numeric-owner --xattrs --xattrs-include='*'",
    "squashfs": "unsquashfs -quiet -no-progress -force -dest $2 $1",
}
"""As nodes do it."""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    made = small_root(tmp_path / "tree")
    (made / "dev/log").unlink()
    os.utime(made / "dev", (LONG_AGO, LONG_AGO))
    return made


def packed(tree: Path, target: Path, archive: Archive) -> Path:
    steps: list[tuple[int, int]] = []
    pack(tree, target, archive, 40_000, LONG_AGO, lambda done, total: steps.append((done, total)))
    assert all(done <= total for done, total in steps)
    return target


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda one: f"{one.method}-{one.compress}")
def test_all_comes_back_and_the_same_tree_gives_the_same_bytes(tree: Path, tmp_path: Path, archive: Archive) -> None:
    first = packed(tree, tmp_path / "first", archive)
    out = tmp_path / "out"
    out.mkdir()
    program = archive.compress.replace("pigz", "gzip")
    subprocess.run(["sh", "-ec", UNPACK[archive.method], "sh", first, out, program], check=True)
    if archive.method == "cpio":  # its program gives folders and links no times
        subprocess.run(
            ["find", out, "-type", "d,l", "-exec", "touch", "-h", f"--date=@{LONG_AGO}", "{}", "+"], check=True
        )
    assert portrait(out) == portrait(tree)
    if archive.method != "cpio":
        assert os.getxattr(out / "usr/bin/tool", "user.kept") == b"\0yes"
    subprocess.run(["cp", "-a", tree, tmp_path / "again"], check=True)  # other inodes
    assert packed(tmp_path / "again", tmp_path / "second", archive).read_bytes() == first.read_bytes()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk for half of a file."""
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "small", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize("archive", [ARCHIVES[0], ARCHIVES[6], ARCHIVES[9]], ids=lambda one: one.method)
def test_a_full_disk_is_said(tmp_path: Path, small: Path, archive: Archive) -> None:
    lay(tmp_path / "tree", {"large": os.urandom(3 << 20)})
    with pytest.raises(ServiceError, match=r"(?i)no space left on device|failed to write|write failed|write error"):
        packed(tmp_path / "tree", small / "packed", archive)


def test_a_file_that_cpio_cannot_have_is_named(tmp_path: Path) -> None:
    lay(tmp_path / "tree", {"large": ""})
    os.truncate(tmp_path / "tree/large", 1 << 32)
    with pytest.raises(ServiceError, match=r"^/large has 4 GiB or more, which cpio cannot have"):
        packed(tmp_path / "tree", tmp_path / "packed", ARCHIVES[0])


def test_what_compresses_is_what_the_kernels_of_the_image_can_read(tmp_path: Path) -> None:
    assert chosen("squashfs", "", tmp_path).compress == "zstd"  # nobody says otherwise
    lay(tmp_path, {"boot/config-5.14": "CONFIG_SQUASHFS=y\nCONFIG_SQUASHFS_ZLIB=y\n# CONFIG_SQUASHFS_XZ is not set\n"})
    assert chosen("squashfs", "", tmp_path).compress == "gzip"
    assert chosen("squashfs", "pigz", tmp_path).ending == "sfs"
    with pytest.raises(ServiceError, match=r"squashfs with xz, or a kernel in .* cannot read it: choose gzip$"):
        chosen("squashfs", "xz", tmp_path)
    lay(tmp_path, {"usr/lib/modules/6.1/config": "# CONFIG_SQUASHFS is not set\n"})
    with pytest.raises(ServiceError, match="has no squashfs: pack with -m cpio"):
        chosen("squashfs", "", tmp_path)
    assert chosen("cpio", "xz", tmp_path).ending == "cpio.xz"


def test_as_with_xcat_the_usual_archive_is_cpio_compressed_as_gzip(tmp_path: Path) -> None:
    archive = chosen("cpio", "", tmp_path)
    assert (archive.compress, archive.ending) == ("pigz", "cpio.gz")
