"""The kernel of a root file system: the newest one of which both the file and the modules are there. Reads files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError

_PLACES: Final = (
    *("boot/vmlinuz-{}", "boot/vmlinux-{}", "boot/Image-{}", "boot/image-{}"),
    *("usr/lib/modules/{}/vmlinuz", "usr/lib/modules/{}/vmlinux", "lib/modules/{}/vmlinuz", "lib/modules/{}/Image"),
)
"""Where distributions have it: Debian, RHEL; POWER; SUSE on ARM; Fedora and SUSE beside its modules."""
_MODULES: Final = ("usr/lib/modules", "lib/modules")


@dataclass(frozen=True, slots=True)
class HostKernel:
    """`version`: as `uname -r` says it. `file`: the kernel. `modules`: the folder of its modules."""

    version: str
    file: Path
    modules: Path


def newest_kernel(root: Path, whose: str) -> HostKernel:
    """`whose`: the root file system, as a sentence names it. Raises ServiceError: it has none."""
    found = sorted(_kernels(root), key=lambda one: _age(one.version))
    if not found:
        raise ServiceError(
            f"{whose} has no kernel ({root}/boot/vmlinuz-VERSION) with modules (lib/modules/VERSION/modules.dep): install the "
            "distribution's kernel there, or take an image's: mknb --kernel-from IMAGE"
        )
    return found[-1]


def _kernels(root: Path) -> Iterator[HostKernel]:
    for folder in _MODULES:
        for modules in (root / folder).glob("*"):
            version = modules.name
            file = next((path for place in _PLACES if (path := root / place.format(version)).is_file()), None)
            if file is not None and (modules / "modules.dep").is_file():
                yield HostKernel(version, file, modules)


def _age(version: str) -> list[tuple[int, str]]:
    """6.10 is newer than 6.9: numbers count as numbers."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.findall(r"\d+|\D+", version)]
