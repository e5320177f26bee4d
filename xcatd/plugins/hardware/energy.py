"""`renergy`: how much power nodes take, and the limit on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from xcatd.api import Completes, Ctx, Node, UsageError, Where, command
from xcatd.hardware import Cap, Consumption, Energy
from xcatd.plugins.hardware.words import listed

_ON, _OFF = ("on", "enable", "1"), ("off", "disable", "0")
_LIMITS = ("cappingvalue", "cappingwatt")
_UNKNOWN = "na"
_OF_OTHER_MAKES = (
    *("savingstatus", "dsavingstatus", "fsavingstatus", "cappingmaxmin", "cappingmax", "cappingmin", "cappingGmin"),
    *(
        "cappingsoftmin",
        "averageAC",
        "ambienttemp",
        "exhausttemp",
        "CPUspeed",
        "maxCPUspeed",
        "syssbpower",
        "sysIPLtime",
    ),
    *("ffoMin", "ffoVmin", "ffoTurbo", "ffoNorm", "ffovalue", "capability", "relhistogram", "temperature"),
)
"""Words of xCAT's manual that neither DCMI nor Redfish has: what a server does not support is `na` there, and no error."""


def _changes(words: Sequence[str]) -> bool:
    return any("=" in word for word in words)


async def _check(ctx: Ctx, nodes: Sequence[str], arguments: Mapping[str, Any]) -> None:
    """What is wrong with the words is said once, and nothing is done."""
    words = arguments["words"]
    if _changes(words) and (len(words) > 1 or not _changes(words[:1])):
        raise UsageError("renergy: one value is set at a time, and nothing is shown beside it")
    if _changes(words):
        _cap(words[0])
    elif unknown := [word for word in listed(words) if word not in (*_SHOWS, *_OF_OTHER_MAKES, "all")]:
        raise UsageError(f"renergy: {unknown[0]!r} is not one of {', '.join(_SHOWS)}, all")


@command(
    "renergy",
    fanout=1024,
    timeout=60,
    where=Where.CONTROLLER,
    changes=_changes,
    prepare=_check,
    completes={"words": Completes.NOTHING},
)
async def renergy(ctx: Ctx, node: Node, words: tuple[str, ...] = ()) -> None:
    """Say how much power nodes take, or set the limit on it.

    Shown: powerusage (now, least, most, mean), averageDC, cappingstatus, cappingvalue, all. Set: cappingstatus=on or off,
    cappingwatt=WATTS (or cappingvalue=WATTS). What only IBM's servers tell, such as savingstatus, is na.
    """
    energy = ctx.device(node).energy
    if _changes(words):
        await energy.set_cap(await _whole(energy, _cap(words[0])))
        words = (words[0].partition("=")[0].replace("cappingwatt", "cappingvalue"),)
    wanted = listed(words) or ["all"]
    for word in _SHOWS if "all" in wanted else wanted:
        if word in _OF_OTHER_MAKES:
            await ctx.say(_UNKNOWN, node=node.name, label=word)
        else:
            await _SHOWS[word](ctx, node, energy)


def _cap(assignment: str) -> Cap:
    """What is to be set. Raises UsageError."""
    word, _, value = assignment.partition("=")
    if word == "cappingstatus" and value in (*_ON, *_OFF):
        return Cap(None, active=value in _ON)
    if word in _LIMITS and value.isascii() and value.isdigit() and int(value):
        return Cap(int(value), active=False)
    if word == "cappingstatus":
        raise UsageError(f"renergy: cappingstatus is on or off, not {value!r}")
    if word in _LIMITS:
        raise UsageError(f"renergy: {word} is a number of watts, not {value!r}")
    raise UsageError(f"renergy: {word!r} cannot be set; what can is cappingstatus=on or off, cappingwatt=WATTS")


async def _whole(energy: Energy, cap: Cap) -> Cap:
    """A new limit leaves it as it is whether the limit is kept."""
    if cap.watts is None:
        return cap
    return Cap(cap.watts, (await energy.cap()).active)


async def _usage(ctx: Ctx, node: Node, energy: Energy) -> None:
    consumption = await energy.consumption()
    for label, value in _figures(consumption).items():
        await ctx.say(_UNKNOWN if value is None else f"{value:g}W", node=node.name, label=f"{label:<37}")


def _figures(consumption: Consumption) -> Mapping[str, float | None]:
    """In the order and words of xCAT."""
    return {
        "Current Power": consumption.now,
        "Minimum Power over sampling duration": consumption.least,
        "Maximum Power over sampling duration": consumption.most,
        "Average Power over sampling duration": consumption.mean,
    }


async def _average(ctx: Ctx, node: Node, energy: Energy) -> None:
    mean = (await energy.consumption()).mean
    await ctx.say(_UNKNOWN if mean is None else f"{mean:g} W", node=node.name, label="averageDC")


async def _status(ctx: Ctx, node: Node, energy: Energy) -> None:
    await ctx.say("on" if (await energy.cap()).active else "off", node=node.name, label="cappingstatus")


async def _value(ctx: Ctx, node: Node, energy: Energy) -> None:
    watts = (await energy.cap()).watts
    await ctx.say(_UNKNOWN if watts is None else f"{watts} W", node=node.name, label="cappingvalue")


_SHOWS: Mapping[str, Callable[[Ctx, Node, Energy], Awaitable[None]]] = {
    "powerusage": _usage,
    "averageDC": _average,
    "cappingstatus": _status,
    "cappingvalue": _value,
}
