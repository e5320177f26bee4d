"""`rpower`: switching nodes on and off."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Annotated

from xcatd.api import Channel, Ctx, Node, NotFound, StoreError, command, opt
from xcatd.hardware import Power, PowerAction, PowerState
from xcatd.objects import management_method
from xcatd.store import Put

log = logging.getLogger(__name__)

_READS = ("stat", "state", "status")
_ON, _OFF = "powering-on", "powering-off"


@command("rpower", fanout=1024, timeout=30, changes=True, reads=_READS)
async def rpower(
    ctx: Ctx,
    node: Node,
    action: str = "",
    *,
    nodeps: Annotated[bool, opt("--nodeps", "accepted for old scripts: the deps table is not used")] = False,
) -> str | None:
    """Turn nodes on or off, or say which they are.

    Actions: on, off, softoff (ask the operating system), reset, cycle, boot (reset, or on when it is off), nmi,
    stat (state, status).
    """
    method = management_method(ctx.world, node.name)
    if not action or (action not in _ACTIONS and action not in _READS):
        problem = (
            f"Error: Unsupported command: rpower {action}"
            if action
            else "Please enter an action (eg: boot,off,on, etc)"
        )
        await ctx.fail(f"{node}: {problem} when using mgt={method}.", channel=Channel.DATA)
        return None
    power = ctx.power(node)
    if action in _READS:
        return await power.power_state()
    return await _ACTIONS[action](ctx, node, power)


async def _on(ctx: Ctx, node: Node, power: Power) -> str:
    if await power.power_state() is PowerState.OFF:
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


_ACTIONS: Mapping[str, Callable[[Ctx, Node, Power], Awaitable[str]]] = {
    "on": _on,
    "off": _off,
    "softoff": _softoff,
    "reset": _reset,
    "cycle": _cycle,
    "boot": _boot,
    "nmi": _nmi,
}


async def _note(ctx: Ctx, node: Node, status: str) -> None:
    """Keep the node's status, unless site.nodestatus says not to. The power is what counts: the database may be away, and a
    fault is only logged."""
    if ctx.site("nodestatus").lower() in ("n", "no", "0"):
        return
    stamp = datetime.now().strftime("%m-%d-%Y %H:%M:%S")
    try:
        await ctx.report(Put("nodelist", {"node": node.name}, {"status": status, "statustime": stamp}, adds=False))
    except (StoreError, NotFound) as error:
        log.warning("request %s: the status of %s was not kept: %s", ctx.request.id, node, error)
