"""Root file systems of Debian and Ubuntu, by mmdebstrap(1): apt and dpkg of this host install into them.

Everything that one installation does not do (packages that are removed before or behind, further lists) is done by apt in hooks of
mmdebstrap, while the repositories are there for it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Final

from xcatd.errors import ServiceError
from xcatd.services.rootimg.repositories import DEBIAN_ARCHES
from xcatd.services.rootimg.saying import Say, needed
from xcatd.services.rootimg.spec import Repository, Step
from xcatd.services.rootimg.work import Count, Work

_PACKAGES: Final = "the Debian package mmdebstrap"
_OPTIONS: Final = ("--mode=root", "--variant=minbase", "--format=directory", "--verbose")
_KEYS: Final = (Path("/etc/apt/trusted.gpg.d"), Path("/usr/share/keyrings"))
"""Folders of this host with keys of distributions."""
_APT: Final = ('APT::Install-Recommends "false"',)
_DPKG: Final = ("force-unsafe-io", "force-confold")
_NEW: Final = re.compile(r"(\d+) newly installed")
_UNPACKED: Final = re.compile(r"^(?:Unpacking|Setting up) ")
_OWN: Final = re.compile(r"I: (/vmlinuz|/initrd|running --customize|chroot architecture|finding|success|main\(\))")
"""Lines that tell the caller nothing."""
_HOOK: Final = """set -eu
root=$1
unset TMPDIR
"""


def build_debian(work: Work) -> None:
    """Make the root file system. Raises ServiceError."""
    mmdebstrap = needed("mmdebstrap", _PACKAGES)
    first, *others = work.spec.steps
    hook = work.write("hook", _HOOK + "\n".join(_hook_lines(first, others)) + "\n")
    sources = work.write("sources.list", "".join(f"{source_line(one)}\n" for one in work.spec.repositories))
    words = [
        mmdebstrap,
        *_OPTIONS,
        f"--architectures={DEBIAN_ARCHES.get(work.spec.arch, work.spec.arch)}",
        *(f"--aptopt={one}" for one in _APT),
        *(f"--dpkgopt={one}" for one in _DPKG),
        *(f"--keyring={folder}" for folder in _KEYS if folder.is_dir()),
        f"--include={','.join(_checked(first))}",
        f'--customize-hook=sh {shlex.quote(str(hook))} "$1"',
        _suite(work.spec.repositories),
        str(work.root),
        str(sources),
    ]
    work.run(words, Watch(work.say), first.variables)


def source_line(one: Repository) -> str:
    """As sources.list(5) has it."""
    options = f"[{one.options}] " if one.options else ""
    return " ".join(("deb", f"{options}{one.url}", one.suite, *one.parts))


class Watch:
    """Lines of apt, dpkg and mmdebstrap."""

    reasons: ClassVar = re.compile(
        r"E: (?!setup failed|mmdebstrap failed|run_chroot|Sub-process)|dpkg: error|installed \S+ package .* subprocess|"
        r"\S+ : (Pre-)?Depends: |W: Failed to fetch"
    )

    def __init__(self, say: Say) -> None:
        self._say = say
        self._count = Count(say, "packages")

    def __call__(self, line: str) -> None:
        if found := _NEW.search(line):
            self._count = Count(self._say, "packages", 2 * int(found[1]))
        elif _UNPACKED.match(line):
            self._count.step()
        elif line.startswith(("W: ", "I: ")) and not _OWN.match(line):
            self._say(line[3:])


def _suite(repositories: Sequence[Repository]) -> str:
    """mmdebstrap wants one; the sources have their own."""
    return next((one.suite for one in repositories if not one.suite.endswith("/")), "stable")


def _hook_lines(first: Step, others: Sequence[Step]) -> Iterator[str]:
    yield from _remove(first.before + first.after)
    for step in others:
        words = _checked(step)
        variables = [f"{name}={value}" for name, value in step.variables.items()]
        yield from _remove(step.before)
        if words:
            yield _apt("install", words, variables)
        yield from _remove(step.after)


def _remove(names: Sequence[str]) -> Iterator[str]:
    """Those that are there: apt complains about others."""
    for name in names:
        query = shlex.join(["dpkg-query", "--admindir", "/var/lib/dpkg", "-W", "-f", "${db:Status-Status}", name])
        yield f'if [ "$(chroot "$root" {query} 2>/dev/null)" = installed ]; then {_apt("purge", [name], [])}; fi'


def _apt(deed: str, names: Sequence[str], variables: Sequence[str]) -> str:
    given = shlex.join(variables)
    words = shlex.join(["--yes", "--no-install-recommends", deed, "--", *names])
    return f'env APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" {given} apt-get -oDPkg::Chroot-Directory="$root" {words}'


def _checked(step: Step) -> Sequence[str]:
    """Raises ServiceError for groups, which Debian has not."""
    if step.groups:
        raise ServiceError(f"The list of packages has @{step.groups[0]}, and Debian has no groups: name the packages")
    return step.install
