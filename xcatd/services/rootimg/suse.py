"""Root file systems of SLES and openSUSE, by zypper(8) of this host."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from xcatd.services.rootimg.rpms import RpmWatch, home_of, release_of, repository_lines
from xcatd.services.rootimg.saying import needed
from xcatd.services.rootimg.work import Work

_PACKAGES: Final = "zypper (Debian and Ubuntu have this package, too)"
_FINE: Final = (102, 103)
"""A host that runs would have to be started anew (zypper(8), EXIT CODES)."""
_NOT_THERE: Final = 104
_INSTALL: Final = ("install", "--no-recommends", "--auto-agree-with-licenses", "--no-confirm")


def build_suse(work: Work) -> None:
    """Make the root file system. Raises ServiceError."""
    program = needed("zypper", _PACKAGES)
    settings = work.write("repos.d/xcat.repo", "\n".join((*repository_lines(work.spec.repositories), "")))
    zypper = [
        program,
        f"--root={work.root}",
        f"--reposd-dir={settings.parent}",
        f"--releasever={release_of(work.spec.system)}",
        "--non-interactive",
        "--no-gpg-checks",
    ]
    home = home_of(work)
    for step in work.spec.steps:
        variables = {**home, **step.variables}
        names = [*(f"pattern:{group}" for group in step.groups), *step.install]
        _do(work, [*zypper, "remove", "--no-confirm"], step.before, variables, _NOT_THERE)
        _do(work, [*zypper, *_INSTALL], names, variables)
        _do(work, [*zypper, "remove", "--no-confirm"], step.after, variables, _NOT_THERE)


def _do(work: Work, zypper: Sequence[str], names: Sequence[str], variables: Mapping[str, str], *fine: int) -> None:
    if names:
        work.run([*zypper, *names], Watch(work.say), variables, (*_FINE, *fine))


class Watch(RpmWatch):
    """Of zypper's lines those that tell where it is, and what is wrong."""

    done: ClassVar = re.compile(r"^\((\d+)/(\d+)\) Installing")
    reasons: ClassVar = re.compile(r"Problem|nothing provides|No provider|.*not found|.*failed|error:|File '|Package '")
