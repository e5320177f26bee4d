"""`getmacs`: the hardware addresses of nodes' network interfaces, from their controllers into table mac."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from xcatd.api import Ctx, Node, NodeError, Put, Where, command, opt
from xcatd.hardware import Nic

_NUMBERED = re.compile(r"(?:eth|en)?(\d{1,3})", re.ASCII)


def _changes(words: Sequence[str]) -> bool:
    return "-d" not in words


@command("getmacs", fanout=1024, timeout=120, where=Where.CONTROLLER, changes=_changes)
async def getmacs(
    ctx: Ctx,
    node: Node,
    *,
    interface: Annotated[str, opt("-i", "the interface whose address is kept: its name, or ethN and N from 0")] = "",
    display: Annotated[bool, opt("-d", "show all addresses and keep none")] = False,
) -> None:
    """Read the hardware addresses of nodes' network interfaces and keep one in mac.mac.

    Without -i it is that of noderes.installnic, else noderes.primarynic, else the first one. nodehm.getmac says how the node's
    controller is asked, else nodehm.mgt.
    """
    nics = await ctx.macs(node).nics()
    if not nics:
        raise NodeError(
            "the controller knows no network interface of the node: write mac.mac by hand, or let discovery find it"
        )
    if display:
        await _display(ctx, node, nics)
        return
    text = _chosen(node, nics, *_wanted(ctx, node, interface))
    await ctx.write(Put("mac", {"node": node.name}, {"mac": text}))
    await ctx.say(f"mac.mac set to {text}", node=node.name)


async def _display(ctx: Ctx, node: Node, nics: Sequence[Nic]) -> None:
    await ctx.say("The mac address is:", node=node.name)
    await ctx.node_lines((node.name, f"MAC Address {place}", nic.mac) for place, nic in enumerate(nics, 1))


def _wanted(ctx: Ctx, node: Node, interface: str) -> tuple[Sequence[str], bool]:
    """The interfaces to keep, and whether they must exist: names in tables may be those of the operating system."""
    if interface:
        return [interface], True
    for column in ("installnic", "primarynic"):
        if names := [name for name in re.split(r"[,\s]+", ctx.world.value(node.name, "noderes", column)) if name]:
            return names, False
    return [], False


def _chosen(node: Node, nics: Sequence[Nic], names: Sequence[str], strict: bool) -> str:
    """As mac.mac has it: the address, or several with names for each (`mac1|mac2!node-eth1`). Raises NodeError."""
    found = [(name, nic) for name in names if (nic := _nic(nics, name)) is not None]
    if strict and not found:
        known = ", ".join(nic.name for nic in nics)
        raise NodeError(f"Unable to retrieve MAC address for interface {names[0]}: the controller knows {known}")
    if len(found) < 2:
        return found[0][1].mac if found else nics[0].mac
    return "|".join(nic.mac if not place else f"{nic.mac}!{node}-{name}" for place, (name, nic) in enumerate(found))


def _nic(nics: Sequence[Nic], name: str) -> Nic | None:
    """The interface of this name, else the one of this number."""
    for nic in nics:
        if nic.name.lower() == name.lower() or nic.mac == name.lower():
            return nic
    number = _NUMBERED.fullmatch(name)
    return nics[int(number[1])] if number and int(number[1]) < len(nics) else None
