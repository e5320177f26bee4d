"""Entries of event logs in words."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulators.stored import CELSIUS, MEMORY, POWER_SUPPLY, SPECIFIC, TEMPERATURE, WATCHDOG, Analog, event
from xcatd.hardware import Event, Health
from xcatd.hardware.ipmi.sdr import SensorRecord, decode_record
from xcatd.hardware.ipmi.selentry import NO_NAMES, Names, decode_entry

WHEN = 0x65000000
MOMENT = datetime.fromtimestamp(WHEN, UTC)
ASSERTED, OVER = 0x01, 0x81
(CPU,) = decode_record(Analog(2, "CPU1 Temp", TEMPERATURE, CELSIUS, line=(1, 0, 0, -1)).record())
(CURVED,) = decode_record(Analog(3, "Flow", 0x0B, 0, linearization=0x70).record())
assert isinstance(CPU, SensorRecord)
assert isinstance(CURVED, SensorRecord)
NAMES = Names({CPU.key: CPU, CURVED.key: CURVED}, {4: "DIMM 4"})
SYSTEM_FIRMWARE, SYSTEM_EVENT, SLOT, HEALTH, BOOT, VERSION, STATE = 0x0F, 0x12, 0x21, 0x28, 0x1D, 0x2B, 0x2C


def said(entry: bytes, names: Names = NAMES) -> tuple[str, str, Health]:
    found = decode_entry(entry, names, 0)
    return found.source, found.text, found.health


def test_a_threshold_that_was_passed_with_its_numbers() -> None:
    entry = struct.pack("<H", 0x1234) + event(WHEN, TEMPERATURE, 2, ASSERTED, (0x59, 96, 95))[2:]
    assert decode_entry(entry, NAMES, 0) == Event(
        "4660",
        MOMENT,
        "CPU1 Temp",
        "Temperature, Upper Critical - going high reading 9.6 C with threshold 9.5 C",
        Health.CRITICAL,
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ((0x09, 96, 95), "Upper Critical - going high"),
        ((0x49, 96, 95), "Upper Critical - going high reading 9.6 C"),
        ((0x19, 96, 95), "Upper Critical - going high"),
    ],
    ids=["no numbers", "no threshold", "no reading"],
)
def test_numbers_that_are_not_there_are_not_shown(data: tuple[int, int, int], words: str) -> None:
    assert said(event(WHEN, TEMPERATURE, 2, ASSERTED, data))[1] == f"Temperature, {words}"


def test_numbers_of_a_sensor_that_is_not_known_are_not_guessed() -> None:
    entry = event(WHEN, TEMPERATURE, 2, ASSERTED, (0x59, 96, 95))
    assert said(entry, NO_NAMES) == ("Sensor 0x02", "Temperature, Upper Critical - going high", Health.CRITICAL)
    nonlinear = event(WHEN, 0x0B, 3, ASSERTED, (0x57, 96, 95))
    assert said(nonlinear)[1].endswith("going high reading 0x60 with threshold 0x5f")


def test_what_is_over_says_so_and_is_no_trouble() -> None:
    assert said(event(WHEN, TEMPERATURE, 2, OVER, (0x09, 0, 0))) == (
        "CPU1 Temp",
        "Temperature, Upper Critical - going high - Recovered",
        Health.OK,
    )


def test_a_sensor_is_known_by_its_owner_too() -> None:
    assert said(event(WHEN, TEMPERATURE, 2, ASSERTED, owner=0x2C))[0] == "Sensor 0x02"


@pytest.mark.parametrize(
    ("kind", "event_type", "data", "words", "health"),
    [
        (POWER_SUPPLY, SPECIFIC, (0x03, 0xFF, 0xFF), "Power Supply, Power Supply AC lost", Health.CRITICAL),
        (
            POWER_SUPPLY,
            SPECIFIC,
            (0x36, 0xFF, 0x04),
            "Power Supply, Configuration error Voltage mismatch",
            Health.WARNING,
        ),
        (POWER_SUPPLY, 0x0B, (0x01, 0xFF, 0xFF), "Power Supply, Redundancy Lost", Health.CRITICAL),
        (MEMORY, SPECIFIC, (0xB1, 0xFF, 0x04), "Memory, Uncorrectable ECC Memory module 4", Health.FAILED),
        (MEMORY, SPECIFIC, (0x00, 0xFF, 0xFF), "Memory, Correctable ECC", Health.WARNING),
        (WATCHDOG, SPECIFIC, (0xC1, 0x04, 0xFF), "Watchdog 2, Hard Reset OS", Health.OK),
        (SYSTEM_EVENT, SPECIFIC, (0xC5, 0x80, 0xFF), "System Event, BMC Time synchronization event After", Health.OK),
        (BOOT, SPECIFIC, (0xC7, 0x03, 0xFF), "System Boot Initiated, Restart Power button", Health.OK),
        (0xC8, SPECIFIC, (0x05, 0, 0), "OEM Sensor Type 200, OEM Sensor Event 5", Health.OK),
        (TEMPERATURE, 0x72, (0x05, 0, 0), "Temperature, OEM Sensor Event 5", Health.OK),
        (HEALTH, SPECIFIC, (0xF5, 0x80, 0x04), "Management Subsystem Health, FRU failure DIMM 4", Health.WARNING),
    ],
)
def test_states_and_what_is_added_to_them(
    kind: int, event_type: int, data: tuple[int, int, int], words: str, health: Health
) -> None:
    assert said(event(WHEN, kind, 0x70, event_type, data))[1:] == (words, health)


@pytest.mark.parametrize("stamp", [0, 30, 0x1FFFFFFF, 0xFFFFFFFF])
def test_a_bmc_that_did_not_know_the_time_has_none(stamp: int) -> None:
    assert decode_entry(event(stamp, TEMPERATURE, 2, ASSERTED), NAMES, 0).when is None


def test_the_difference_of_the_clocks_is_taken_off() -> None:
    entry = event(WHEN, TEMPERATURE, 2, ASSERTED)
    assert decode_entry(entry, NAMES, 3600).when == datetime.fromtimestamp(WHEN - 3600, UTC)


def test_entries_of_vendors_are_shown_as_they_are() -> None:
    stamped = struct.pack("<HBI3s6s", 1, 0xC1, WHEN, b"\x57\x01\x00", b"\x01\x02\x03\x04\x05\x06")
    assert decode_entry(stamped, NAMES, 0) == Event(
        "1", MOMENT, "OEM", "Unknown OEM SEL Type c1: manufacturer 343: 01 02 03 04 05 06"
    )
    timeless = struct.pack("<HB13s", 2, 0xE1, bytes(range(13)))
    assert decode_entry(timeless, NAMES, 0) == Event("2", None, "OEM", f"SEL Type e1: {bytes(range(13)).hex(' ')}")
    other = struct.pack("<HBI9s", 3, 0x55, WHEN, bytes(range(9)))
    assert decode_entry(other, NAMES, 0) == Event("3", MOMENT, "BMC", f"SEL Type 55: {bytes(range(9)).hex(' ')}")


def test_the_last_words_of_linux() -> None:
    entry = struct.pack("<HB2s11s", 9, 0xF0, b"\x20\x00", b"Fatal exce\0")
    assert decode_entry(entry, NAMES, 0) == Event("9", None, "OS", "Linux kernel panic: Fatal exce", Health.CRITICAL)


@given(st.binary(min_size=16, max_size=16), st.floats(-1e9, 1e9))
def test_any_entry_has_words(entry: bytes, ahead: float) -> None:
    found = decode_entry(entry, NAMES, ahead)
    assert found.source
    assert found.text.isprintable()


@given(st.integers(0, 255), st.sampled_from((0x01, 0x03, 0x6F, 0x81, 0xEF)), st.tuples(*[st.integers(0, 255)] * 3))
def test_any_system_event_has_words(kind: int, event_type: int, data: tuple[int, int, int]) -> None:
    assert said(event(WHEN, kind, 2, event_type, data))[1].isprintable()
