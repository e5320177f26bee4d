"""What `xdsh` says of its own doings: -m and --nodestatus in xCAT's words, which scripts look for, and -T for people."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from xcatd.api import Ctx
from xcatd.plugins.shell.wish import Wish
from xcatd.remote.connecting import NO_ANSWER
from xcatd.remote.voice import Voice

if TYPE_CHECKING:
    from asyncssh import SSHClientConnection

BY_SSH = 255
"""The exit status of ssh(1) when no command was run, and with it that of a node."""


class Doings:
    """Of one run on this daemon."""

    def __init__(self, ctx: Ctx, wish: Wish) -> None:
        self._ctx = ctx
        self._wish = wish

    async def begun(self) -> None:
        await self._monitor(f"Dsh_process_id {os.getpid()}")
        await self._monitor("Dsh_initialization_completed")
        if self._wish.verify:
            await self._monitor("Dsh_verifying_hosts")
        await self._monitor("Dsh_remote_execution_started")

    async def over(self) -> None:
        await self._monitor("Remote_command_execution_completed")

    async def started(self, node: str) -> None:
        await self._monitor(f"Remote_command_started {node}")

    async def silent(self, node: str) -> None:
        """It does not answer, which -v found out."""
        await self._ctx.fail(NO_ANSWER.format(node), code=0)
        if self._wish.node_status:
            await self._ctx.say("Remote_command_failed", node=node)
        await self._monitor(f"Remote_command_cancelled {node}")

    async def ended(self, node: str, status: int, voice: Voice, *, ran: bool) -> None:
        """`ran`: the command was run; `status` is its own then."""
        if self._wish.exit_status and ran:
            await self._ctx.say(f"Remote_command_rc = {status}", node=node)
        elif self._wish.stream and status and ran:
            await voice.trouble(f"remote Command had return code: {status} ")
        if self._wish.node_status:
            failed = f"Remote_command_failed, error_code={status}"
            await self._ctx.say(failed if status else "Remote_command_successful", node=node)
        await self._monitor(f"Remote_command_{'failed' if status else 'successful'} {node}")

    async def _monitor(self, text: str) -> None:
        if self._wish.monitor:
            await self._ctx.say(f"dsh>  {text}")

    async def trace(self, voice: Voice, text: str) -> None:
        """A step on the way to a node."""
        if self._wish.trace:
            await voice.trouble(f"TRACE: {text}")

    async def trace_login(self, voice: Voice, connection: SSHClientConnection, seconds: float) -> None:
        """Who answered, and which host key it showed."""
        if not self._wish.trace:
            return
        key = connection.get_server_host_key()
        shown = f", host key {key.get_algorithm()} {key.get_fingerprint()}" if key else ""
        version = connection.get_extra_info("server_version", "no version")
        await voice.trouble(f"TRACE: logged in after {seconds:.2f} s ({version}{shown})")
