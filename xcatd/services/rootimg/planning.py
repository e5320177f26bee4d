"""From what the tables say of an image to what is built: it looks at lists of packages and at repositories. Use it in a thread."""

from __future__ import annotations

import platform
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from xcatd.errors import NotFound, ServiceError, UsageError
from xcatd.objects import World
from xcatd.services.boot.kernels import family_of
from xcatd.services.files import read_text
from xcatd.services.images.folders import below
from xcatd.services.postscripts.here import Here
from xcatd.services.rootimg.lists import other_steps, steps_of
from xcatd.services.rootimg.repositories import DEBIAN_ARCHES, other_sources, sources_of
from xcatd.services.rootimg.spec import BuildSpec, Repository, Step

METHODS: Final = ("netboot", "statelite")
_PART: Final = re.compile(r"[\w+@~-][\w.+@~-]*", re.ASCII)
_WORD: Final = re.compile(r"[A-Za-z0-9][\w.+:@-]*", re.ASCII)
_VARIABLE: Final = re.compile(r"([A-Za-z_]\w*)=(.*)", re.ASCII)
_EXPORTED: Final = {
    "IMG_ARCH": "osarch",
    "IMG_OSVER": "osvers",
    "IMG_KERNELVERSION": "kernelver",
    "IMG_PROFILE": "profile",
    "IMG_PKGLIST": "pkglist",
    "IMG_PKGDIR": "pkgdir",
    "IMG_OTHERPKGLIST": "otherpkglist",
    "IMG_OTHERPKGDIR": "otherpkgdir",
}
"""What postinstall scripts find in their environment, beside IMG_NAME, IMG_ROOTIMGDIR and IMG_INSTALLDIR (as on this host)."""
_EMULATOR: Final = Path("/proc/sys/fs/binfmt_misc")
_RUNS: Final = {"x86_64": ("x86_64", "x86"), "ppc64le": ("ppc64le", "ppc64el")}
"""Architecture of this host -> those whose programs it runs."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The host and the site. `shipped`: folders of the program, which are below no root."""

    world: World
    root: Path
    shipped: Sequence[Path] = ()

    @property
    def here(self) -> Here:
        return Here(self.world, read=partial(_read, self), root=self.root)


def rootimgdir_of(ground: Ground, given: Mapping[str, str]) -> str:
    """The folder of an image, as the tables name it. Raises UsageError for one that is none."""
    install = ground.world.snapshot.site("installdir", "/install")
    usual = f"{install}/netboot/{given.get('osvers')}/{given.get('osarch')}/{given.get('profile')}"
    folder = (given.get("rootimgdir") or usual).rstrip("/")
    if not folder.startswith("/") or ".." in Path(folder).parts or len(Path(folder).parts) < 3:
        raise UsageError(f"rootimgdir is {folder!r}: set it to a folder of its own, with its whole path")
    return folder


def plan_build(ground: Ground, name: str, given: Mapping[str, str], *, only_initrd: bool = False) -> BuildSpec:
    """What is built. `given`: the attributes of the osimage object. Raises XcatError, which says what to correct."""
    family = _checked(name, given)
    called = rootimgdir_of(ground, given)
    site = ground.world.snapshot.site
    steps: Sequence[Step] = ()
    repositories: Sequence[Repository] = ()
    if not only_initrd:
        _can_run(name, given["osarch"])
        steps, repositories = _packages(ground, name, given, family)
    return BuildSpec(
        image=name,
        folder=str(below(ground.root, called).resolve()),
        called=called,
        family=family,
        system=given["osvers"],
        arch=given["osarch"],
        profile=given["profile"],
        repositories=tuple(repositories),
        steps=tuple(steps),
        scripts=tuple(_scripts(ground, given.get("postinstall", ""))),
        variables={
            **dict(_environment(given)),
            "IMG_NAME": name,
            "IMG_INSTALLDIR": str(below(ground.root, site("installdir", "/install"))),
            **{key: given.get(one, "") for key, one in _EXPORTED.items()},
        },
        kernel=given.get("kernelver", ""),
        drivers=_words(given, "netdrivers"),
        interfaces=_words(given, "otherifce"),
        installdir=site("installdir", "/install"),
        tftpdir=site("tftpdir", "/tftpboot"),
        method=given["provmethod"],
        only_initrd=only_initrd,
    )


def _checked(name: str, given: Mapping[str, str]) -> str:
    """The family of distributions. Raises UsageError or NotFound for what lacks in the tables."""
    if given.get("provmethod") not in METHODS:
        raise UsageError(
            f"The osimage {name} has provmethod {given.get('provmethod', '')!r}: genimage builds those with "
            f"{' or '.join(METHODS)}"
        )
    for key in ("osvers", "osarch", "profile"):
        if not given.get(key):
            raise NotFound(f"The osimage {name} has no {key}: chdef -t osimage {name} {key}=...")
        if _PART.fullmatch(given[key]) is None:
            raise UsageError(f"The osimage {name} has {key} {given[key]!r}, which cannot be a folder: correct it")
    family = family_of(given["osvers"])
    if not family:
        raise UsageError(f"Nobody here knows how {given['osvers']} is built: use Debian, Ubuntu, RHEL or SLES")
    return family


def _can_run(name: str, arch: str) -> None:
    """Whether programs of an image run here, by emulation perhaps (binfmt_misc). Raises ServiceError."""
    own = re.sub("^i.86$", "x86", platform.machine())
    emulated = any((_EMULATOR / f"qemu-{one}").exists() for one in (arch, DEBIAN_ARCHES.get(arch, arch)))
    if arch not in _RUNS.get(own, (own,)) and not emulated:
        raise ServiceError(
            f"The osimage {name} is for {arch}, and this host is {own}: build it on such a host, or install qemu-user-static"
        )


def _packages(
    ground: Ground, name: str, given: Mapping[str, str], family: str
) -> tuple[Sequence[Step], Sequence[Repository]]:
    if not given.get("pkglist"):
        raise NotFound(f"The osimage {name} has no pkglist: chdef -t osimage {name} pkglist=FILE")
    system, arch = given["osvers"], given["osarch"]
    first = steps_of(ground.here, given["pkglist"])
    others, folders = other_steps(ground.here, given.get("otherpkglist", ""))
    site = ground.world.snapshot.site
    pkgdir = given.get("pkgdir") or f"{site('installdir', '/install')}/{system}/{arch}"
    places = [pkgdir, *([given["kerneldir"]] if given.get("kerneldir") else [])]
    found = list(sources_of(",".join(places), family, system, arch, ground.root))
    if others:
        found += other_sources(given.get("otherpkgdir", ""), folders, family, arch, ground.root)
    more = [*_kernel(family, given), *_driver_packages(ground, name, given, family)]
    if not first or not (first[0].install or first[0].groups):
        raise NotFound(f"The lists {given['pkglist']} of the osimage {name} name no package: write what it shall have")
    return [*first, *others, *more], list(dict.fromkeys(found))


def _kernel(family: str, given: Mapping[str, str]) -> Iterator[Step]:
    """The packages of the kernel that linuximage.kernelver names. Raises UsageError."""
    version, packaged = given.get("kernelver", ""), given.get("krpmver", "")
    for key, text in (("kernelver", version), ("krpmver", packaged)):
        if text and _WORD.fullmatch(text) is None:
            raise UsageError(f"{key} is {text!r}, which is no version: correct it")
    if not version:
        return
    if family in ("debian", "ubuntu"):
        yield Step((f"linux-image-{version}",))
    elif family == "rh":
        yield Step((f"kernel-{version}",))
    else:
        flavour = version.rpartition("-")[2] if re.search(r"-[a-z]+$", version) else "default"
        number = packaged.removeprefix(f"{flavour}-") or re.sub(r"-[a-z]+$", "", version)
        yield Step((f"kernel-{flavour}={number}",))


def _driver_packages(ground: Ground, name: str, given: Mapping[str, str], family: str) -> Iterator[Step]:
    """`rpm:file` of linuximage.driverupdatesrc. Raises UsageError."""
    for text in filter(None, map(str.strip, given.get("driverupdatesrc", "").split(","))):
        kind, colon, path = text.rpartition(":")
        if colon and kind != "rpm":
            raise UsageError(f"The osimage {name} has driverupdatesrc {text!r}: only rpm:FILE is built into images")
        if family not in ("rh", "sles"):
            raise UsageError(
                f"The osimage {name} has driverupdatesrc {text!r}: Debian's drivers are packages of pkglist"
            )
        file = below(ground.root, path)
        if not path.startswith("/") or not file.is_file():
            raise NotFound(f"The osimage {name} has driverupdatesrc {text!r}, and there is no such file: correct it")
        yield Step((str(file),))


def _scripts(ground: Ground, text: str) -> Iterator[tuple[str, ...]]:
    """`script arguments,script`. Raises NotFound or UsageError."""
    for piece in filter(None, map(str.strip, text.split(","))):
        try:
            script, *arguments = shlex.split(piece)
        except ValueError:
            raise UsageError(f"postinstall has {piece!r}, in which a quote is missing: correct it") from None
        own = any(Path(script).is_relative_to(folder) for folder in ground.shipped)
        path = Path(script) if own else below(ground.root, script)
        if not script.startswith("/") or not path.is_file():
            raise NotFound(f"postinstall names {script}, and there is no such file: write its whole path")
        yield (str(path), *arguments)


def _environment(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    found = filter(None, (_VARIABLE.fullmatch(one.strip()) for one in given.get("environvar", "").split(",")))
    yield from ((each[1], each[2].strip("\"'")) for each in found)


def _words(given: Mapping[str, str], key: str) -> tuple[str, ...]:
    """A comma list of plain words. Raises UsageError."""
    words = tuple(filter(None, map(str.strip, given.get(key, "").split(","))))
    bad = next((word for word in words if _WORD.fullmatch(word) is None), None)
    if bad is not None:
        raise UsageError(f"{key} has {bad!r}, which is no name: separate names by commas")
    return words


def _read(ground: Ground, path: Path) -> str:
    """A file of the host, or of the program."""
    own = Path("/") / path.relative_to(ground.root) if path.is_relative_to(ground.root) else path
    return read_text(own if any(own.is_relative_to(one) for one in ground.shipped) else path)
