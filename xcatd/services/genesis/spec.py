"""What a small boot image is built from, as it travels to the program that builds it."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

from xcatd.errors import ServiceError, UsageError

ARCHES: Final = ("x86_64", "x86", "ppc64", "aarch64")
"""As files are called; POWER has one name for both orders of bytes."""
_CALLED: Final = {
    "ppc64le": "ppc64",
    "ppc64el": "ppc64",
    "i386": "x86",
    "i586": "x86",
    "i686": "x86",
    "arm64": "aarch64",
}


@dataclass(frozen=True, slots=True)
class GenesisSpec:
    """`tftpdir`: where it goes to. `root`: the root file system whose kernel it gets, that of the host or of an image; `whose`:
    what that is called. `keys`: lines of authorized_keys. `module`: the folder of our dracut module."""

    arch: str
    tftpdir: Path
    root: Path
    whose: str
    keys: str
    module: Path

    def as_json(self) -> Mapping[str, object]:
        return {name: str(value) for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, given: Mapping[str, object]) -> Self:
        texts = {name: str(given[name]) for name in cls.__slots__}
        paths = {name: Path(texts.pop(name)) for name in ("tftpdir", "root", "module")}
        return cls(**texts, **paths)  # type: ignore[arg-type]  # names of fields


def arch_named(name: str) -> str:
    """As files are called. Raises UsageError for none that there is."""
    arch = _CALLED.get(name, name)
    if arch not in ARCHES:
        raise UsageError(f"mknb: {name!r} is no architecture; write one of {', '.join(ARCHES)}")
    return arch


def check_buildable(arch: str) -> None:
    """The programs in it are this host's. Raises ServiceError for another kind of host."""
    here = _CALLED.get(platform.machine(), platform.machine())
    if arch != here:
        raise ServiceError(
            f"This host is {here}: type mknb {arch} on a host of that kind, such as a service node, and copy its files "
            f"genesis.*{arch}* to the folder xcat below site.tftpdir here; mknb {arch} -c then makes what else there is"
        )
