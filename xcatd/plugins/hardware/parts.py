"""`rinv`: what nodes are made of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from xcatd.api import Channel, Completes, Ctx, Node, UsageError, Where, command
from xcatd.hardware import Part
from xcatd.plugins.hardware.words import listed

_PARTS: Mapping[str, Collection[Part]] = {
    "all": tuple(Part),
    "model": (Part.MODEL,),
    "serial": (Part.SERIAL,),
    "asset": (Part.ASSET,),
    "vpd": (Part.MODEL, Part.SERIAL, Part.DEVICE_ID, Part.MPROM),
    "deviceid": (Part.DEVICE_ID,),
    "mprom": (Part.MPROM,),
    "guid": (Part.GUID,),
    "uuid": (Part.GUID,),
    "firm": (Part.FIRMWARE,),
    "firmware": (Part.FIRMWARE,),
    "config": (Part.CPU, Part.DIMM),
    "cpu": (Part.CPU,),
    "dimm": (Part.DIMM,),
    "hw": (Part.HARDWARE,),
    "mac": (Part.MAC,),
    "misc": (Part.MISC,),
}


async def _check(ctx: Ctx, nodes: Sequence[str], arguments: Mapping[str, Any]) -> None:
    if unknown := [word for word in listed(arguments["words"]) if word not in _PARTS]:
        raise UsageError(f"rinv: {unknown[0]!r} is not one of {', '.join(_PARTS)}")


@command(
    "rinv", fanout=1024, timeout=120, where=Where.CONTROLLER, prepare=_check, completes={"words": Completes.NOTHING}
)
async def rinv(ctx: Ctx, node: Node, words: tuple[str, ...] = ()) -> None:
    """Say what nodes are made of, as their controllers know it.

    Words: model, serial, asset, vpd (model, serial, deviceid and mprom), deviceid, mprom (the controller's firmware), guid (uuid),
    firm (all firmware), config (cpu and dimm), cpu, dimm, hw, mac, misc, all. Several may be given; without one it is all.
    """
    wanted = listed(words) or ["all"]
    parts = None if "all" in wanted else {part for word in wanted for part in _PARTS[word]}
    facts = await ctx.device(node).inventory.facts(parts)
    await ctx.node_lines((node.name, fact.name, fact.value) for fact in facts)
    if not facts:
        await ctx.say(f"the controller tells nothing of {', '.join(wanted)}", node=node.name, channel=Channel.WARNING)
