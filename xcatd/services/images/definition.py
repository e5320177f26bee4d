"""What an image is made from, found by its osvers, osarch, profile and provmethod.

Files of the site stand in <installdir>/custom/install|netboot/<system>/, those of xCAT in <XCATROOT>/share/xcat/, those of this
program in PREFIX/share/install|netboot (templates and lists). The more a file's name says about what it is for, the better:
compute.rhels8.4.x86_64.pkglist goes before compute.pkglist.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from xcatd.errors import UsageError
from xcatd.services.images.folders import below
from xcatd.store import Snapshot

_RED_HAT = ("SL", "alma", "centos", "fedora", "ol", "pkvm", "rh", "rocky")
_SYSTEMS = {*_RED_HAT, "debian", "esx", "esxi", "hyperv", "sles", "suse", "ubuntu", "windows"}
"""Systems as folders of share/xcat/install are called."""
_CALLED = {"sle": "sles", "leap": "sles", "tumbleweed": "suse"}
"""Names of distributions that do not begin as their system is called."""
_NOT_OF_WINDOWS = (
    "pkglist",
    "pkgdir",
    "otherpkglist",
    "otherpkgdir",
    "exlist",
    "postinstall",
    "rootimgdir",
    "template",
)


@dataclass(frozen=True, slots=True)
class ImageFiles:
    """Where is looked, and whether what is given may be found anew. `install` and `xcat`: the folders, as tables name them; `root`:
    the folder below which they are. `shipped`: the program's own folder share/install, which is below no root; share/netboot is
    beside it."""

    install: Path
    xcat: Path
    again: bool = False
    root: Path = Path("/")
    shipped: Path | None = None

    def attributes(self, given: Mapping[str, str]) -> dict[str, str]:
        """All attributes of an image. Looks at files. Raises UsageError for what does not go together."""
        image = _Image.of(given, self.xcat)
        made = image.identity(given)
        if image.system in ("windows", "hyperv"):
            unfit = [one for one in _NOT_OF_WINDOWS if given.get(one)]
            if unfit:
                raise UsageError(f"{image.osvers} can not work with {' '.join(unfit)}.")
            return {**given, **made}
        folders = [self.install / "custom" / image.method / image.system]
        folders.append(self.xcat / "share/xcat" / image.method / image.system)
        if self.shipped is not None:
            folders.append(self.shipped.with_name(image.method) / ("rh" if image.system in _RED_HAT else image.system))
        found = {**given, **made}
        if self.again or "synclists" not in given:
            synclist = self._file(image, [self.install / "custom/netboot" / image.system], "synclist")
            found |= {"synclists": synclist} if synclist else {}
        wanted = self._installed(found, image, folders) if image.method == "install" else {"template": ""}
        wanted |= self._absent(found, image, folders)
        return {**found, **wanted}

    def _installed(self, found: Mapping[str, str], image: _Image, folders: list[Path]) -> dict[str, str]:
        """What an installed system has: a template, and nothing of what a file system in memory is made from."""
        made = {"exlist": "", "postinstall": "", "rootimgdir": ""}
        if self.again or "template" not in found:
            template = self._file(image, folders, "tmpl")
            made |= {"template": template} if template else {}
        return made

    def _absent(self, found: Mapping[str, str], image: _Image, folders: list[Path]) -> dict[str, str]:
        """What is not given, and can be found or has a usual place."""
        place = f"{image.osvers}/{image.osarch}"
        files = {"pkglist": "pkglist", "otherpkglist": "otherpkgs.pkglist"}
        made = {"otherpkgdir": f"{self.install}/post/otherpkgs/{place}", "pkgdir": f"{self.install}/{place}"}
        if image.method == "netboot":
            files |= {"exlist": "exlist", "postinstall": "postinstall"}
            made["rootimgdir"] = f"{self.install}/netboot/{place}/{image.profile}"
        made |= {attribute: self._file(image, folders, extension) for attribute, extension in files.items()}
        return {attribute: text for attribute, text in made.items() if text and attribute not in found}

    def _file(self, image: _Image, folders: list[Path], extension: str) -> str:
        """The file whose name fits best, in the first folder that has one; "" when none has."""
        mode = os.X_OK if extension == "postinstall" else os.R_OK
        for folder in folders:
            for words in image.names():
                path = folder / ".".join((image.profile, *words, extension))
                is_own = self.shipped is not None and path.is_relative_to(self.shipped.parent)
                if os.access(path if is_own else below(self.root, path), mode):
                    return str(path)
        return ""


@dataclass(frozen=True, slots=True)
class _Image:
    """What files are for. `method` is install or netboot."""

    profile: str
    method: str
    osvers: str
    osarch: str
    system: str

    @classmethod
    def of(cls, given: Mapping[str, str], root: Path) -> _Image:
        if not given.get("profile") or not given.get("provmethod"):
            raise UsageError("The profile and provmethod are all need to be specified.")
        if not re.search("install|netboot|statelite", given["provmethod"]):
            raise UsageError(f"The provmethod: {given['provmethod']} is incorrect.")
        method = "install" if given["provmethod"] == "install" else "netboot"
        osvers = given.get("osvers") or _system_of_host()
        osarch = given.get("osarch") or re.sub("^i.86$", "x86", platform.machine())
        if osvers.lower().startswith("ubuntu") and osarch.lower().startswith("ppc64le"):
            osarch = "ppc64el"
        system = system_of(osvers)
        if not system:
            raise UsageError(f"Unable to find {root}/share/xcat/{method} directory for {osvers}.")
        return cls(given["profile"], method, osvers, osarch, system)

    def identity(self, given: Mapping[str, str]) -> dict[str, str]:
        """What the image is called by. Raises UsageError when something else is given."""
        name = "Windows" if self.system in ("windows", "hyperv") else "Linux"
        for attribute, wanted in (("imagetype", name.lower()), ("osname", name)):
            text = given.get(attribute) or wanted
            if not text.lower().startswith(wanted.lower()):
                raise UsageError(f"The input {attribute}:{text} not match {wanted}.")
        return {
            "imagetype": given.get("imagetype") or name.lower(),
            "osname": given.get("osname") or name,
            "osvers": self.osvers,
            "osarch": self.osarch,
            "osdistroname": f"{self.osvers}-{self.osarch}",
        }

    def names(self) -> Iterator[tuple[str, ...]]:
        """What may stand between profile and extension, the best first."""
        systems = [
            self.osvers,
            re.sub(r"^rh.*s(\d*)$", r"rhel\1", self.osvers.partition(".")[0]),
            *_earlier(self.osvers),
        ]
        for system in dict.fromkeys(systems):
            yield system, self.osarch
            yield (system,)
        yield (self.osarch,)
        yield ()


def image_files(snapshot: Snapshot, root: Path, *, again: bool = False) -> ImageFiles:
    """A search in the folders of this site."""
    install, xcat = Path(snapshot.site("installdir", "/install")), Path(os.environ.get("XCATROOT", "/opt/xcat"))
    own = Path(sys.prefix).parent.parent / "share/install"
    return ImageFiles(install, xcat, again, root, own if own.is_dir() else None)


def system_of(osvers: str) -> str:
    """`rhels8.4` -> rh: the longest beginning that is a system; "" when there is none."""
    if re.match("win|imagex", osvers):
        return "windows"
    beginnings = (osvers[:length] for length in range(len(osvers), 0, -1))
    return next((_CALLED.get(one, one) for one in beginnings if one in _SYSTEMS or one in _CALLED), "")


def _system_of_host() -> str:
    release = platform.freedesktop_os_release()
    return f"{release['ID']}{release.get('VERSION_ID', '')}"


def _earlier(osvers: str) -> Iterator[str]:
    """`rocky9.2` -> rocky9.2, rocky9.1, rocky9.0, rocky9: files of an earlier release will do."""
    words = osvers.partition("-")[0].split(".")
    while words[-1].isdigit() and len(words) > 1:
        last = words.pop()
        if last[0] == "0" and len(last) > 1:
            yield ".".join((*words, last))
            return
        for number in range(int(last), -1, -1):
            padded = str(number).zfill(len(last))
            yield ".".join((*words, padded))
            if padded != str(number):
                yield ".".join((*words, str(number)))
    yield ".".join(words)
