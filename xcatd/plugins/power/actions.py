"""What each action of `rpower` does to one node, and what it says."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from xcatd.api import Ctx, Node, NotFound, StoreError
from xcatd.hardware import Power, PowerAction, PowerState
from xcatd.objects.endpoints.vm import new_macs
from xcatd.store import Put

log = logging.getLogger(__name__)

Do = Callable[[Ctx, Node, Power], Awaitable[str]]
"""Does it, and gives the line that is printed."""

_ON, _OFF = "powering-on", "powering-off"


async def _on(ctx: Ctx, node: Node, power: Power) -> str:
    if await power.power_state() is not PowerState.ON:
        await power.set_power(PowerAction.ON)
        await _note(ctx, node, _ON)
    return "on"


async def _off(ctx: Ctx, node: Node, power: Power) -> str:
    return await _if_on(ctx, node, power, PowerAction.OFF, _OFF)


async def _softoff(ctx: Ctx, node: Node, power: Power) -> str:
    return await _if_on(ctx, node, power, PowerAction.SOFTOFF, _OFF)


async def _reset(ctx: Ctx, node: Node, power: Power) -> str:
    return await _if_on(ctx, node, power, PowerAction.RESET, _ON)


async def _if_on(ctx: Ctx, node: Node, power: Power, action: PowerAction, status: str) -> str:
    """Actions that mean nothing to a node that is off: it says that it is off."""
    if await power.power_state() is PowerState.OFF:
        return "off"
    await power.set_power(action)
    await _note(ctx, node, status)
    return action


async def _cycle(ctx: Ctx, node: Node, power: Power) -> str:
    await power.set_power(PowerAction.CYCLE)
    await _note(ctx, node, _ON)
    return "cycle"


async def _nmi(ctx: Ctx, node: Node, power: Power) -> str:
    await power.set_power(PowerAction.DIAG)
    return "nmi"


async def _boot(ctx: Ctx, node: Node, power: Power) -> str:
    before = await power.power_state()
    action = PowerAction.ON if before is PowerState.OFF else PowerAction.RESET
    await power.set_power(action)
    await _note(ctx, node, _ON)
    return f"{before} {action}"


ACTIONS: Mapping[str, Do] = {
    "on": _on,
    "off": _off,
    "softoff": _softoff,
    "reset": _reset,
    "cycle": _cycle,
    "boot": _boot,
    "nmi": _nmi,
}

REACHES: Mapping[str, PowerState] = {
    "on": PowerState.ON,
    "boot": PowerState.ON,
    "reset": PowerState.ON,
    "cycle": PowerState.ON,
    "off": PowerState.OFF,
    "softoff": PowerState.OFF,
}
"""The state in which an action leaves a node, sooner or later."""


async def _note(ctx: Ctx, node: Node, status: str) -> None:
    """Keep the node's status, unless site.nodestatus says not to, and the addresses that a virtual machine was made with. The
    power is what counts: the database may be away, and a fault is only logged."""
    changes = [*new_macs(ctx.world, node.name)] if status == _ON else []
    if ctx.site("nodestatus").lower() not in ("n", "no", "0"):
        stamp = datetime.now().strftime("%m-%d-%Y %H:%M:%S")
        changes.append(Put("nodelist", {"node": node.name}, {"status": status, "statustime": stamp}, adds=False))
    if not changes:
        return
    try:
        await ctx.report(*changes)
    except (StoreError, NotFound) as error:
        log.warning("request %s: the status of %s was not kept: %s", ctx.request.id, node, error)
