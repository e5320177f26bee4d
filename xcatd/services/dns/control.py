"""named as what runs the servers of this host knows it, and what it needs before it can start."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.dns.layout import PACKAGES, PORT, UNITS, Layout
from xcatd.services.managers import Manager, Program, State
from xcatd.services.programs import find_program

LOOPBACK = "127.0.0.1"


def program_of(layout: Layout) -> Program:
    """named with the configuration of a layout. Where systemd does not run, what it says goes to its standard error."""
    words = ("named", "-g", "-c", str(layout.conf), *(("-u", layout.account) if layout.is_whole_host else ()))
    return Program("named", UNITS, words, PACKAGES)


@dataclass(frozen=True, slots=True)
class Named:
    """The named of a layout. All raise ServiceError."""

    layout: Layout
    manager: Manager

    @property
    def program(self) -> Program:
        return program_of(self.layout)

    async def is_running(self) -> bool:
        """Or is about to: then it has its port already."""
        return (await self.manager.report(self.program)).state in (State.RUNNING, State.STARTING)

    async def enable(self) -> None:
        """It starts with the host, too."""
        await self.manager.enable(self.program)

    async def start(self) -> None:
        """It must not run yet."""
        await ready(self.layout, self.manager)
        await self.manager.start(self.program)

    async def reload(self) -> None:
        """It reads named.conf again; where it cannot, it goes on with what it has."""
        await self.manager.reload(self.program)


async def ready(layout: Layout, manager: Manager) -> None:
    """See to what a named that does not run needs before it can start: its program, its port, and folders in which it may write.

    Raises ServiceError.
    """
    program("named")
    await check_port()
    await asyncio.to_thread(make_folders, layout)
    if not manager.has_units:  # a unit makes it by itself
        await asyncio.to_thread(_make, layout.run, account_of(layout))


def program(name: str) -> str:
    """The path of a program of BIND. Raises ServiceError when it is not installed."""
    found = find_program(name)
    if found is None:
        raise ServiceError(f"{name} is not installed: install the package {PACKAGES}")
    return found


async def check_port() -> None:
    """Raises ServiceError when another program has the port on which named is asked here."""
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, PORT)
    except OSError:
        return
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    raise ServiceError(
        f"named cannot have port {PORT} at {LOOPBACK}: stop the program that has it; `ss -lnp sport = {PORT}` shows which"
    )


def make_folders(layout: Layout) -> None:
    """The folders of named that are not there yet; it may write there. Blocks. Raises ServiceError."""
    account = account_of(layout)
    for folder in (layout.conf.parent, layout.aside, layout.zones):
        _make(folder, account)


def account_of(layout: Layout) -> pwd.struct_passwd | None:
    """The account that named runs as; None below another root, where it runs as we do."""
    if os.geteuid() != 0 or not layout.is_whole_host:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(layout.account)
    return None


def give(path: Path, user: int, group: int) -> None:
    """Raises ServiceError."""
    try:
        os.chown(path, user, group)
    except OSError as error:
        raise ServiceError(f"{path} cannot be given to named: {(error.strerror or str(error)).lower()}") from error


def _make(folder: Path, account: pwd.struct_passwd | None) -> None:
    if folder.is_dir():
        return
    try:
        folder.mkdir(mode=0o755, parents=True)
        folder.chmod(0o755)  # whatever the umask is
    except OSError as error:
        raise ServiceError(f"The folder {folder} cannot be made: {(error.strerror or str(error)).lower()}") from error
    if account is not None:
        give(folder, account.pw_uid, account.pw_gid)
