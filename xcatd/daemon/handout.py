"""A node that is being installed asks for its token: `nodetoken NODE --asked`, as if root of this host had typed it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from xcatd.dispatch import Hall
from xcatd.errors import Denied
from xcatd.model import Caller, Line, NodeBlock, Reply, Request, Role
from xcatd.services.nodes.tokens import Kind


@dataclass(slots=True)
class _Heard:
    """The token, when one is said; `send` is how replies come."""

    token: str = field(default="", repr=False)
    flowing: bool = True

    async def send(self, reply: Reply) -> None:
        if isinstance(reply, Line) and reply.node:
            self.token = reply.text or ""
        elif isinstance(reply, NodeBlock):
            self.token = reply.lines[0][2] or ""


@dataclass(frozen=True, slots=True)
class HandOut:
    """`hall` gives the daemon's; on a service node it passes the command up, to where nodes are armed."""

    hall: Callable[[], Hall]

    async def __call__(self, node: str, role: Kind) -> str:
        """The node's token for a role. Raises Denied: it is not armed, or has had its certificate."""
        hall, heard = self.hall(), _Heard()
        caller = Caller("root", Role.USER, hall.me.name, "this host")
        request = Request(
            secrets.token_hex(4), "nodetoken", caller, (node, "--asked", *(["--service"] * (role == "sn"))), whole=True
        )
        if await hall.run(request, heard) or not heard.token:
            raise Denied(f"{node} has no token to get; on the management node: nodeset {node} ..., or nodetoken {node}")
        return heard.token
