"""Which family of distributions a host has: its servers have other names, packages and folders."""

from __future__ import annotations

import shlex
from enum import StrEnum
from pathlib import Path

from xcatd.services.files import read_text


class Family(StrEnum):
    """A family; what none of the others knows is taken for Debian's."""

    DEBIAN = "debian"
    REDHAT = "redhat"
    SUSE = "suse"


_WORDS = {
    Family.DEBIAN: ("debian", "ubuntu"),
    Family.SUSE: ("suse", "sles", "opensuse"),
    Family.REDHAT: ("rhel", "fedora", "centos", "rocky", "almalinux", "ol"),
}


def family_of(text: str) -> Family:
    """The family that a text of os-release(5) says. Pure."""
    fields = dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    words = {word for key in ("ID", "ID_LIKE") for text in shlex.split(fields.get(key, "")) for word in text.split()}
    return next((family for family, names in _WORDS.items() if not words.isdisjoint(names)), Family.DEBIAN)


def family_here(root: Path = Path("/")) -> Family:
    """The family of the host below a root; of the whole host where the root has none of its own. Reads files."""
    return family_of(read_text(root / "etc/os-release") or read_text(Path("/etc/os-release")))
