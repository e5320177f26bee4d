"""The state of the chassis in xCAT's words, with ipmitool as the judge."""

from __future__ import annotations

import pytest

from tests.unit.hardware.ipmi.conftest import Box
from tests.unit.hardware.ipmi.judges import fields, ipmitool
from xcatd.errors import NodeError
from xcatd.hardware.ipmi.chassisfacts import facts

STATUS = b"\x00\x01"
IPMITOOLS = {
    "Power Status": "System Power",
    "Power Overload": "Power Overload",
    "Power Interlock": "Power Interlock",
    "Power Fault": "Main Power Fault",
    "Power Control Fault": "Power Control Fault",
    "Chassis intrusion": "Chassis Intrusion",
    "Front Panel Lockout": "Front-Panel Lockout",
    "Drive Fault": "Drive Fault",
    "Cooling Fault": "Cooling/Fan Fault",
}
"""xCAT's name -> ipmitool's."""


def read(status: bytes) -> dict[str, str]:
    return {fact.name: fact.value for fact in facts(status)}


@pytest.mark.parametrize(("power", "misc"), [(False, 0x00), (True, 0x0F), (True, 0x05), (False, 0x0A)])
async def test_ipmitool_says_the_same(box: Box, power: bool, misc: int) -> None:
    box.brain.power, box.brain.light = power, misc
    ours = {fact.name: fact.value for fact in await box.device.chassis.chassis_facts()}
    judged = fields(await ipmitool(box.network, "chassis", "status"))
    assert {name: ours[name] for name in IPMITOOLS} == {name: judged[theirs] for name, theirs in IPMITOOLS.items()}


@pytest.mark.parametrize(
    ("status", "name", "value"),
    [
        (b"\x01\x00\x00", "Power Status", "on"),
        (b"\x02\x00\x00", "Power Overload", "true"),
        (b"\x04\x00\x00", "Power Interlock", "active"),
        (b"\x08\x00\x00", "Power Fault", "true"),
        (b"\x10\x00\x00", "Power Control Fault", "true"),
        (b"\x00\x00\x00", "Power Restore Policy", "Always off"),
        (b"\x20\x00\x00", "Power Restore Policy", "Last State"),
        (b"\x40\x00\x00", "Power Restore Policy", "Always on"),
        (b"\x60\x00\x00", "Power Restore Policy", "Unknown"),
        (b"\x00\x00\x00", "Last Power Event", ""),
        (b"\x00\x11\x00", "Last Power Event", "AC failed,By Request"),
        (b"\x00\x0e\x00", "Last Power Event", "Power overload,Interlock activated,Power Fault"),
        (b"\x00\x00\x40", "Identify Light", "off"),
        (b"\x00\x00\x50", "Identify Light", "on"),
        (b"\x00\x00\x60", "Identify Light", "on"),
        (b"\x00\x00\x70", "Identify Light", "unknown"),
        (b"\x01\x00\x00\x7f", "Power Status", "on"),
    ],
)
def test_each_bit_has_its_word(status: bytes, name: str, value: str) -> None:
    assert read(status)[name] == value


def test_a_bmc_that_does_not_tell_its_light_has_no_line_for_it() -> None:
    assert "Identify Light" not in read(b"\x01\x00\x30")


async def test_an_answer_that_is_cut_off_is_one_sentence(box: Box) -> None:
    box.brain.cuts[STATUS] = 2
    with pytest.raises(NodeError, match="Get Chassis Status"):
        await box.device.chassis.chassis_facts()
