"""A node that has done what it was to do goes on: `nodeset NODE next`, as if root of this host had typed it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from xcatd.dispatch import Hall
from xcatd.errors import ServiceError
from xcatd.model import Caller, Failure, Reply, Request, Role


@dataclass(slots=True)
class _Troubles:
    """What did not work; `send` is how replies come."""

    texts: list[str] = field(default_factory=list)
    flowing: bool = True

    async def send(self, reply: Reply) -> None:
        if isinstance(reply, Failure):
            self.texts.append(reply.text)


@dataclass(frozen=True, slots=True)
class Advance:
    """`hall` gives the daemon's; on a service node it passes the command up."""

    hall: Callable[[], Hall]

    async def __call__(self, node: str) -> None:
        """Take the next step of the node's chain. Raises XcatError when that does not work."""
        hall, troubles = self.hall(), _Troubles()
        caller = Caller("root", Role.USER, hall.me.name, "this host")
        request = Request(secrets.token_hex(4), "nodeset", caller, (node, "next"), whole=True)
        if await hall.run(request, troubles):
            raise ServiceError(f"{node}: {' '.join(troubles.texts) or 'nodeset does not say why'}")
