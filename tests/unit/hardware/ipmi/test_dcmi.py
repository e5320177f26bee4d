"""Power consumption and its limit, with ipmitool as the judge."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.simulators.bmcs import Bmc
from tests.unit.hardware.contract import EnergyContract, EnergyJudge
from tests.unit.hardware.ipmi.conftest import Box
from tests.unit.hardware.ipmi.judges import fields, ipmitool
from tests.unit.hardware.places import endpoint_of
from xcatd.errors import NodeError, Unsupported, UsageError
from xcatd.hardware import Cap, Consumption, Controllers, Energy

READING, GET_LIMIT, SET_LIMIT, ACTIVATE = b"\x2c\x02", b"\x2c\x03", b"\x2c\x04", b"\x2c\x05"


def number(text: str) -> int:
    return int(text.split()[0])


class IpmitoolOnEnergy:
    def __init__(self, box: Box) -> None:
        self._box = box

    async def consumption(self) -> Consumption:
        said = fields(await ipmitool(self._box.network, "dcmi", "power", "reading"))
        assert said["Power reading state is"] == "activated"
        return Consumption(
            number(said["Instantaneous power reading"]),
            number(said["Minimum during sampling period"]),
            number(said["Average power reading over sample period"]),
            number(said["Maximum during sampling period"]),
        )

    async def cap(self) -> Cap:
        said = fields(await ipmitool(self._box.network, "dcmi", "power", "get_limit"))
        active = {"No Active Power Limit": False, "Power Limit Active": True}[said["Current Limit State"]]
        return Cap(number(said["Power Limit"]) or None, active)


class TestIpmi(EnergyContract):
    @pytest.fixture
    async def energy(self, box: Box) -> Energy:
        return box.device.energy

    @pytest.fixture
    async def energy_judge(self, box: Box) -> EnergyJudge:
        return IpmitoolOnEnergy(box)


async def test_no_limit_is_set_at_first(box: Box) -> None:
    assert await box.device.energy.cap() == Cap(None, active=False)


async def test_a_new_limit_leaves_the_rest_as_it_was(box: Box) -> None:
    box.registers.power.limit = (1, 400, 6000, 30)
    await box.device.energy.set_cap(Cap(350, active=True))
    assert box.registers.power.limit == (1, 350, 6000, 30)


async def test_a_first_limit_does_nothing_when_it_cannot_be_kept_and_is_measured_each_second(box: Box) -> None:
    await box.device.energy.set_cap(Cap(350, active=True))
    assert box.registers.power.limit == (0, 350, 1000, 1)


async def test_what_ipmitool_limits_is_seen(box: Box) -> None:
    await ipmitool(box.network, "dcmi", "power", "set_limit", "limit", "275")
    await ipmitool(box.network, "dcmi", "power", "activate")
    assert await box.device.energy.cap() == Cap(275, active=True)


@pytest.mark.parametrize("watts", [0, -5, 65536])
async def test_a_limit_that_cannot_be_is_not_even_sent(box: Box, watts: int) -> None:
    with pytest.raises(UsageError, match=rf"a limit of {watts} W cannot be: choose one from 1 to 65535"):
        await box.device.energy.set_cap(Cap(watts, active=True))
    assert box.network.received == []


async def test_a_limit_that_the_hardware_cannot_keep_is_refused_in_words_and_not_activated(box: Box) -> None:
    with pytest.raises(Unsupported, match=r'"DCMI Set Power Limit": the power limit is out of its range \(0x84\)'):
        await box.device.energy.set_cap(Cap(5000, active=True))
    assert box.done(ACTIVATE) == []


async def test_a_limit_that_was_never_set_cannot_be_kept(box: Box) -> None:
    with pytest.raises(Unsupported, match=r'"DCMI Activate Power Limit": no power limit is set \(0x80\)'):
        await box.device.energy.set_cap(Cap(None, active=True))


async def test_a_bmc_that_measures_nothing_now_says_so(box: Box) -> None:
    box.registers.power.is_measured = False
    with pytest.raises(Unsupported, match="it measures no power now: turn power measurement on"):
        await box.device.energy.consumption()


@pytest.mark.parametrize("question", [READING, GET_LIMIT], ids=["reading", "limit"])
async def test_a_bmc_without_dcmi_says_so(box: Box, question: bytes) -> None:
    box.brain.refuses[b"\x2c"] = 0xC1
    ask = box.device.energy.consumption if question == READING else box.device.energy.cap
    with pytest.raises(Unsupported, match=r'refuses "DCMI Get Power (Reading|Limit)": invalid command \(0xc1\)'):
        await ask()


@pytest.mark.parametrize("length", [0, 1, 17])
async def test_a_reading_that_is_cut_off_is_an_error(box: Box, length: int) -> None:
    box.brain.cuts[READING] = length
    with pytest.raises(NodeError, match=rf"with {length} octets where at least 18 are due"):
        await box.device.energy.consumption()


@pytest.mark.parametrize("length", [0, 1, 13])
async def test_a_limit_that_is_cut_off_is_an_error_or_none(box: Box, length: int) -> None:
    box.brain.cuts[GET_LIMIT] = length
    assert await box.device.energy.cap() == Cap(None, active=False)  # some say nothing when there is none
    box.registers.power.is_kept = True
    with pytest.raises(NodeError, match=rf"with {length} octets where at least 14 are due"):
        await box.device.energy.cap()


async def test_an_answer_about_something_else_is_an_error(box: Box) -> None:
    box.registers.power.mark = 0x00
    with pytest.raises(NodeError, match="with the mark 0x00 where that of DCMI is due"):
        await box.device.energy.consumption()


async def test_ipmi_sim_knows_no_dcmi(controllers: Controllers, rack: Sequence[Bmc]) -> None:
    with pytest.raises(Unsupported, match="DCMI Get Power Reading"):
        await controllers.device("ipmi", endpoint_of(rack[1])).energy.consumption()
