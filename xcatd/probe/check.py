"""What a check is: a function that looks at this host and says what it found."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeVar

from xcat_certs.errors import CertsError
from xcatd.errors import XcatError
from xcatd.model import Role
from xcatd.probe.here import Here, NotNow

Probe = Literal["xcatmn", "hierarchy"]
"""The sub-commands of xcatprobe."""

_ATTRIBUTE = "__xcat_check__"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence: what was found, and after a colon what to do about it."""

    text: str


class Failed(Finding):
    """Something is wrong. It makes the exit status 1."""

    __slots__ = ()


class Warned(Finding):
    """Something works now and may not do so for long, or not for everything."""

    __slots__ = ()


class Noted(Finding):
    """What may be good to know; shown with -V."""

    __slots__ = ()


class Level(StrEnum):
    """How a check ended, and the word for it in front of its line."""

    OK = "ok"
    FAILED = "failed"
    WARNING = "warning"
    INFO = "info"
    DEBUG = "debug"


Look = Callable[[Here], Iterator[Finding]]
_Look = TypeVar("_Look", bound=Look)


@dataclass(frozen=True, slots=True)
class Check:
    """`title` completes the sentence `Checking ...`. `roles`: the hosts for which it is made."""

    look: Look
    probe: Probe
    title: str
    roles: tuple[Role, ...]
    rank: int


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a check: its line, and what is said below it."""

    level: Level
    title: str
    findings: tuple[Finding, ...]


def check(
    probe: Probe, title: str, *, roles: tuple[Role, ...] = (Role.MANAGEMENT, Role.SERVICE), rank: int = 50
) -> Callable[[_Look], _Look]:
    """Make a generator function a check of `xcatprobe PROBE`, done on hosts with one of these roles.

    It yields Failed, Warned or Noted, nothing when all is well; what it raises as XcatError, or as OSError, counts as
    Failed. Checks are made in the order of `rank`, and of their titles.
    """

    def declare(look: _Look) -> _Look:
        setattr(look, _ATTRIBUTE, Check(look, probe, title, roles, rank))
        return look

    return declare


def check_of(thing: object) -> Check | None:
    """The check that a function was made, None for anything else."""
    found = getattr(thing, _ATTRIBUTE, None)
    return found if isinstance(found, Check) else None


def made(each: Check, here: Here) -> Result:
    """Make a check."""
    findings: list[Finding] = []
    try:
        findings.extend(each.look(here))
    except NotNow as reason:
        return Result(Level.INFO, f"{each.title}: left out, {reason}", ())
    except (XcatError, CertsError) as error:
        findings.append(Failed(str(error)))
    except OSError as error:
        findings.append(Failed(_of_the_system(error)))
    except Exception as error:  # noqa: BLE001 - a border: the other checks are made all the same
        where = traceback.extract_tb(error.__traceback__)[-1]
        fault = f"{type(error).__name__}: {error} ({where.filename} line {where.lineno})"
        findings.append(Failed(f"The check itself has a fault, which please report: {fault}"))
    return Result(_level(findings), each.title, tuple(findings))


def _level(findings: list[Finding]) -> Level:
    if any(isinstance(found, Failed) for found in findings):
        return Level.FAILED
    return Level.WARNING if any(isinstance(found, Warned) for found in findings) else Level.OK


def _of_the_system(error: OSError) -> str:
    what = error.filename or "This host"
    return f"{what} cannot be looked at ({error.strerror or error}): run xcatprobe as root"
