"""A node that cannot go on has sent its log: it goes to the management node, as `nodelog NODE --keep`, or is kept here."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from xcatd.dispatch import Hall
from xcatd.errors import XcatError
from xcatd.model import Caller, Failure, Reply, Request, Role
from xcatd.services.nodes.logs import keep_log

log = logging.getLogger(__name__)
_PATIENCE = 20.0
"""Seconds until the management node has it; the node waits so long."""


@dataclass(slots=True)
class _Heard:
    """Why it failed; `send` is how replies come."""

    reason: str = ""
    flowing: bool = True

    async def send(self, reply: Reply) -> None:
        if isinstance(reply, Failure):
            self.reason = reply.text


@dataclass(frozen=True, slots=True)
class KeepLog:
    """`hall` gives the daemon's; on a service node it passes the command up. `root`: below it are the files of this daemon."""

    hall: Callable[[], Hall]
    root: Path

    async def __call__(self, node: str, text: str) -> None:
        """Keep the log of a node. Raises ServiceError when it can be kept nowhere."""
        hall, heard = self.hall(), _Heard()
        caller = Caller("root", Role.USER, hall.me.name, "this host")
        request = Request(secrets.token_hex(4), "nodelog", caller, (node, "--keep"), whole=True, stdin=text)
        try:
            async with asyncio.timeout(_PATIENCE):
                status = await hall.run(request, heard)
        except TimeoutError:
            status, heard.reason = 1, "the management node does not answer"
        except XcatError as error:
            status, heard.reason = 1, str(error)
        if status:
            log.warning("the log of %s stays here: %s", node, heard.reason or "the management node did not take it")
            head = f"# {node}, {datetime.now().isoformat(' ', 'seconds')}, kept on {hall.me.name}"
            await asyncio.to_thread(keep_log, self.root, node, text, head)
