"""The certificate of a service node: how it gets one, and how those that it has are taken back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Literal

from xcatd.api import Ctx
from xcatd.objects import service_pool
from xcatd.services.nodes.arming import arm
from xcatd.services.nodes.events import certificate_event
from xcatd.services.nodes.invitations import Invitations
from xcatd.services.nodes.signer import Signer
from xcatd.services.nodes.tokens import Tokens

log = logging.getLogger(__name__)

_USUAL_PORT: Final = "3001"
GOOD_FOR: Final = timedelta(minutes=60)
"""How long a token is good."""


def master_of(ctx: Ctx, node: str) -> str:
    """Where a service node finds the daemon above it: its name or address, and its port where that is another than 3001."""
    server = next((name for name in service_pool(ctx.world, node) if name != ctx.host.name), "")
    host = ctx.world.value(node, "noderes", "xcatmaster") or server or ctx.site("master") or ctx.host.name
    port = ctx.site("xcatdport", _USUAL_PORT)
    if port == _USUAL_PORT:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def taken_back(ctx: Ctx, name: str, reason: Literal["superseded", "cessationOfOperation"]) -> Sequence[str]:
    """Have the signer revoke what a service node has; gives the serial numbers. Its links end within a second or two. Raises
    ServiceError."""
    serials = await Signer(ctx.host.root).revoke(name, reason)
    peer = ctx.request.caller.peer
    for serial in serials:
        await ctx.report(certificate_event(name, "sn", "certificate taken back", serial, peer))
        log.info(
            "certificate taken back", extra={"facts": {"node": name, "role": "sn", "serial": serial, "peer": peer}}
        )
    return serials


async def disarmed(ctx: Ctx, name: str) -> None:
    """It gets no certificate any more. Raises ServiceError."""
    await asyncio.to_thread(Tokens.below(ctx.host.root).disarm, {name})
    await asyncio.to_thread(Invitations.below(ctx.host.root).end, {name})


async def say_what_to_type(ctx: Ctx, nodes: Sequence[str]) -> None:
    """A token for each, and what is to be typed there with it."""
    tokens = await arm(ctx.host.root, ctx.world, nodes, "sn", GOOD_FOR)
    for node in nodes:
        master = master_of(ctx, node)
        address = ctx.world.value(node, "hosts", "ip")
        where = f" --address {address}" if address else ""
        await ctx.node_lines(
            (node, None, line)
            for line in (
                f"token: {tokens[node]}",
                "next, either here, which installs it: rinstall " + node,
                f"or there, with xcatd installed, where ca.pem is {ctx.host.name}'s /etc/xcat/cert/ca.pem, and the token comes "
                "from standard input:",
                f"  xcatd init --name {node}{where} --master {master}",
                f"  xcatcert enrol {node} --master {master} --ca ca.pem",
                "  systemctl start xcatd",
            )
        )
