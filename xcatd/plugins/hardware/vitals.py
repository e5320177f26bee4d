"""`rvitals`: what the sensors of nodes say."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from xcatd.api import Completes, Ctx, Node, Unsupported, UsageError, Where, command
from xcatd.hardware import Device, Sensor, SensorKind
from xcatd.hardware.sensors import READING_TIMEOUT
from xcatd.plugins.hardware.readings import shown, watts
from xcatd.plugins.hardware.words import listed

_KINDS: Mapping[str, Collection[SensorKind]] = {
    "temp": (SensorKind.TEMPERATURE,),
    "voltage": (SensorKind.VOLTAGE,),
    "wattage": (SensorKind.POWER,),
    "fanspeed": (SensorKind.FAN,),
    "power": (SensorKind.CURRENT, SensorKind.POWER),
    "leds": (SensorKind.LED,),
}
_ALL = "all"
_OTHERS = ("energy", "chassis", _ALL)
_NO_LIGHTS = "LED status not supported on this system"


async def _check(ctx: Ctx, nodes: Sequence[str], arguments: Mapping[str, Any]) -> None:
    if unknown := [word for word in listed(arguments["words"]) if word not in (*_KINDS, *_OTHERS)]:
        raise UsageError(f"Unrecognized rvitals arguments {' '.join(unknown)}; write {', '.join((*_KINDS, *_OTHERS))}")


@command(
    "rvitals", fanout=1024, timeout=120, where=Where.CONTROLLER, prepare=_check, completes={"words": Completes.NOTHING}
)
async def rvitals(ctx: Ctx, node: Node, words: tuple[str, ...] = ()) -> None:
    """Say what the sensors of nodes measure.

    Words: temp, voltage, wattage, fanspeed, power (currents, watts and whether it is on), energy (what it takes), leds, chassis,
    all. Several may be given; without one it is all.
    """
    wanted = set(listed(words)) or {_ALL}
    device = ctx.device(node)
    everything = _ALL in wanted
    if everything or "chassis" in wanted:
        await _chassis(ctx, node, device)
    if everything or wanted.intersection(_KINDS):
        await _sensors(ctx, node, device, wanted)
    if "power" in wanted and not everything and "chassis" not in wanted:
        await ctx.say(await device.power.power_state(), node=node.name, label="Power Status")
    if wanted & {_ALL, "power", "energy"}:
        await _energy(ctx, node, device, alone=wanted == {"energy"})


async def _chassis(ctx: Ctx, node: Node, device: Device) -> None:
    """Every controller knows the power; not every one knows more."""
    try:
        facts = await device.chassis.chassis_facts()
    except Unsupported:
        await ctx.say(await device.power.power_state(), node=node.name, label="Power Status")
        return
    await ctx.node_lines((node.name, fact.name, fact.value) for fact in facts)


async def _sensors(ctx: Ctx, node: Node, device: Device, wanted: set[str]) -> None:
    """In the order of their names, as xCAT has them; the lights last."""
    kinds = None if _ALL in wanted else {kind for word in wanted for kind in _KINDS.get(word, ())}
    readings = await device.sensors.sensors(kinds, timeout=READING_TIMEOUT)
    found = sorted(readings, key=lambda sensor: (sensor.kind is SensorKind.LED, sensor.name))
    await ctx.node_lines((node.name, sensor.name, shown(sensor)) for sensor in found)
    if wanted & {_ALL, "leds"} and not any(_lights(found)):
        await ctx.say(_NO_LIGHTS, node=node.name)


def _lights(sensors: Collection[Sensor]) -> Iterator[Sensor]:
    return (sensor for sensor in sensors if sensor.kind is SensorKind.LED)


async def _energy(ctx: Ctx, node: Node, device: Device, *, alone: bool) -> None:
    """What the node takes; controllers that do not measure it are passed over, unless it is all that was asked for."""
    try:
        consumption = await device.energy.consumption()
    except Unsupported:
        if alone:
            raise
        return
    await ctx.say(watts(consumption.now), node=node.name, label="Power Consumption")
