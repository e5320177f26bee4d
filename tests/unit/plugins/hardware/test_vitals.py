"""`rvitals`: which sensors, in which order, and how readings are written."""

from __future__ import annotations

import pytest

from tests.helpers.memoryroom import Room
from xcatd.hardware import Health, Sensor, SensorKind
from xcatd.plugins.hardware.readings import shown

TEMPERATURE = Sensor("CPU 1 Temp", SensorKind.TEMPERATURE, 31, "C")
MEASURED = [
    Sensor("PSU 1", SensorKind.POWER, 120, "W"),
    TEMPERATURE,
    Sensor("Ambient Temp", SensorKind.TEMPERATURE, health=Health.UNKNOWN, unit="C"),
    Sensor("FAN 1", SensorKind.FAN, 4200, "RPM"),
    Sensor("12V", SensorKind.VOLTAGE, 12.096, "V", ("At or above upper critical threshold",), Health.CRITICAL),
    Sensor("I1", SensorKind.CURRENT, 1.25, "A"),
    Sensor("Fault LED", SensorKind.LED, states=("Lit",)),
]
ENERGY = "n1: Power Consumption: 120 Watts (410 BTUs/hr)\n"


@pytest.mark.parametrize(
    ("sensor", "text"),
    [
        (TEMPERATURE, "31 C (88 F)"),
        (Sensor("t", SensorKind.TEMPERATURE, -5.5, "C"), "-5.5 C (22 F)"),
        (Sensor("t", SensorKind.TEMPERATURE, 86, "F"), "86 F (30 C)"),
        (Sensor("w", SensorKind.POWER, 120, "W"), "120 Watts (410 BTUs/hr)"),
        (Sensor("f", SensorKind.FAN, 14000, "RPM"), "14000 RPM"),
        (Sensor("v", SensorKind.VOLTAGE, 12.096000000000002, "V"), "12.096 Volts"),
        (Sensor("i", SensorKind.CURRENT, 0.5, "A"), "0.5 Amps"),
        (Sensor("p", SensorKind.OTHER, 40, "%"), "40 %"),
        (Sensor("n", SensorKind.OTHER, 3), "3"),
        (Sensor("x", SensorKind.OTHER, health=Health.UNKNOWN), "N/A"),
        (Sensor("s", SensorKind.OTHER, states=("Presence detected", "Redundancy lost")),
         "(Presence detected,Redundancy lost)"),
        (Sensor("s", SensorKind.OTHER, states=("Device absent",), health=Health.UNKNOWN), "N/A                  (Device absent)"),
        (Sensor("l", SensorKind.LED, states=("Blinking",)), "Blinking"),
        (Sensor("t", SensorKind.TEMPERATURE, 31, "C", ("At or above upper critical threshold",)),
         "31 C (88 F)          (At or above upper critical threshold)"),
    ],
)  # fmt: skip
def test_readings_are_written_as_xcat_writes_them(sensor: Sensor, text: str) -> None:
    assert shown(sensor) == text


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("temp", "n1: Ambient Temp: N/A\nn1: CPU 1 Temp: 31 C (88 F)\n"),
        ("voltage", "n1: 12V: 12.096 Volts         (At or above upper critical threshold)\n"),
        ("fanspeed", "n1: FAN 1: 4200 RPM\n"),
        ("wattage", "n1: PSU 1: 120 Watts (410 BTUs/hr)\n"),
        ("power", f"n1: I1: 1.25 Amps\nn1: PSU 1: 120 Watts (410 BTUs/hr)\nn1: Power Status: off\n{ENERGY}"),
        ("energy", ENERGY),
        ("leds", "n1: Fault LED: Lit\n"),
        ("chassis", "n1: Power Status: off\nn1: Power Fault: false\n"),
        ("fanspeed,chassis", "n1: Power Status: off\nn1: Power Fault: false\nn1: FAN 1: 4200 RPM\n"),
        ("fanspeed energy", f"n1: FAN 1: 4200 RPM\n{ENERGY}"),
    ],
)
async def test_each_word_has_its_sensors_by_name(room: Room, word: str, said: str) -> None:
    room.node().measured = MEASURED
    assert await room.ok(f"rvitals n1 {word}") == said


@pytest.mark.parametrize("word", ["all", "", "temp,all"])
async def test_all_is_the_chassis_then_the_sensors_then_the_energy(room: Room, word: str) -> None:
    room.node().measured = MEASURED
    names = [line.split(": ")[1] for line in (await room.ok(f"rvitals n1 {word}")).splitlines()]
    sensors = ["12V", "Ambient Temp", "CPU 1 Temp", "FAN 1", "I1", "PSU 1", "Fault LED"]
    assert names == ["Power Status", "Power Fault", *sensors, "Power Consumption"]


async def test_a_system_without_lights_says_so(room: Room) -> None:
    room.node().measured = [TEMPERATURE]
    assert await room.ok("rvitals n1 leds") == "n1: LED status not supported on this system\n"


async def test_what_measures_no_energy_is_passed_over_unless_it_was_all_that_was_asked(room: Room) -> None:
    room.node().measured = MEASURED
    room.node().lacks = {"power consumption"}
    assert (await room.ok("rvitals n1 power")).endswith("n1: Power Status: off\n")
    _, err = await room.failed("rvitals n1 energy")
    assert err.startswith("n1: [mn1]: Error: the memory driver knows nothing of a node's power consumption")


async def test_who_knows_no_chassis_knows_the_power(room: Room) -> None:
    room.node().lacks = {"chassis"}
    assert await room.ok("rvitals n1 chassis") == "n1: Power Status: off\n"


async def test_a_wrong_word_is_said_once_whatever_the_nodes(room: Room) -> None:
    out, err = await room.failed("rvitals n1-n3 temp,humidity")
    assert out == ""
    assert err.startswith("Error: Unrecognized rvitals arguments humidity; write temp, ")
    assert err.count("\n") == 1
