"""What dnf and zypper have in common: repositories, the packages' data base, and what they may not take from this host."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final

from xcatd.services.rootimg.saying import Say
from xcatd.services.rootimg.spec import BuildSpec, Repository
from xcatd.services.rootimg.work import Count, Work

_DEBIAN: Final = Path("/etc/debian_version")
"""On such a host rpm keeps its data base in the home folder; elsewhere it is where this host has it."""
_DATABASES: Final[Mapping[str, str]] = {
    "rh": "/var/lib/rpm",
    "fedora": "/usr/lib/sysimage/rpm",
    "sles": "/usr/lib/sysimage/rpm",
}
"""Family -> where the image's rpm has its data base. Debian's rpm writes it as SQLite, which that of RHEL 8 and SLES 15 does not
read."""


_TROUBLE: Final = re.compile(r"(?i)(error|warning|problem)(?!.*(Enforced setting|file conflicts check))")


def repository_lines(repositories: Sequence[Repository]) -> Iterator[str]:
    """The sections of repositories, as dnf.conf(5) and zypper have them. Packages of folders need no signature; those of URLs are
    believed as xCAT does."""
    for number, one in enumerate(repositories):
        name = f"xcat-{number}"
        yield from (f"[{name}]", f"name={name}", f"baseurl={one.url}", "enabled=1", "gpgcheck=0", "autorefresh=1")


def release_of(system: str) -> str:
    """`$releasever`: the number in rocky9.4, 15.5 of sle15.5; of the RHEL family only what is before the point."""
    found = re.search(r"\d+(?:\.\d+)?", system)
    number = found[0] if found else ""
    return number if system.startswith(("sle", "leap", "suse")) else number.partition(".")[0]


def home_of(work: Work) -> Mapping[str, str]:
    """The environment of a program that uses rpm: a home folder of its own, with rpm's settings."""
    text = f"%_dbpath {_database(work.spec)}\n" if _DEBIAN.exists() else ""
    return {"HOME": str(work.write("home/.rpmmacros", text).parent)}


class RpmWatch:
    """Of the lines of dnf or zypper those that tell where it is, and what is wrong. `done`: how many packages of how many;
    `reasons`: see Watch."""

    done: ClassVar[re.Pattern[str]]
    reasons: ClassVar[re.Pattern[str]]

    def __init__(self, say: Say) -> None:
        self._say = say
        self._count = Count(say, "packages")

    def __call__(self, line: str) -> None:
        if found := self.done.match(line):
            self._count.total = int(found[2])
            self._count.step(int(found[1]))
        elif _TROUBLE.match(line):
            self._say(line)


def _database(spec: BuildSpec) -> str:
    return _DATABASES["fedora" if spec.system.startswith("fedora") else spec.family]
