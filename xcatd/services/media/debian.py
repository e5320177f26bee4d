"""Media of Debian and Ubuntu: `.disk/info` says it all in one line (debian-cd's README, section 'Disk information')."""

from __future__ import annotations

import re

from xcatd.services.media.identity import Clues, Identity, our_arch

_INFO = re.compile(r"(?P<product>Debian|Ubuntu)(?: GNU/Linux|-Server)? (?P<version>\S+) .*?- (?P<rest>.*)")
_ARCH = re.compile(r"\b(amd64|arm64|armhf|i386|ppc64el|powerpc|riscv64|s390x)\b")
_DISC = re.compile(r"\bBinary-(\d+)|\b(NETINST)\b")
_NUMBER = re.compile(r"DISKNUM\s+(\d+)")


def debian_identity(clues: Clues) -> Identity | None:
    """Debian's and Ubuntu's media; None for others."""
    found = _INFO.match(clues.get(".disk/info", ""))
    if found is None:
        return None
    arch = _ARCH.search(found["rest"])
    disc = _DISC.search(found["rest"]) or _NUMBER.search(clues.get("README.diskdefines", ""))
    return Identity(
        family="debian",
        name=f"{found['product'].lower()}{found['version']}",
        arch=our_arch(arch[0]) if arch else "",
        disc=next(filter(None, disc.groups())) if disc else "",
    )
