"""Starting the daemon that takes over from this one."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path


async def successor(root: Path, pidfile: Path | None) -> None:
    """Start a daemon that takes over, and return when it has ended.

    setsid(1) starts it and ends at once. So it is a child of systemd, as a main process must be: of any other systemd neither
    awaits the end at a stop, nor notices a crash. -P: what lies in the working directory is not run.
    """
    ours, its = socket.socketpair()
    with ours:
        with its:
            command = ["setsid", "--fork", sys.executable, "-P", "-m", "xcatd", "-r", "--root", str(root)]
            if pidfile is not None:
                command += ["-p", str(pidfile)]
            starter = await asyncio.create_subprocess_exec(*command, stdin=its.fileno())
            await starter.wait()
        ours.setblocking(False)
        # Nothing is ever sent: the end of its standard input is its end.
        await asyncio.get_running_loop().sock_recv(ours, 1)
