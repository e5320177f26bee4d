"""Sensors: those of ipmi_sim as ipmitool sees them, and those of BMCs that do not do what the standard says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.simulators.bmcs import Bmc
from tests.simulators.stored import (
    CELSIUS,
    FAN,
    POWER_SUPPLY,
    RPM,
    TEMPERATURE,
    Analog,
    Discrete,
    EventOnly,
)
from tests.unit.hardware.ipmi.judges import ipmi_sensors, ipmitool
from tests.unit.hardware.ipmi.telling import furnished_bmc, teller
from tests.unit.hardware.places import endpoint_of
from tests.unit.hardware.reading_contract import Seen, SensorsContract, SensorsJudge
from xcatd.errors import BadCredentials, Busy, Unsupported
from xcatd.hardware import Controllers, Health, Sensor, SensorKind, Sensors, Thresholds

READING, THRESHOLDS, FACTORS = (0x04, 0x2D), (0x04, 0x27), (0x04, 0x23)
OK = 0xC0
"""The second octet of a reading: scanned, events enabled."""
CPU = Analog(1, "CPU1 Temp", TEMPERATURE, CELSIUS, thresholds=(None, None, None, 90, 95, 100))
BOARD = Analog(2, "Board Temp", TEMPERATURE, CELSIUS)
SUPPLY = Discrete(7, "PSU", POWER_SUPPLY)

HEALTH = {"ok": Health.OK, "nc": Health.WARNING, "cr": Health.CRITICAL, "nr": Health.FAILED, "na": Health.UNKNOWN}


@pytest.fixture(scope="module")
def bmc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bmc]:
    with furnished_bmc(41, tmp_path_factory.mktemp("sensors")) as started:
        yield started


class IpmitoolOnSensors:
    """`sensor`: name | value | unit | status | six thresholds; states of discrete sensors as `0x` and two octets."""

    def __init__(self, bmc: Bmc) -> None:
        self._bmc = bmc

    async def rows(self) -> list[list[str]]:
        lines = (await ipmitool(self._bmc, "sensor")).splitlines()
        return [[cell.strip() for cell in line.split("|")] for line in lines if "|" in line]

    async def seen(self) -> Mapping[str, Seen]:
        return {name: _seen(value, unit, status) for name, value, unit, status, *_ in await self.rows()}


def _seen(value: str, unit: str, status: str) -> Seen:
    if unit == "discrete":  # a supply that has lost its power is critical
        return Seen(None, Health.CRITICAL if int(status[2:4], 16) & 0x08 else Health.OK)
    return Seen(None if value == "na" else float(value), HEALTH[status])


class TestIpmi(SensorsContract):
    @pytest.fixture
    async def sensors(self, bmc: Bmc, controllers: Controllers) -> Sensors:
        return controllers.device("ipmi", endpoint_of(bmc)).sensors

    @pytest.fixture
    async def sensors_judge(self, bmc: Bmc) -> SensorsJudge:
        return IpmitoolOnSensors(bmc)

    async def test_names_units_and_order_are_those_of_ipmitool(self, sensors: Sensors, bmc: Bmc) -> None:
        words = {"C": "degrees C", "V": "Volts", "W": "Watts", "%": "percent", "RPM": "RPM"}
        rows = await IpmitoolOnSensors(bmc).rows()
        found = await sensors.sensors(timeout=10)
        assert [sensor.name for sensor in found] == [row[0] for row in rows]
        assert [words[sensor.unit] for sensor in found if sensor.value is not None] == [
            row[2] for row in rows if row[2] not in ("", "discrete")
        ]

    async def test_thresholds_are_those_of_ipmitool(self, sensors: Sensors, bmc: Bmc) -> None:
        rows = {row[0]: [None if cell == "na" else float(cell) for cell in row[4:10]] for row in await self._rows(bmc)}
        for sensor in await sensors.sensors(timeout=10):
            low, high = _sides(sensor.thresholds)
            assert [*reversed(low), *high] == rows[sensor.name], sensor.name

    async def test_a_threshold_that_was_moved_counts(self, sensors: Sensors, bmc: Bmc) -> None:
        await sensors.sensors(timeout=10)
        await ipmitool(bmc, "sensor", "thresh", "Inlet Temp", "unc", "20")
        try:
            inlet = (await sensors.sensors(timeout=10))[0]
            assert (inlet.thresholds.upper_warning, inlet.health) == (20.0, Health.WARNING)
            assert inlet.states == ("At or above upper non-critical threshold",)
        finally:
            await ipmitool(bmc, "sensor", "thresh", "Inlet Temp", "unc", "40")

    async def test_the_states_of_a_supply_are_in_words(self, sensors: Sensors, bmc: Bmc) -> None:
        supply = next(sensor for sensor in await sensors.sensors(timeout=10) if sensor.name == "PSU1 Status")
        said = await ipmitool(bmc, "sdr", "elist", "compact")
        assert "Presence detected, Power Supply AC lost" in said
        assert supply == Sensor(
            "PSU1 Status",
            SensorKind.OTHER,
            states=("Presence Detected", "Power Supply AC lost"),
            health=Health.CRITICAL,
        )

    async def _rows(self, bmc: Bmc) -> list[list[str]]:
        return await IpmitoolOnSensors(bmc).rows()


def _sides(thresholds: Thresholds) -> tuple[list[float | None], list[float | None]]:
    low = [thresholds.lower_warning, thresholds.lower_critical, thresholds.lower_failed]
    return low, [thresholds.upper_warning, thresholds.upper_critical, thresholds.upper_failed]


# What ipmi_sim does not do


async def test_a_user_without_more_rights_may_read(controllers: Controllers) -> None:
    async with teller(controllers, [CPU.record()]) as it:
        it.brain.role = 2
        it.archive.readings[1] = bytes((50, OK, 0))
        assert [sensor.value for sensor in await it.device.sensors.sensors()] == [50]


@pytest.mark.parametrize(
    "answer",
    [bytes((50, 0xE0, 0)), bytes((50, 0x80, 0)), 0xCB, 0xCD, 0xC1, 0xFF, 0xD5, b"", b"\x32"],
    ids=["unavailable", "not scanned", "absent", "illegal", "unknown", "unspecified", "off", "nothing", "cut"],
)
async def test_a_sensor_without_a_reading_is_unknown_and_the_others_are_read(
    controllers: Controllers, answer: bytes | int
) -> None:
    async with teller(controllers, [CPU.record(), BOARD.record()]) as it:
        it.archive.readings |= {1: answer, 2: bytes((31, OK, 0))}
        cpu, board = await it.device.sensors.sensors()
        assert cpu == Sensor("CPU1 Temp", SensorKind.TEMPERATURE, unit="C", health=Health.UNKNOWN)
        assert (board.value, board.health) == (31, Health.OK)


async def test_a_reading_without_a_state_is_a_reading(controllers: Controllers) -> None:
    async with teller(controllers, [BOARD.record(), SUPPLY.record()]) as it:
        it.archive.readings |= {2: bytes((31, OK)), 7: bytes((0, OK))}
        board, supply = await it.device.sensors.sensors()
        assert (board.value, board.states) == (31, ())
        assert (supply.states, supply.health) == ((), Health.OK)


async def test_a_user_who_may_not_is_told_so(controllers: Controllers) -> None:
    async with teller(controllers, [CPU.record()]) as it:
        it.archive.readings[1] = 0xD4
        with pytest.raises(BadCredentials, match="does not allow this"):
            await it.device.sensors.sensors()


async def test_a_sensor_that_is_busy_once_is_read_in_the_end(controllers: Controllers) -> None:
    async with teller(controllers, [CPU.record(), BOARD.record()]) as it:
        it.archive.readings |= {1: bytes((50, OK, 0)), 2: bytes((31, OK, 0))}
        it.archive.busy[1] = 1
        assert [sensor.value for sensor in await it.device.sensors.sensors()] == [50, 31]


async def test_a_sensor_that_is_always_busy_keeps_nobody_waiting(controllers: Controllers) -> None:
    async with teller(controllers, [CPU.record(), BOARD.record()]) as it:
        it.archive.readings |= {1: bytes((50, OK, 0)), 2: bytes((31, OK, 0))}
        it.archive.busy[1] = 1000
        assert [sensor.value for sensor in await it.device.sensors.sensors()] == [None, 31]
        assert it.asked(*READING, 1) == 2


async def test_a_bmc_that_is_busy_with_everything_is_asked_again(controllers: Controllers) -> None:
    async with teller(controllers, [CPU.record()]) as it:
        it.archive.readings[1] = bytes((50, OK, 0))
        it.archive.busy[1] = 3
        assert [sensor.value for sensor in await it.device.sensors.sensors()] == [50]


async def test_a_bmc_that_stays_busy_with_everything_is_reported(controllers: Controllers) -> None:
    async with teller(controllers, [CPU.record()]) as it:
        it.archive.busy[1] = 1000
        with pytest.raises(Busy, match=r'"Get Sensor Reading": node busy \(0xc0\); try again later'):
            await it.device.sensors.sensors(timeout=0.5)


async def test_the_line_of_a_nonlinear_sensor_is_asked_for_at_each_reading(controllers: Controllers) -> None:
    curved = Analog(4, "Flow", 0x0B, 0, linearization=0x70)
    async with teller(controllers, [curved.record()]) as it:
        it.archive.readings[4] = bytes((100, OK, 0))
        it.archive.factors[4, 100] = bytes((101, 3, 0, 5, 0, 0, 0x10))
        assert [sensor.value for sensor in await it.device.sensors.sensors()] == [3050]
        assert it.asked(*THRESHOLDS) == 0


@pytest.mark.parametrize("factors", [b"", b"\x65\x03\x00"])
async def test_a_nonlinear_sensor_without_its_line_has_no_reading(controllers: Controllers, factors: bytes) -> None:
    curved = Analog(4, "Flow", 0x0B, 0, linearization=0x71)
    async with teller(controllers, [curved.record()]) as it:
        it.archive.readings[4] = bytes((100, OK, 0))
        if factors:
            it.archive.factors[4, 100] = factors
        (flow,) = await it.device.sensors.sensors()
        assert (flow.value, flow.health) == (None, Health.UNKNOWN)


async def test_a_fan_that_counts_microseconds_has_its_thresholds_on_the_right_side(controllers: Controllers) -> None:
    fan = Analog(
        5, "Fan", FAN, RPM, line=(1, 0, 0, -4), linearization=7, thresholds=(None,) * 3 + (50, 100, 200), settable=False
    )
    async with teller(controllers, [fan.record()]) as it:
        it.archive.readings[5] = bytes((80, OK, 0x08))
        (found,) = await it.device.sensors.sensors()
        assert (found.value, found.unit, found.health) == (125, "RPM", Health.WARNING)
        assert found.states == ("At or below lower non-critical threshold",)
        assert found.thresholds == Thresholds(lower_warning=200, lower_critical=100, lower_failed=50)


async def test_thresholds_that_cannot_be_moved_are_not_asked_for(controllers: Controllers) -> None:
    fixed = Analog(1, "CPU1 Temp", TEMPERATURE, CELSIUS, thresholds=(None, None, None, 90, 95, None), settable=False)
    async with teller(controllers, [fixed.record()]) as it:
        it.archive.readings[1] = bytes((50, OK, 0))
        (cpu,) = await it.device.sensors.sensors()
        assert cpu.thresholds == Thresholds(upper_warning=90, upper_critical=95)
        assert it.asked(*THRESHOLDS) == 0


@pytest.mark.parametrize("answer", [0xC1, b"\x38\x00"], ids=["refused", "cut"])
async def test_thresholds_that_the_bmc_does_not_tell_are_those_of_its_record(
    controllers: Controllers, answer: bytes | int
) -> None:
    async with teller(controllers, [CPU.record()]) as it:
        it.archive.readings[1] = bytes((50, OK, 0))
        it.archive.thresholds[1] = answer
        (cpu,) = await it.device.sensors.sensors()
        assert cpu.thresholds == Thresholds(upper_warning=90, upper_critical=95, upper_failed=100)


async def test_a_record_for_several_sensors_makes_several(controllers: Controllers) -> None:
    async with teller(controllers, [Discrete(7, "PSU", POWER_SUPPLY, share=3).record()]) as it:
        it.archive.readings |= {7: bytes((0, OK, 1)), 8: bytes((0, OK, 2)), 9: 0xCB}
        found = [(sensor.name, sensor.states) for sensor in await it.device.sensors.sensors()]
        assert found == [("PSU1", ("Presence Detected",)), ("PSU2", ("Power Supply Failure Detected",)), ("PSU3", ())]


async def test_a_sensor_of_another_controller_is_not_read_from_this_one(controllers: Controllers) -> None:
    foreign = Analog(1, "ME Temp", TEMPERATURE, CELSIUS, owner=0x2C)
    async with teller(controllers, [foreign.record()]) as it:
        it.archive.readings[1] = bytes((50, OK, 0))
        (found,) = await it.device.sensors.sensors()
        assert (found.value, found.health) == (None, Health.UNKNOWN)
        assert it.asked(*READING) == 0


async def test_event_only_sensors_are_not_shown(controllers: Controllers) -> None:
    async with teller(controllers, [EventOnly(15, "Watchdog", 0x23).record(), BOARD.record()]) as it:
        it.archive.readings[2] = bytes((31, OK, 0))
        assert [sensor.name for sensor in await it.device.sensors.sensors()] == ["Board Temp"]


async def test_a_bmc_without_records_says_what_it_lacks(controllers: Controllers) -> None:
    async with teller(controllers) as it:
        it.brain.refuses |= {b"\x0a\x20": 0xC1, b"\x04\x20": 0xC1}
        with pytest.raises(Unsupported, match=r"has no sensor data records: it tells nothing of sensors"):
            await it.device.sensors.sensors()


async def test_two_who_ask_at_once_read_the_records_once(controllers: Controllers) -> None:
    async with teller(controllers, [CPU.record(), BOARD.record()]) as it:
        it.archive.readings |= {1: bytes((50, OK, 0)), 2: bytes((31, OK, 0))}
        first, second = await asyncio.gather(it.device.sensors.sensors(), it.device.sensors.sensors())
        assert first == second
        assert len(it.archive.sdrs.readings) == 2


LINES = {
    Analog(10, "plain", TEMPERATURE, CELSIUS): 77,
    Analog(11, "scaled", TEMPERATURE, CELSIUS, line=(6, -40, 1, -2)): 201,
    Analog(12, "finer offset", TEMPERATURE, CELSIUS, line=(3, 511, -2, 0)): 19,
    Analog(13, "ones", TEMPERATURE, CELSIUS, line=(1, -5, 1, -1), form=1): 0x88,
    Analog(14, "twos", TEMPERATURE, CELSIUS, line=(-512, 0, 0, -3), form=2): 0x88,
    **{
        Analog(20 + shape, f"shape {shape}", TEMPERATURE, CELSIUS, line=(3, 2, 1, -1), linearization=shape): 20 + shape
        for shape in range(1, 12)
    },
}


async def test_every_formula_gives_what_ipmitool_and_freeipmi_work_out(
    controllers: Controllers, tmp_path: Path
) -> None:
    async with teller(controllers, [sensor.record() for sensor in LINES]) as it:
        it.archive.readings |= {sensor.number: bytes((octet, OK, 0)) for sensor, octet in LINES.items()}
        mine = {sensor.name: sensor.value for sensor in await it.device.sensors.sensors()}
        tool = [line.split("|")[:2] for line in (await ipmitool(it.network, "sensor")).splitlines() if "|" in line]
        free = [line.split(",")[1:4] for line in (await ipmi_sensors(it.network, tmp_path)).splitlines()]
    assert mine == {name.strip(): pytest.approx(float(value), abs=0.0005, rel=1e-6) for name, value in tool}
    theirs = {name: pytest.approx(float(value), abs=0.005, rel=1e-6) for name, _, value in free}
    assert theirs.pop("shape 11") == 0  # cube roots are beyond freeipmi 1.6
    assert {name: mine[name] for name in theirs} == theirs
