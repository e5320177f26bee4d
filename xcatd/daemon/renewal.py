"""A service node's certificate is renewed before it ends: its daemon asks the management node, with the one that it has.

The key stays, and so do the names in the certificate. A management node has its own renewed by hand (docs/certificates.md).
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from xcatd.daemon.certificate import Own, before, install, read, request
from xcatd.dispatch import Hall
from xcatd.errors import ServiceError, XcatError
from xcatd.hierarchy import Dialler
from xcatd.hierarchy.link import Spawn
from xcatd.model import Caller, Channel, Failure, Line, Reply, Request, Role
from xcatd.tls import TlsFiles

log = logging.getLogger(__name__)

DAY = 24 * 3600.0
"""Seconds between two looks."""


@dataclass(slots=True)
class Answer:
    """What was answered, and what did not work; `send` is how replies come."""

    texts: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    flowing: bool = True

    async def send(self, reply: Reply) -> None:
        if isinstance(reply, Failure):
            self.troubles.append(reply.text)
        elif isinstance(reply, Line) and reply.channel is Channel.DATA:
            self.texts.append(reply.text or "")


@dataclass(frozen=True, slots=True)
class Renewal:
    """Of one service node."""

    files: TlsFiles
    hall: Hall
    dialler: Dialler
    spawn: Spawn

    async def keep(self) -> None:
        """Look once a day. What goes wrong is logged, and tried again the next day: a third of the life is left for that."""
        while True:
            self.spawn(self._once(), "the renewal of the certificate")
            await asyncio.sleep(DAY)

    async def _once(self) -> None:
        try:
            await self.look(datetime.now(UTC))
        except (XcatError, OSError, ValueError) as error:
            log.warning("the certificate of this service node is not renewed: %s", error)

    async def look(self, now: datetime) -> None:
        """Renew the certificate if its last third has begun. A day later, or after the next start, when nothing is under way with
        the old one, say that the new one is in use. Raises XcatError, OSError, and ValueError for a file that cannot be read."""
        own = await asyncio.to_thread(read, self.files)
        old = before(self.files)
        if own.is_due(now):
            answer = await self._ask(own, "--renew", stdin=await asyncio.to_thread(request, own, self.files))
            await asyncio.to_thread(install, answer, own, self.files)
            log.info("the certificate of this service node is renewed")
            await self.dialler.anew()
        elif await asyncio.to_thread(old.exists):
            await self._ask(own, "--renewed", own.serial)
            await asyncio.to_thread(old.unlink)

    async def _ask(self, own: Own, *words: str, stdin: str = "") -> str:
        """As the host that this daemon is, of its own hall, which passes it up."""
        caller = Caller(own.name, Role.SERVICE, self.hall.me.name, "this host")
        asked = Request(secrets.token_hex(4), "nodeenrol", caller, (own.name, *words), stdin=stdin)
        answer = Answer()
        if await self.hall.run(asked, answer) or answer.troubles:
            raise ServiceError(" ".join(answer.troubles) or "the management node does not say why")
        return "\n".join(answer.texts)
