"""The identify light, with freeipmi's ipmi-chassis as the judge; old BMCs, odd ones, and those that tell nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.simulators.bmcs import Bmc
from tests.unit.hardware.contract import BeaconContract, BeaconJudge
from tests.unit.hardware.ipmi.conftest import Box
from tests.unit.hardware.ipmi.judges import fields, ipmi_chassis, ipmitool
from tests.unit.hardware.places import endpoint_of
from xcatd.errors import NodeError, Unsupported
from xcatd.hardware import Beacon, BeaconState, Controllers

IDENTIFY, DEVICE_ID, STATUS = b"\x00\x04", b"\x06\x01", b"\x00\x01"
SD350 = bytes((0x20, 1, 2, 0x15, 0x02, 0xBF, *(19046).to_bytes(3, "little"), *(13616).to_bytes(2, "little")))
IPMI_15 = bytes((0x20, 1, 2, 0x15, 0x51, 0xBF, 0x91, 0x12, 0, 2, 0x0F))


class FreeipmiOnLight:
    def __init__(self, box: Box) -> None:
        self._box = box

    async def shines(self) -> bool:
        state = fields(await ipmi_chassis(self._box.network, "--get-chassis-status"))["Chassis Identify state"]
        return {"off": False, "Indefinite on": True}[state]


class TestIpmi(BeaconContract):
    @pytest.fixture
    async def beacon(self, box: Box) -> Beacon:
        return box.device.beacon

    @pytest.fixture
    async def beacon_judge(self, box: Box) -> BeaconJudge:
        return FreeipmiOnLight(box)


async def test_a_light_that_ipmitool_has_turned_on_for_a_while_is_on(box: Box) -> None:
    await ipmitool(box.network, "chassis", "identify", "30")
    assert await box.device.beacon.beacon_state() is BeaconState.ON


async def test_ipmi_cannot_blink_and_sends_nothing(box: Box) -> None:
    with pytest.raises(Unsupported, match="has no word for blinking: say on"):
        await box.device.beacon.set_beacon(BeaconState.BLINK)
    assert box.network.received == []


async def test_ipmi_15_knows_seconds_only(box: Box) -> None:
    box.registers.device = IPMI_15
    for state in (BeaconState.ON, BeaconState.OFF):
        await box.device.beacon.set_beacon(state)
    assert box.done(IDENTIFY) == [b"\xff", b"\x00"]


async def test_what_kind_of_bmc_it_is_is_asked_once(box: Box) -> None:
    for _ in range(3):
        await box.device.beacon.set_beacon(BeaconState.ON)
    assert len(box.done(DEVICE_ID)) == 1
    assert box.done(IDENTIFY) == [b"\x00\x01"] * 3


async def test_the_light_of_an_sd350_is_turned_on_in_its_own_way(box: Box) -> None:
    box.registers.device = SD350
    box.brain.parts.append(Lenovo())
    await box.device.beacon.set_beacon(BeaconState.ON)
    await box.device.beacon.set_beacon(BeaconState.OFF)
    assert box.done(b"\x3a\x06") == [b"\x01\x01"]
    assert box.done(IDENTIFY) == [b"\x00\x00"]


class Lenovo:
    """A part that takes Lenovo's own command."""

    def carry_out(self, command: tuple[int, int], data: bytes, privilege: int) -> tuple[int, bytes] | None:
        return (0, b"") if command == (0x3A, 0x06) else None


async def test_a_board_that_was_changed_for_another_make_is_found_out(box: Box) -> None:
    await box.device.beacon.set_beacon(BeaconState.ON)
    box.registers.device = IPMI_15
    box.brain.reboot()
    await box.device.beacon.set_beacon(BeaconState.OFF)
    await box.device.beacon.set_beacon(BeaconState.ON)
    assert box.done(IDENTIFY)[-1] == b"\xff"


async def test_a_bmc_that_does_not_tell_how_its_light_is_says_so(box: Box) -> None:
    box.brain.light = 0x20
    with pytest.raises(Unsupported, match="does not tell how its identify light is: look at the node"):
        await box.device.beacon.beacon_state()


async def test_a_bmc_without_a_light_says_so(box: Box) -> None:
    box.brain.refuses[IDENTIFY] = 0xC1
    with pytest.raises(Unsupported, match=r'refuses "Chassis Identify": invalid command \(0xc1\)'):
        await box.device.beacon.set_beacon(BeaconState.ON)


@pytest.mark.parametrize("length", range(3))
async def test_a_status_that_is_cut_off_is_an_error(box: Box, length: int) -> None:
    box.brain.cuts[STATUS] = length
    with pytest.raises(NodeError, match=rf'answers "Get Chassis Status" with {length} octets where at least 3 are due'):
        await box.device.beacon.beacon_state()


async def test_a_device_id_that_is_cut_off_is_an_error(box: Box) -> None:
    box.brain.cuts[DEVICE_ID] = 10
    with pytest.raises(NodeError, match=r'answers "Get Device ID" with 10 octets where at least 11 are due: reset it'):
        await box.device.beacon.set_beacon(BeaconState.ON)


async def test_a_power_state_that_is_cut_off_is_an_error_and_not_off(box: Box) -> None:
    box.brain.power = True
    box.brain.cuts[STATUS] = 0
    with pytest.raises(NodeError, match=r'answers "Get Chassis Status" with 0 octets'):
        await box.device.power.power_state()


async def test_ipmi_sim_has_no_light(controllers: Controllers, rack: Sequence[Bmc]) -> None:
    beacon = controllers.device("ipmi", endpoint_of(rack[1])).beacon
    with pytest.raises(Unsupported):
        await beacon.beacon_state()
