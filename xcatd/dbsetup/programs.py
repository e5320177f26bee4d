"""Running programs of the host: what they print is read, secrets go in on standard input, and failures become sentences."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from tempfile import TemporaryFile

from xcatd.errors import ConfigError

PATIENCE = 120.0
"""Seconds after which a program that does not end is given up."""
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def find(*names: str) -> str:
    """The first of these programs that is installed, "" when none is."""
    return next((found for name in names if (found := shutil.which(name, path=_PATH))), "")


def run(words: Sequence[str], *, stdin: str = "", account: str = "", pass_fds: Sequence[int] = ()) -> str:
    """What a program prints. `account`: who it runs as, instead of root. ConfigError names it and says what it said last.

    Files take its output, and not pipes: a server that it starts would hold these open, and nobody would see its end.
    """
    user, group = account_of(account) if account else (None, None)
    with TemporaryFile() as out, TemporaryFile() as err, TemporaryFile() as given:
        given.write(stdin.encode())
        given.seek(0)
        try:
            done = subprocess.run(
                words,
                stdin=given,
                stdout=out,
                stderr=err,
                cwd="/",
                env={"PATH": _PATH, "LC_ALL": "C", "HOME": pwd.getpwnam(account).pw_dir if account else "/root"},
                pass_fds=pass_fds,
                timeout=PATIENCE,
                check=False,
                user=user,
                group=group,
                extra_groups=None if user is None or group is None else os.getgrouplist(account, group),
            )
        except subprocess.TimeoutExpired as error:
            raise ConfigError(f"{words[0]} has not ended after {PATIENCE:.0f} s: see the server's log") from error
        except OSError as error:
            raise ConfigError(f"{words[0]} cannot be run: {error.strerror}") from error
        out.seek(0)
        err.seek(0)
        said, complaint = out.read().decode(errors="replace"), err.read().decode(errors="replace")
    if done.returncode:
        raise ConfigError(f"{_title(words)}: {_reason(complaint or said, done.returncode)}")
    return said


def need_root() -> None:
    """Raises ConfigError."""
    if os.geteuid() != 0:
        raise ConfigError("Only root may do this: run it as root")


def account_of(name: str) -> tuple[int, int]:
    """User and group of an account. Raises ConfigError."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError as error:
        raise ConfigError(
            f"This host has no account {name}, which its package makes: install the server again"
        ) from error
    return entry.pw_uid, entry.pw_gid


def _title(words: Sequence[str]) -> str:
    """The program and what it is to do, without its options."""
    return " ".join([words[0].rpartition("/")[2], *(word for word in words[1:] if word[:1] not in "-/=")])


def _reason(text: str, status: int) -> str:
    """What it complained of: the first line that says ERROR, else the last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    loud = [line for line in lines if "ERROR" in line or "FATAL" in line]
    return (loud or lines[-1:] or [f"it ended with status {status}"])[0]
