"""`rbeacon`: the lights by which somebody in the room finds a node."""

from __future__ import annotations

from typing import Literal

from xcatd.api import Ctx, Node, Where, command
from xcatd.hardware import BeaconState

_LOOK = "stat"


@command("rbeacon", fanout=1024, timeout=30, where=Where.CONTROLLER, changes=True, reads=(_LOOK,))
async def rbeacon(ctx: Ctx, node: Node, state: Literal["on", "off", "blink", "stat"]) -> str:
    """Turn the identify lights of nodes on or off, have them blink, or say how they are (stat)."""
    beacon = ctx.device(node).beacon
    if state == _LOOK:
        return await beacon.beacon_state()
    await beacon.set_beacon(BeaconState(state))
    return state
