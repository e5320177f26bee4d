"""What checks say of a host."""

from __future__ import annotations

from xcatd.daemon.paths import Paths
from xcatd.probe import Here, Noted
from xcatd.probe.check import Level, Result, made
from xcatd.probe.checks import checks


def result(paths: Paths, title: str, nic: str = "") -> Result:
    """How the one check went whose title has these words."""
    here = Here(paths, nic)
    (found,) = [each for each in checks(paths.checks) if title in each.title and here.role in each.roles]
    return made(found, here)


def troubles(paths: Paths, title: str, nic: str = "") -> list[str]:
    """What that check found wrong; it must have found something."""
    found = result(paths, title, nic)
    said = [each.text for each in found.findings if not isinstance(each, Noted)]
    assert said and found.level in (Level.FAILED, Level.WARNING), found
    return said


def level(paths: Paths, title: str, nic: str = "") -> Level:
    return result(paths, title, nic).level
