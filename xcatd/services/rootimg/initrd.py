"""The initramfs and the kernel of an image without disk: made by the image's own dracut, with our module (docs/diskless.md).

Facts: dracut(8), dracut.modules(7); Debian and RHEL keep kernels in /boot, Fedora's rule is /lib/modules/VERSION/vmlinuz.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final, NamedTuple, Self, cast

from xcatd.errors import ServiceError
from xcatd.services.rootimg.chroot import run_inside
from xcatd.services.rootimg.saying import Say


class Need(NamedTuple):
    """A program that the initramfs has, and the packages with it."""

    program: str
    packages: str


METHODS: Final = ("stateless", "statelite")
_MODULE: Final = "share/netboot/dracut/97xcat"
_MODULES: Final = "usr/lib/dracut/modules.d"
_LIBRARY: Final = "lib/modules"
_KERNELS: Final = (
    "boot/vmlinuz-{0}",
    "boot/vmlinux-{0}",
    "boot/Image-{0}",
    "boot/image-{0}",
    "lib/modules/{0}/vmlinuz",
)
_NEEDS: Final = (
    Need("dracut", "dracut-core on Debian and Ubuntu, dracut on others"),
    Need("bash", "bash"),
    Need("curl", "curl"),
    Need("dhclient", "isc-dhcp-client on Debian and Ubuntu, dhcp-client on RHEL and SLES"),
)
_NFS: Final = Need("mount.nfs", "nfs-common on Debian and Ubuntu, nfs-utils on RHEL, nfs-client on SLES")
_FOLDERS: Final = ("usr/bin", "usr/sbin", "bin", "sbin")
_COMPRESS: Final = "gzip -6 -n"
"""Every kernel can read it, and the best level costs three times as long for a hundredth of the size."""
_NAMES: Final = re.compile(r"[\w.+-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class InitrdSpec:
    """`root`: the root file system; `folder`: where `kernel` and `initrd-METHOD.gz` are put, for each of `methods`. `kernel`: a
    version ("": the newest of the root). `drivers`: kernel modules that it must have, beside those of all wired network cards.
    `options`: more words for dracut."""

    root: Path
    folder: Path
    arch: str
    methods: tuple[str, ...] = METHODS
    kernel: str = ""
    drivers: tuple[str, ...] = ()
    options: str = ""

    def to_json(self) -> dict[str, object]:
        """As it travels to the program that does the work."""
        return {**asdict(self), "root": str(self.root), "folder": str(self.folder)}

    @classmethod
    def from_json(cls, given: Mapping[str, object]) -> Self:
        """What to_json has made."""
        known = {one.name: given[one.name] for one in fields(cls) if one.name in given}
        lists = {
            name: tuple(map(str, cast(list[object], known[name]))) for name in ("methods", "drivers") if name in known
        }
        return cls(**{**known, **lists, "root": Path(str(given["root"])), "folder": Path(str(given["folder"]))})  # type: ignore[arg-type]


def shipped_module() -> Path:
    """Our module for dracut: PREFIX/share/netboot/dracut/97xcat, or the one beside the sources."""
    for base in (Path(sys.prefix).parent.parent, Path(__file__).parents[3]):
        if (base / _MODULE).is_dir():
            return base / _MODULE
    raise ServiceError(f"{_MODULE} of the program is not there: install xcatd again")


def kernel_version(root: Path, wanted: str = "") -> str:
    """The version of a root's kernel: the newest, or the one that is wanted. Raises ServiceError when it is not there."""
    library = root / _LIBRARY
    known = [path.name for path in library.iterdir() if (path / "kernel").is_dir()] if library.is_dir() else []
    if wanted and wanted not in known:
        raise ServiceError(f"{library} has no kernel {wanted}; it has: {', '.join(sorted(known)) or 'none'}")
    if not known:
        raise ServiceError(
            f"{root} has no kernel: put its package into the pkglist (linux-image-amd64 on Debian, linux-image-generic "
            "on Ubuntu, kernel on RHEL, kernel-default on SLES)"
        )
    return wanted or max(known, key=_age)


def make_initrds(spec: InitrdSpec, say: Say) -> str:
    """Make the kernel and the initramfs of an image; gives the kernel's version.

    Each file is replaced as a whole, all at the end. The root is as before then. Raises ServiceError, and all is as before.
    """
    methods = _methods(spec, say)
    version = kernel_version(spec.root, spec.kernel)
    kernel = _kernel_file(spec.root, version)
    _check_drivers(spec, version)
    with _workplace(spec.root) as work, _our_module(spec.root):
        made = _dracut(spec, version, work, say)
        _place(spec.folder, {"kernel": kernel, **{f"initrd-{method}.gz": made for method in methods}})
    return version


def _methods(spec: InitrdSpec, say: Say) -> Sequence[str]:
    """Those of which an initramfs can be made. Raises ServiceError when it is none, or when something else is missing."""
    if unknown := [method for method in spec.methods if method not in METHODS]:
        raise ServiceError(f"There is no initramfs for {', '.join(unknown)}: it is made for {' and '.join(METHODS)}")
    missing = [need for need in _NEEDS if not _has(spec.root, need.program)]
    methods = spec.methods
    if "statelite" in methods and not _has(spec.root, _NFS.program):
        methods = tuple(method for method in methods if method != "statelite")
        if methods:
            say(f"initrd-statelite.gz is not made: {spec.root} has no {_NFS.program} ({_NFS.packages})")
        else:
            missing.append(_NFS)
    if missing:
        names = ", ".join(f"{need.program} ({need.packages})" for need in missing)
        raise ServiceError(
            f"{spec.root} lacks what the initramfs is made of: put the packages into the pkglist: {names}"
        )
    return methods


def _has(root: Path, program: str) -> bool:
    return any(os.path.lexists(root / folder / program) for folder in _FOLDERS)


def _check_drivers(spec: InitrdSpec, version: str) -> None:
    """dracut leaves out a driver that it does not find, and says so in the middle of its output only."""
    for driver in spec.drivers:
        if not _NAMES.fullmatch(driver):
            raise ServiceError(f"{driver!r} is no name of a driver")
    library = spec.root / _LIBRARY / version
    known = {_plain(path.name.partition(".")[0]) for path in library.rglob("*.ko*")}
    builtin = library / "modules.builtin"
    if builtin.exists():
        known |= {_plain(Path(line).name.partition(".")[0]) for line in builtin.read_text().splitlines()}
    if unknown := [driver for driver in spec.drivers if _plain(driver.removesuffix(".ko")) not in known]:
        raise ServiceError(f"The kernel {version} of {spec.root} has no driver {', '.join(unknown)}")


def _plain(name: str) -> str:
    """The kernel takes one for the other."""
    return name.replace("-", "_")


def _age(version: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.findall(r"\d+|[^\d.-]+", version)] + [
        (0, "")
    ]


def _kernel_file(root: Path, version: str) -> Path:
    for pattern in _KERNELS:
        path = root / pattern.format(version)
        if path.is_file() and not path.is_symlink():
            return path
    raise ServiceError(
        f"{root} has modules of the kernel {version}, but not boot/vmlinuz-{version}: install its package again"
    )


@contextlib.contextmanager
def _workplace(root: Path) -> Iterator[Path]:
    """A folder in the root for what dracut makes, which goes away again. Its name is in what is made."""
    folder = _within(root, "var/tmp") / "xcat-initrd"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _our_module(root: Path) -> Iterator[None]:
    """Our module among those of the image, as long as dracut runs: in the image it would grow old."""
    source = shipped_module()
    place = _within(root, _MODULES) / source.name
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(source, place)
    for file in place.iterdir():
        file.chmod(0o755 if file.read_bytes().startswith(b"#!") else 0o644)
    try:
        yield
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _dracut(spec: InitrdSpec, version: str, work: Path, say: Say) -> Path:
    """Make the initramfs, which is the same for all methods: the kernel's arguments say what it does. Gives the file."""
    made = work / "initrd"
    say(f"Making the initramfs of the kernel {version}")
    run_inside(spec.root, [*_words(spec, version, work), _inside(spec, made)], say, SOURCE_DATE_EPOCH="1")
    if not made.is_file():
        raise ServiceError(f"dracut in {spec.root} said nothing and made no initramfs")
    return made


def _within(root: Path, name: str) -> Path:
    """A folder of the root. Raises ServiceError when a link leads out of it: nothing is written there."""
    if not (root / name).resolve().is_relative_to(root.resolve()):
        raise ServiceError(f"{root / name} leads out of the root file system by a link: correct that")
    return root / name


def _words(spec: InitrdSpec, version: str, work: Path) -> Iterator[str]:
    """dracut's command line. What the image's own files of settings say is for an initramfs of a host with disks."""
    settings = work / "settings"
    settings.mkdir()
    (settings / "none").touch()
    yield from ("dracut", "--force", "--quiet", "--no-hostonly", "--no-hostonly-cmdline", "--no-early-microcode")
    yield from ("--reproducible", "--nolvmconf", "--nomdadmconf", f"--compress={_COMPRESS}", "--modules=xcat")
    yield from (f"--conf={_inside(spec, settings / 'none')}", f"--confdir={_inside(spec, settings)}")
    yield from (f"--tmpdir={_inside(spec, work)}", f"--kver={version}")
    if spec.drivers:
        yield f"--add-drivers={' '.join(spec.drivers)}"
    yield from spec.options.split()


def _inside(spec: InitrdSpec, path: Path) -> str:
    """As the image sees it."""
    return f"/{path.relative_to(spec.root)}"


def _place(folder: Path, files: Mapping[str, Path]) -> None:
    """All are copied beside before the first is replaced. Loaders read them, and they have no secrets."""
    beside = {name: folder / f".{name}.new" for name in files}
    try:
        for name, source in files.items():
            shutil.copyfile(source, beside[name])
            beside[name].chmod(0o644)
            with beside[name].open("rb") as file:
                os.fsync(file.fileno())
        for name, path in beside.items():
            path.replace(folder / name)
    except OSError as error:
        raise ServiceError(f"{error.filename or folder} cannot be written: {(error.strerror or '').lower()}") from error
    finally:
        for path in beside.values():
            path.unlink(missing_ok=True)
