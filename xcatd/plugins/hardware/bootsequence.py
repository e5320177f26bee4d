"""`rbootseq`: in which order nodes try what they may start from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xcatd.api import Completes, Ctx, Node, NodeError, Where, command
from xcatd.hardware import BootDevice, BootOption
from xcatd.plugins.hardware.words import listed

_LOOKS = ("list", "stat")
_DEVICES: Mapping[str, BootDevice] = {
    **dict.fromkeys(("n", "net", "network"), BootDevice.NETWORK),
    **dict.fromkeys(("h", "hd", "hd0", "harddisk", "harddisk0"), BootDevice.DISK),
    **dict.fromkeys(("c", "cd", "cdrom"), BootDevice.CD),
    **dict.fromkeys(("f", "floppy"), BootDevice.FLOPPY),
}
"""xCAT's words, long and short."""


def _changes(words: Sequence[str]) -> bool:
    return bool(words) and set(_LOOKS).isdisjoint(words)


@command(
    "rbootseq",
    fanout=1024,
    timeout=120,
    where=Where.CONTROLLER,
    changes=_changes,
    completes={"devices": Completes.NOTHING},
)
async def rbootseq(ctx: Ctx, node: Node, devices: tuple[str, ...] = ()) -> None:
    """Say in which order nodes try what they may start from, or set what comes first.

    rbootseq noderange [list | DEVICE,DEVICE ...]: a device is net, hd, cd or floppy, or what `list` shows in front of an entry.
    The others stay behind them in their order. It counts from the next start on.
    """
    order = ctx.device(node).boot_order
    options = await order.boot_order()
    chosen = [option for word in listed(devices) if word not in _LOOKS for option in _meant(options, word)]
    if chosen:
        await order.set_boot_order([option.reference for option in dict.fromkeys(chosen)])
        options = [*dict.fromkeys(chosen), *(option for option in options if option not in chosen)]
    await ctx.node_lines((node.name, option.reference, option.name) for option in options)


def _meant(options: Sequence[BootOption], word: str) -> Sequence[BootOption]:
    """The entries of a kind, or the one of this reference. Raises NodeError when there is none."""
    device = _DEVICES.get(word.lower())
    found = [option for option in options if option.reference == word or (device and option.device is device)]
    if not found:
        known = ", ".join(option.reference for option in options)
        raise NodeError(f"the boot order has nothing for {word}: write net, hd, cd, floppy or one of {known}")
    return found
