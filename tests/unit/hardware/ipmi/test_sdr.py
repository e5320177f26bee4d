"""Sensor data records, and what becomes of those that are damaged. On real BMCs: see test_sensors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulators.stored import (
    AMPERES,
    FAN,
    POWER_SUPPLY,
    RPM,
    TEMPERATURE,
    VOLTAGE,
    VOLTS,
    WATCHDOG,
    Analog,
    Discrete,
    EventOnly,
    Locator,
    framed,
)
from xcatd.hardware.ipmi.formula import Formula
from xcatd.hardware.ipmi.sdr import FruLocator, SensorRecord, decode_record

LIMITS = (11, 12, 13, 21, 22, None)
RAIL = Analog(5, "Rail 12V", VOLTAGE, VOLTS, line=(6, -4, 2, -2), form=2, thresholds=LIMITS, lun=2)
ANY_SENSOR = {
    "full": RAIL.record(),
    "compact": Discrete(7, "PSU", POWER_SUPPLY, share=2).record(),
    "event only": EventOnly(15, "Watchdog", WATCHDOG).record(),
    "locator": Locator(3, "DIMM 1", modifier=1).record(),
}


def test_a_full_record() -> None:
    assert decode_record(RAIL.record()) == (
        SensorRecord(
            name="Rail 12V",
            owner=0x20,
            lun=2,
            number=5,
            sensor_type=VOLTAGE,
            event_type=1,
            formula=Formula(6, -4, 2, -2, 0, 2),
            unit="V",
            unit_code=VOLTS,
            thresholds=LIMITS,
            asks_thresholds=True,
        ),
    )


def test_a_sensor_that_only_has_events_is_not_readable() -> None:
    (dog,) = decode_record(ANY_SENSOR["event only"])
    assert isinstance(dog, SensorRecord)
    assert (dog.name, dog.key, dog.is_readable, dog.sensor_type) == ("Watchdog", (0x20, 0, 15), False, WATCHDOG)


def test_sensors_that_share_a_record_are_told_apart_by_their_numbers() -> None:
    supplies = decode_record(ANY_SENSOR["compact"])
    assert [(sensor.name, sensor.number) for sensor in supplies if isinstance(sensor, SensorRecord)] == [
        ("PSU1", 7),
        ("PSU2", 8),
    ]


@pytest.mark.parametrize(("first", "names"), [(0, ["FanA", "FanB"]), (25, ["FanZ", "FanAA"]), (52, ["FanBA", "FanBB"])])
def test_sensors_that_share_a_record_may_have_letters(first: int, names: list[str]) -> None:
    record = bytearray(Discrete(7, "Fan", FAN, share=2).record())
    record[23] |= 0x10
    record[24] = first
    assert [thing.name for thing in decode_record(bytes(record))] == names


def test_a_locator_of_a_memory_module() -> None:
    assert decode_record(ANY_SENSOR["locator"]) == (FruLocator("DIMM 1", 3, is_memory_module=True),)
    assert decode_record(Locator(4, "PSU", kind=0x09).record()) == (FruLocator("PSU", 4),)


@pytest.mark.parametrize(
    ("place", "octet"), [(5, 0x2C), (7, 0x00), (7, 0x88), (8, 0x10)], ids=["elsewhere", "physical", "lun", "channel"]
)
def test_a_unit_behind_another_controller_is_passed_over(place: int, octet: int) -> None:
    record = bytearray(ANY_SENSOR["locator"])
    record[place] = octet
    assert decode_record(bytes(record)) == ()


@pytest.mark.parametrize(
    ("flags", "base", "modifier", "unit"),
    [
        (0x00, RPM, 0, "RPM"),
        (0x01, 0, 0, "%"),
        (0x01, RPM, 0, "% RPM"),
        (0x02, 18, 22, "RPM/s"),
        (0x04, 6, 24, "W hr"),
        (0x18, 85, 0, "packets per s"),
        (0x00, AMPERES, 0, "A"),
        (0x00, 2, 0, "F"),
        (0x00, 200, 0, ""),
    ],
)
def test_units(flags: int, base: int, modifier: int, unit: str) -> None:
    record = bytearray(Analog(1, "x1", TEMPERATURE, 1).record())
    record[20:23] = bytes((flags, base, modifier))
    (sensor,) = decode_record(bytes(record))
    assert isinstance(sensor, SensorRecord)
    assert sensor.unit == unit


def test_a_record_with_a_latin_1_name_that_is_longer_than_the_record_has_what_there_is() -> None:
    record = Analog(1, "", TEMPERATURE, 1, text=bytes((0xDF,)) + b"Temp \xb0").record()
    assert [thing.name for thing in decode_record(record)] == ["Temp °"]


def test_records_that_say_nothing_of_sensors_and_parts_are_passed_over() -> None:
    assert decode_record(framed(0x12, bytes(16))) == ()
    assert decode_record(framed(0xC0, bytes(16))) == ()


@pytest.mark.parametrize("kind", ANY_SENSOR)
def test_a_record_that_is_cut_short_is_passed_over(kind: str) -> None:
    record = ANY_SENSOR[kind]
    name_at = {"full": 48, "compact": 32, "event only": 17, "locator": 16}[kind]
    assert all(decode_record(record[:length]) == () for length in range(name_at))
    assert decode_record(record[:name_at]) != ()


@given(st.sampled_from((0x01, 0x02, 0x03, 0x11)), st.binary(max_size=80))
def test_any_record_gives_something_or_nothing(kind: int, body: bytes) -> None:
    for thing in decode_record(bytes((0, 0, 0x51, kind, len(body))) + body):
        assert thing.name.isprintable()


@given(st.binary(max_size=8))
def test_no_beginning_of_a_record_breaks_it(record: bytes) -> None:
    decode_record(record)
