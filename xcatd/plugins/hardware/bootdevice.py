"""`rsetboot`: what nodes start from next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from xcatd.api import Channel, Ctx, Node, Where, command, opt
from xcatd.hardware import BootChoice, BootDevice

_LOOKS = ("stat", "state", "status")
_DEVICES: Mapping[str, BootDevice] = {
    "net": BootDevice.NETWORK,
    "hd": BootDevice.DISK,
    "cd": BootDevice.CD,
    "floppy": BootDevice.FLOPPY,
    "def": BootDevice.DEFAULT,
    "default": BootDevice.DEFAULT,
    "setup": BootDevice.SETUP,
}
_NAMES: Mapping[BootDevice, str] = {
    BootDevice.DEFAULT: "BIOS default",
    BootDevice.NETWORK: "Network",
    BootDevice.DISK: "Hard Drive",
    BootDevice.CD: "CD/DVD",
    BootDevice.SETUP: "BIOS Setup",
    BootDevice.FLOPPY: "Floppy",
}
_NOTHING_CHOSEN = "boot override inactive"


def _changes(words: Sequence[str]) -> bool:
    return not _DEVICES.keys().isdisjoint(words)


@command("rsetboot", fanout=1024, timeout=60, where=Where.CONTROLLER, changes=_changes)
async def rsetboot(
    ctx: Ctx,
    node: Node,
    device: Literal["net", "hd", "cd", "floppy", "def", "default", "setup", "stat", "state", "status"] = "stat",
    *,
    uefi: Annotated[bool, opt("-u", "start in UEFI mode")] = False,
    persistent: Annotated[bool, opt("-p", "for every start, not only the next one")] = False,
) -> None:
    """Choose what nodes start from next, or say what is chosen.

    Devices: net, hd, cd, floppy, setup (the firmware's menu), def (what the firmware's own order says), stat. What is printed is
    what the controller says afterwards. One that has accepted a choice and does not tell it gets a warning.
    """
    boot = ctx.device(node).boot
    if device in _LOOKS:
        await ctx.say(_shown(await boot.boot_choice()), node=node.name)
        return
    wanted = BootChoice(_DEVICES[device], persistent, uefi)
    found = await boot.choose_boot(wanted)
    await ctx.say(_shown(found), node=node.name)
    if problem := _problem(wanted, found):
        remedy = f"look with: rsetboot {node} stat; if it stays so, choose in the firmware's own menu"
        await ctx.say(f"{device} was accepted, but {problem}; {remedy}", node=node.name, channel=Channel.WARNING)


def _shown(choice: BootChoice | None) -> str:
    return _NAMES[choice.device] if choice is not None else _NOTHING_CHOSEN


def _problem(wanted: BootChoice, found: BootChoice | None) -> str:
    """What of the choice the controller did not keep; "" when it kept all. There are firmwares that keep it and do not say so."""
    device = found.device if found is not None else BootDevice.DEFAULT
    if device is not wanted.device:
        return f"the controller says {_shown(found)}"
    if found is not None and wanted.persistent and not found.persistent:
        return "for the next start only"
    if found is not None and wanted.uefi and not found.uefi and wanted.device is not BootDevice.DEFAULT:
        return "not in UEFI mode"
    return ""
