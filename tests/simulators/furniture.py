"""What a furnished BMC of the rack has: sensors, replaceable units and an event log, as commands for ipmi_sim.

One of the sensors has a record and is not there, one unit has a locator and no description, as it happens in the field;
one sensor has the number of another one, under another LUN.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from tests.simulators.stored import (
    CELSIUS,
    FAN,
    MEMORY,
    OTHER,
    POWER_SUPPLY,
    RPM,
    SPECIFIC,
    TEMPERATURE,
    VOLTAGE,
    VOLTS,
    WATCHDOG,
    WATTS,
    Analog,
    Discrete,
    EventOnly,
    Locator,
    Paper,
    event,
)

GUID = "8a2f5b10-0c3e-4d91-9a77-1122334455"
"""All of it but the last two digits, which are the BMC's number."""
FRU_SIZE = 512
NO = None

READINGS: dict[Analog, int] = {
    Analog(1, "Inlet Temp", TEMPERATURE, CELSIUS, thresholds=(5, 2, NO, 40, 45, 50)): 24,
    Analog(2, "CPU1 Temp", TEMPERATURE, CELSIUS, thresholds=(NO, NO, NO, 90, 95, 100)): 96,
    Analog(3, "Rail -12V", VOLTAGE, VOLTS, line=(1, 0, 0, -1), form=2): 0x88,
    Analog(4, "Fan1", FAN, RPM, line=(50, 0, 0, 0), thresholds=(20, 10, NO, NO, NO, NO)): 120,
    Analog(5, "Rail 12V", VOLTAGE, VOLTS, line=(6, 0, 0, -2), thresholds=(190, 185, 180, 210, 215, 220)): 200,
    Analog(6, "Sys Power", OTHER, WATTS, line=(4, 10, 1, 0)): 60,
    Analog(9, "CPU Load", OTHER, 0, percent=True): 37,
    Analog(1, "Riser Temp", TEMPERATURE, CELSIUS, lun=1): 33,
}
MISSING = Analog(8, "PCIe Temp", TEMPERATURE, CELSIUS, thresholds=(NO, NO, NO, 80, 90, NO))
SUPPLY = Discrete(7, "PSU1 Status", POWER_SUPPLY)
DOG = EventOnly(15, "Watchdog", WATCHDOG)
POWER_UNIT, ABSENT = Locator(1, "PSU1", kind=0x09), Locator(2, "PSU2", kind=0x09)
RECORDS = [
    *(sensor.record() for sensor in (*READINGS, MISSING)),
    SUPPLY.record(),
    DOG.record(),
    POWER_UNIT.record(),
    ABSENT.record(),
]

ASSERTED, OVER = 0x01, 0x81
EVENTS = (
    event(30, WATCHDOG, 15, SPECIFIC, (0x00, 0xFF, 0xFF)),
    event(0x65000000, TEMPERATURE, 2, ASSERTED, (0x59, 96, 95)),
    event(0x65000005, TEMPERATURE, 2, OVER, (0x57, 88, 90)),
    event(0x65000010, POWER_SUPPLY, 7, SPECIFIC, (0x03, 0xFF, 0xFF)),
    event(0x65000020, MEMORY, 0x99, SPECIFIC, (0xB1, 0xFF, 0x04), owner=0x21),
    struct.pack("<HBI3s6s", 0, 0xC1, 0x65000030, b"\x57\x01\x00", b"\x01\x02\x03\x04\x05\x06"),
    struct.pack("<HB13s", 0, 0xE1, bytes(range(13))),
    struct.pack("<HB2s11s", 0, 0xF0, b"\x20\x00", b"Fatal exce"),
)


def main_paper(index: int) -> bytes:
    """The FRU data of the system, with a serial number of its own."""
    return Paper(
        chassis=("CH-PART", f"CHS{index:05d}"),
        board=("SimVendor", "SimBoard X1", f"BRD{index:05d}", "BP-100", ""),
        product=(
            "SimVendor",
            "SimServer 9000",
            "7X99CTO1WW",
            "v1",
            f"SN{index:06d}",
            f"asset{index}",
            "",
            "Rack edition",
        ),
        minutes=14_660_000,
    ).octets()


def unit_paper() -> bytes:
    return Paper(product=("SimPower", "PSU 900W", "PS-900", "r2", "PSN42", "")).octets()


def guid(index: int) -> str:
    """As it is written; the BMC sends it in the order of SMBIOS."""
    return f"{GUID}{index:02x}"


def furnish(index: int, directory: Path) -> str:
    """The commands that furnish BMC number `index`, whose files are in `directory`."""
    (directory / "fru0").write_bytes(main_paper(index).ljust(FRU_SIZE, b"\0"))
    (directory / "fru1").write_bytes(unit_paper().ljust(FRU_SIZE, b"\0"))
    return "\n".join(_commands()) + "\n"


def _commands() -> Iterator[str]:
    yield "sel_enable 0x20 1000 0x0a"
    for record in RECORDS:
        yield f"main_sdr_add 0x20 {_octets(record)}"
    for sensor, reading in READINGS.items():
        yield from _analog(sensor, reading)
    yield f"sensor_add 0x20 0 {SUPPLY.number} {SUPPLY.kind} {SUPPLY.event_type}"
    yield f"sensor_set_bit_clr_rest 0x20 0 {SUPPLY.number} 0 1 0"
    yield f"sensor_set_bit 0x20 0 {SUPPLY.number} 3 1 0"
    yield _watched(0, SUPPLY.number, "000000000001011")
    yield f'mc_add_fru_data 0x20 0 {FRU_SIZE} file 0 "fru0"'
    yield f'mc_add_fru_data 0x20 1 {FRU_SIZE} file 0 "fru1"'
    for entry in EVENTS:
        yield f"sel_add 0x20 {_octets(entry[2:])}"


def _analog(sensor: Analog, reading: int) -> Iterator[str]:
    yield f"sensor_add 0x20 {sensor.lun} {sensor.number} {sensor.kind} 1"
    if any(octet is not None for octet in sensor.thresholds):
        mask = "".join("0" if octet is None else "1" for octet in reversed(sensor.thresholds))
        values = " ".join(str(octet or 0) for octet in reversed(sensor.thresholds))
        yield f"sensor_set_threshold 0x20 {sensor.lun} {sensor.number} settable {mask} {values}"
    yield _watched(sensor.lun, sensor.number, "000111111111111")
    yield f"sensor_set_value 0x20 {sensor.lun} {sensor.number} {reading} 0"


def _watched(lun: int, number: int, bits: str) -> str:
    return f"sensor_set_event_support 0x20 {lun} {number} enable scanning per-state {bits} {bits} {bits} {bits}"


def _octets(octets: bytes) -> str:
    return " ".join(f"0x{octet:02x}" for octet in octets)
