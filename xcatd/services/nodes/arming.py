"""Arming nodes for their certificates: what `nodetoken` does, and commands that install nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from xcatd.objects import World
from xcatd.objects.endpoints.macs import macs_of
from xcatd.services.nodes.invitations import Invitations
from xcatd.services.nodes.tokens import Armed, Kind, Tokens

_CHUNK = 500
"""Nodes after which others have their turn."""


async def arm(root: Path, world: World, nodes: Sequence[str], role: Kind, lasts: timedelta) -> Mapping[str, str]:
    """Let each of these nodes have a certificate, once; gives the token of each. A thousand nodes take one to two seconds.

    A token is good for a node with the MAC address (table mac) and the UUID (table vpd) that the tables have now, as far as they
    have them. `root` is the folder below which the files of this management node are. Raises ServiceError: no token may be used.
    """
    wanted = await _armed(world, dict.fromkeys(nodes, role), datetime.now(UTC) + lasts)
    await asyncio.to_thread(Invitations.below(root).end, nodes)
    return await asyncio.to_thread(Tokens.below(root).arm, wanted)


async def invite(root: Path, world: World, roles: Mapping[str, Kind], lasts: timedelta) -> None:
    """Let each of these nodes ask for such a token: five thousand take a tenth of a second. Raises ServiceError."""
    now = datetime.now(UTC)
    wanted = await _armed(world, roles, now + lasts)
    await asyncio.to_thread(Invitations.below(root).invite, wanted, now + lasts, now)


async def _armed(world: World, roles: Mapping[str, Kind], until: datetime) -> Sequence[Armed]:
    wanted: list[Armed] = []
    nodes = list(roles)
    for start in range(0, len(nodes), _CHUNK):
        some = nodes[start : start + _CHUNK]
        uuids = world.column(some, "vpd", "uuid")
        wanted += [
            Armed(node, roles[node], until, tuple(macs_of(world, node)), uuid)
            for node, uuid in zip(some, uuids, strict=True)
        ]
        await asyncio.sleep(0)
    return wanted
