"""Root file systems of RHEL and its kin, by dnf(8) of this host."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from xcatd.services.rootimg.rpms import RpmWatch, home_of, release_of, repository_lines
from xcatd.services.rootimg.saying import needed
from xcatd.services.rootimg.work import Work

_PACKAGES: Final = "dnf (Debian and Ubuntu have this package, too)"
_SETTINGS: Final = (
    *("[main]", "gpgcheck=0", "install_weak_deps=0", "keepcache=0", "best=1", "skip_if_unavailable=0"),
    *("reposdir=/nonexistent", "varsdir=/nonexistent", "color=never", "plugins=0"),
    "clean_requirements_on_remove=0",
)
"""dnf.conf(5): nothing of this host's counts."""


def build_redhat(work: Work) -> None:
    """Make the root file system. Raises ServiceError."""
    program = needed("dnf", _PACKAGES)
    lines = (*_SETTINGS, _platform(work.spec.system), *repository_lines(work.spec.repositories), "")
    settings = work.write("dnf.conf", "\n".join(lines))
    dnf = [
        program,
        f"--config={settings}",
        f"--installroot={work.root}",
        f"--releasever={release_of(work.spec.system)}",
        f"--forcearch={work.spec.arch}",
        "--assumeyes",
    ]
    home = home_of(work)
    for step in work.spec.steps:
        variables = {**home, **step.variables}
        names = [*(f"@{group}" for group in step.groups), *step.install]
        for deed, words in (("remove", step.before), ("install", names), ("remove", step.after)):
            _do(work, [*dnf, deed], words, variables)


def _platform(system: str) -> str:
    """Without a system in it dnf does not know for which modules are."""
    return f"module_platform_id=platform:{'f' if system.startswith('fedora') else 'el'}{release_of(system)}"


def _do(work: Work, dnf: Sequence[str], names: Sequence[str], variables: Mapping[str, str]) -> None:
    """Who is to be removed, and is not there, is none."""
    if names:
        work.run([*dnf, *names], Watch(work.say), variables)


class Watch(RpmWatch):
    """Of dnf's lines those that tell where it is, and what is wrong."""

    done: ClassVar = re.compile(r"^(?:Installing|Upgrading)\s*:.*?(\d+)/(\d+)\s*$")
    reasons: ClassVar = re.compile(r"Error|No match for argument|\s*- |nothing provides|error:")
