"""States of sensors in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.hardware import Health
from xcatd.hardware.ipmi.states import discrete_states, threshold_state
from xcatd.hardware.ipmi.words import sensor_type_words, state_words

SPECIFIC, SUPPLY, PROCESSOR = 0x6F, 0x08, 0x07


@pytest.mark.parametrize(
    ("bits", "words", "health"),
    [
        (0xC0, (), Health.OK),  # the two reserved bits are set
        (0x01, ("At or below lower non-critical threshold",), Health.WARNING),
        (0x03, ("At or below lower critical threshold",), Health.CRITICAL),
        (0x07, ("At or below lower non-recoverable threshold",), Health.FAILED),
        (0x08, ("At or above upper non-critical threshold",), Health.WARNING),
        (0x18, ("At or above upper critical threshold",), Health.CRITICAL),
        (0x38, ("At or above upper non-recoverable threshold",), Health.FAILED),
        (
            0x09,
            ("At or above upper non-critical threshold", "At or below lower non-critical threshold"),
            Health.WARNING,
        ),
    ],
)
def test_the_worst_threshold_that_was_passed(bits: int, words: tuple[str, ...], health: Health) -> None:
    assert threshold_state(bits) == (words, health)


def test_what_falls_while_its_octet_rises_is_told_the_other_way_round() -> None:
    assert threshold_state(0x18, is_falling=True)[0] == ("At or below lower critical threshold",)


@pytest.mark.parametrize(
    ("event_type", "sensor_type", "bits", "words", "health"),
    [
        (SPECIFIC, SUPPLY, b"\x01\x00", ("Presence Detected",), Health.OK),
        (SPECIFIC, SUPPLY, b"\x09\x80", ("Presence Detected", "Power Supply AC lost"), Health.CRITICAL),
        (
            SPECIFIC,
            PROCESSOR,
            b"\x80\x04",
            ("Processor Presence Detected", state_words(SPECIFIC, 7, 10)),
            Health.WARNING,
        ),
        (SPECIFIC, PROCESSOR, b"\x02", ("Thermal Trip",), Health.FAILED),
        (0x03, 0x01, b"\x02\x00", ("State Asserted",), Health.OK),
        (0x0B, 0x08, b"\x02\x00", ("Redundancy Lost",), Health.CRITICAL),
        (SPECIFIC, 0xC8, b"\x02\x00", ("OEM Sensor Event 1",), Health.OK),
        (0x72, 0x08, b"\x00\x40", ("OEM Sensor Event 14",), Health.OK),
        (SPECIFIC, SUPPLY, b"", (), Health.OK),
    ],
)
def test_all_states_that_hold(
    event_type: int, sensor_type: int, bits: bytes, words: tuple[str, ...], health: Health
) -> None:
    assert discrete_states(event_type, sensor_type, bits) == (words, health)


def test_a_sensor_type_of_a_vendor_has_its_number() -> None:
    assert (sensor_type_words(0x0C), sensor_type_words(0xC8)) == ("Memory", "OEM Sensor Type 200")


@given(st.integers(0, 127), st.integers(0, 255), st.binary(max_size=4))
def test_any_state_has_words(event_type: int, sensor_type: int, bits: bytes) -> None:
    words, health = discrete_states(event_type, sensor_type, bits)
    assert all(words)
    assert health is not Health.UNKNOWN
