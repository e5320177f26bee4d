"""Files below a user's home are written as that user: root must not follow what the user has put there."""

from __future__ import annotations

import contextlib
import os
import pwd
from collections.abc import Iterator
from pathlib import Path

from xcat_certs.errors import Unusable


def own_name() -> str:
    """The account of this process, as the passwd entry of its effective user has it (protocol.md 1.2)."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError as error:
        raise Unusable("This process's user has no account on this host: name the folder with --dir.") from error


@contextlib.contextmanager
def acting_as_owner(path: Path) -> Iterator[None]:
    """Until the end of the block, root's process reads and writes files as the user who controls `path`.

    That is the owner of the first folder or link on the way from / that is not root's: this user can put links there.
    For programs of one thread, because the identity is the whole process's. Other users than root change nothing.
    """
    owner = _controlling(path.absolute()) if os.geteuid() == 0 else None
    if owner is None:
        yield
        return
    user, group, groups = owner
    before, group_before = os.getgroups(), os.getegid()
    os.setgroups(groups)
    os.setegid(group)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group_before)
        os.setgroups(before)


def _controlling(path: Path) -> tuple[int, int, list[int]] | None:
    """User, group and groups; None when everything on the way is root's."""
    for part in reversed((path, *path.parents)):
        try:
            found = part.lstat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unusable(f"Cannot look at {part}: {(error.strerror or str(error)).lower()}.") from error
        if found.st_uid != 0:
            return _groups(found.st_uid, found.st_gid)
    return None


def _groups(user: int, group: int) -> tuple[int, int, list[int]]:
    try:
        account = pwd.getpwuid(user)
    except KeyError:
        return user, group, [group]
    return user, account.pw_gid, os.getgrouplist(account.pw_name, account.pw_gid)
