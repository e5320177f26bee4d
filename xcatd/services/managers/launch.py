"""Starting a server as a process of its own, which knows nothing of this daemon and outlives it."""

from __future__ import annotations

import grp
import itertools
import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.managers.manager import Program
from xcatd.services.managers.process import Process
from xcatd.services.programs import find_program

_ENVIRONMENT: Final = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/"}
"""All that it gets: what systemd or a person has told this daemon is not for it."""
_ENV: Final = "env"
"""Stands before a program and variables for it: env(1)."""
_UMASK: Final = 0o022


@dataclass(frozen=True, slots=True)
class _Account:
    """None: as this daemon."""

    user: int | None = None
    group: int | None = None
    groups: Sequence[int] | None = None


def launch(program: Program, output: int) -> Process:
    """Start it, with `output` for all that it says. It blocks while the program is read: call it in a thread.

    Raises ServiceError: it or its account is not there, or cannot be used.
    """
    path = path_of(program)
    account = _account(program)
    try:
        started = subprocess.Popen(
            [path, *program.words[1:]],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=_ENVIRONMENT,
            umask=_UMASK,
            user=account.user,
            group=account.group,
            extra_groups=account.groups,
            start_new_session=True,  # a terminal's end is not its own
        )
    except OSError as error:
        raise ServiceError(
            f"{program.name} does not start: {path}: {(error.strerror or str(error)).lower()}"
        ) from error
    process = Process.of(started.pid)  # it is there even if it has ended: nobody has buried it
    started.returncode = 0  # this object shall not wait for it, nor complain that nobody did: Process does
    return process


def path_of(program: Program) -> str:
    """What is to be run. Raises ServiceError when it is not installed."""
    path = found(program)
    if path is None:
        raise ServiceError(f"{program.name} is not installed: install the package {program.packages}")
    return path if program.words[0] != _ENV else find_program(_ENV) or _ENV


def found(program: Program) -> str | None:
    """Where it is, None: it is not installed. Raises ServiceError: it is none that can be run so."""
    if not program.words:
        raise ServiceError(f"{program.name} is done by systemd only, which does not run here")
    words = itertools.dropwhile(lambda word: word == _ENV or "=" in word, program.words)
    return find_program(next(words, program.words[0]))


def _account(program: Program) -> _Account:
    if not program.account:
        return _Account()
    try:
        entry = pwd.getpwnam(program.account)
    except KeyError as error:
        raise ServiceError(
            f"{program.name} does not start: there is no account {program.account}; install the package {program.packages}"
        ) from error
    if entry.pw_uid == os.geteuid():
        return _Account()
    return _Account(
        entry.pw_uid, entry.pw_gid, [each.gr_gid for each in grp.getgrall() if entry.pw_name in each.gr_mem]
    )
