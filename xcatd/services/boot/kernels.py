"""Where the kernel and the first RAM disk of an image lie, and where loaders fetch them: data about distributions.

Sources: Debian's installation guide (4.5, files for TFTP net booting), Ubuntu's live-server media (casper), RHEL's
`images/pxeboot`, SUSE's `boot/ARCH`; for images without disk the files that genimage makes (commands.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.boot.image import Image
from xcatd.services.images.definition import system_of
from xcatd.services.images.folders import below
from xcatd.services.statelite.layout import SAVED

_DEBIAN: Final = {"x86_64": "amd64", "aarch64": "arm64", "ppc64le": "ppc64el", "x86": "i386"}
_NETBOOT: Final = "netboot/debian-installer/{debian}"
_INSTALLERS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "debian": (
        (f"install/{_NETBOOT}/linux", f"install/{_NETBOOT}/initrd.gz"),
        (f"install.{{debian}}/{_NETBOOT}/linux", f"install.{{debian}}/{_NETBOOT}/initrd.gz"),
        (
            f"dists/*/main/installer-{{debian}}/current/images/{_NETBOOT}/linux",
            f"dists/*/main/installer-{{debian}}/current/images/{_NETBOOT}/initrd.gz",
        ),
    ),
    "ubuntu": (
        ("casper/vmlinuz", "casper/initrd"),
        ("casper/vmlinuz", "casper/initrd.gz"),
        ("casper/vmlinuz", "casper/initrd.lz"),
    ),
    "rh": (
        ("images/pxeboot/vmlinuz", "images/pxeboot/initrd.img"),
        ("ppc/{arch}/vmlinuz", "ppc/{arch}/initrd.img"),
    ),
    "sles": (
        ("1/boot/{arch}/loader/linux", "1/boot/{arch}/loader/initrd"),
        ("1/boot/{arch}/linux", "1/boot/{arch}/initrd"),
    ),
}
"""System -> kernel and RAM disk of its installer, below the tree; the first pair that is there counts."""
_CALLED: Final = {"suse": "sles"}
_RED_HAT: Final = ("SL", "alma", "centos", "fedora", "ol", "pkvm", "rocky")
_HINTS: Final = {
    "debian": "copy the folder netboot/ of the distribution's installer (dists/.../installer-*/current/images) to "
    "{tree}/install/netboot; media have an installer for CD drives only",
}
_MADE: Final = {"netboot": "initrd-stateless.gz", "statelite": "initrd-statelite.gz"}
PACKED: Final = ("sfs", "cpio.zst", "cpio.xz", "cpio.gz", "tar.zst", "tar.xz", "tar.gz")
"""What packimage makes, the best first."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """Files of an image. `kernel`, `initrd`: where they are made; `placed`: what they are called below the TFTP folder, in the same
    order. `root`: the packed root file system, as nodes ask for it, "" where there is none."""

    kernel: Path
    initrd: Path
    placed: tuple[str, str]
    root: str = ""


def family_of(os: str) -> str:
    """debian, ubuntu, rh or sles; "" for another one."""
    system = system_of(os)
    system = "rh" if system in _RED_HAT else _CALLED.get(system, system)
    return system if system in _INSTALLERS else ""


def kernel_of(image: Image, root: Path) -> Kernel:
    """Looks at files. Raises ServiceError, which names what is missing and what makes it."""
    return _installer(image, root) if image.method == "install" else _diskless(image, root)


def genesis(arch: str) -> tuple[str, str]:
    """The small boot image, below the TFTP folder."""
    return f"xcat/genesis.kernel.{arch}", f"xcat/genesis.fs.{arch}.gz"


def has_genesis(tftpdir: Path, arch: str) -> None:
    """Raises ServiceError when it is not there."""
    for name in genesis(arch):
        if not (tftpdir / name).is_file():
            raise ServiceError(f"{tftpdir / name} is missing: make it with mknb {arch}")


def _installer(image: Image, root: Path) -> Kernel:
    family = family_of(image.os)
    if not family:
        raise ServiceError(
            f"Nobody here knows how {image.os} is installed by network: use Debian, Ubuntu, RHEL or SLES"
        )
    tree = below(root, image.tree)
    for kernel, initrd in _pairs(family, image.arch, tree):
        return Kernel(kernel, initrd, _places(image, "vmlinuz", "initrd.img"))
    wanted = " or ".join(_INSTALLERS[family][0]).format(debian=_DEBIAN.get(image.arch, image.arch), arch=image.arch)
    hint = _HINTS.get(family, "copy the medium with copycds").format(tree=image.tree)
    raise ServiceError(f"{tree} has no kernel for the network ({wanted}): {hint}")


def _pairs(family: str, arch: str, tree: Path) -> Iterator[tuple[Path, Path]]:
    for patterns in _INSTALLERS[family]:
        names = [one.format(debian=_DEBIAN.get(arch, arch), arch=arch) for one in patterns]
        kernel, initrd = (next((path for path in sorted(tree.glob(name)) if path.is_file()), None) for name in names)
        if kernel is not None and initrd is not None:
            yield kernel, initrd


def _diskless(image: Image, root: Path) -> Kernel:
    if not image.folder:
        raise ServiceError(f"The osimage {image.name} has no rootimgdir: chdef -t osimage {image.name} rootimgdir=...")
    folder, initrd = below(root, image.folder), _MADE[image.method]
    for name in ("kernel", initrd):
        if not (folder / name).is_file():
            raise ServiceError(f"{folder / name} is missing: make it with genimage {image.name}")
    return Kernel(folder / "kernel", folder / initrd, _places(image, "kernel", initrd), _root(image, folder))


def _root(image: Image, folder: Path) -> str:
    names: tuple[str, ...] = tuple(f"rootimg.{ending}" for ending in PACKED)
    maker = "packimage"
    if image.method == "statelite":
        names, maker = ("rootimg-statelite.gz" if image.in_memory else "rootimg",), "liteimg"
    found = next((name for name in names if (folder / name).exists()), None)
    if found is None:
        raise ServiceError(f"{folder} has no {names[0]}: make it with {maker} {image.name}")
    if found == "rootimg" and not (folder / found / SAVED).is_file():
        raise ServiceError(f"{folder / found} is not prepared for statelite: type liteimg {image.name}")
    return f"{image.folder}/{found}"


def _places(image: Image, kernel: str, initrd: str) -> tuple[str, str]:
    return f"xcat/osimage/{image.name}/{kernel}", f"xcat/osimage/{image.name}/{initrd}"
