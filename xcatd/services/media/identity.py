"""What a medium is: recognised by the names of its files and the texts of a few small ones. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

Family = Literal["debian", "redhat", "suse"]

Clues = Mapping[str, str]
"""Small files of a medium: name -> text."""

_CLUES = re.compile(
    r"\.disk/info|README\.diskdefines|\.discinfo|\.treeinfo|media\.repo|content|media\.\d+/(media|products)"
)
_ARCHES = {"amd64": "x86_64", "arm64": "aarch64", "ppc64el": "ppc64el", "ppc64le": "ppc64le", "armhf": "armv7l"}
_FAMILIES: tuple[tuple[Family, re.Pattern[str]], ...] = (
    ("debian", re.compile("debian|ubuntu")),
    ("redhat", re.compile("alma|centos|fedora|ol|pkvm|rh|rocky|SL")),
    ("suse", re.compile("leap|sle|suse|tumbleweed")),
)


@dataclass(frozen=True, slots=True)
class Identity:
    """A distribution and the disc of it.

    `name`: as `nodetype.os` has it, with the version (`rocky9.4`). `arch`: as `nodetype.arch`. Both are "" where the medium does
    not say. `disc`: its number or its kind. `folder`: where in the distribution's tree it lies ("" is the tree itself), and
    `aliases`: more names for that folder.
    """

    family: Family
    name: str = ""
    arch: str = ""
    disc: str = ""
    folder: str = ""
    aliases: Collection[str] = field(default=())


def is_clue(name: str) -> bool:
    """Whether a file tells what the medium is."""
    return _CLUES.fullmatch(name) is not None


def family_of_name(name: str) -> Family | None:
    """The family of a distribution that is called so (`rhels9.4`, `sle15.5`); None for one that nobody knows."""
    return next((family for family, pattern in _FAMILIES if pattern.match(name)), None)


def our_arch(word: str) -> str:
    """An architecture as tables have it: amd64 -> x86_64, i586 -> x86."""
    if re.fullmatch(r"i[3-6]86", word):
        return "x86"
    if word in ("ppc", "powerpc"):
        return "ppc64"
    return _ARCHES.get(word, word)
