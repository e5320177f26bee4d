"""What the tiny BMC tells of itself, as ipmitool reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.simulators.archive import told
from tests.simulators.responder import Responder, responder
from tests.simulators.stored import (
    POWER_SUPPLY,
    SPECIFIC,
    VOLTAGE,
    VOLTS,
    WATCHDOG,
    Analog,
    Discrete,
    EventOnly,
    Locator,
    Paper,
    event,
)
from tests.unit.hardware.ipmi.judges import fields, ipmitool

RAIL = Analog(5, "Rail 12V", VOLTAGE, VOLTS, line=(6, 0, 0, -2), thresholds=(190, 185, 180, 210, None, None))
RECORDS = [
    RAIL.record(),
    Discrete(7, "PSU1 Status", POWER_SUPPLY).record(),
    EventOnly(15, "Dog", WATCHDOG).record(),
    Locator(1, "Riser").record(),
]
EVENTS = [event(0x65000000, POWER_SUPPLY, 7, SPECIFIC, (0x03, 0, 0)), event(9, WATCHDOG, 15, SPECIFIC)]


@pytest.fixture
async def bmc() -> AsyncIterator[Responder]:
    brain, archive = told(RECORDS, EVENTS)
    archive.readings |= {5: bytes((200, 0xC0, 0xC0)), 7: bytes((0, 0xC0, 0x09))}
    archive.thresholds[5] = bytes((0x0F, 190, 185, 180, 210, 0, 0))
    archive.papers |= {
        0: Paper(product=("Maker", "Server", "7X99", "v1", "SN1", "asset1", "file")).octets(),
        1: Paper(board=("Maker", "Riser X", "R1", "RP", "file"), minutes=14_660_000).octets(),
    }
    async with responder(brain) as network:
        yield network


async def test_its_sensors(bmc: Responder) -> None:
    rows = [[cell.strip() for cell in line.split("|")] for line in (await ipmitool(bmc, "sensor")).splitlines()]
    assert rows[:2] == [
        ["Rail 12V", "12.000", "Volts", "ok", "10.800", "11.100", "11.400", "12.600", "na", "na"],
        ["PSU1 Status", "0x9", "discrete", "0x0900", "na", "na", "na", "na", "na", "na"],
    ]
    elist = await ipmitool(bmc, "sdr", "elist", "all")
    assert "Presence detected, Power Supply AC lost" in elist
    assert "Event-Only" in elist
    assert "Logical FRU @01h" in elist


async def test_its_parts(bmc: Responder) -> None:
    server, riser = [fields(await ipmitool(bmc, "fru", "print", number)) for number in ("0", "1")]
    assert (server["Product Name"], server["Product Serial"]) == ("Server", "SN1")
    assert (riser["Board Product"], riser["Board Mfg Date"]) == ("Riser X", "Wed Nov 15 13:20:00 2023 UTC")


async def test_its_log_which_can_be_cleared(bmc: Responder) -> None:
    listed = (await ipmitool(bmc, "sel", "elist")).splitlines()
    assert [cell.strip() for cell in listed[0].split("|")[3:]] == [
        "Power Supply PSU1 Status",
        "Power Supply AC lost",
        "Asserted",
    ]
    assert "Pre-Init" in listed[1]
    await ipmitool(bmc, "sel", "clear")
    assert "SEL has no entries" in await ipmitool(bmc, "sel", "list")


async def test_its_names(bmc: Responder) -> None:
    about = fields(await ipmitool(bmc, "mc", "info"))
    assert (about["Device ID"], about["Firmware Revision"], about["Manufacturer ID"]) == ("35", "2.15", "674")
