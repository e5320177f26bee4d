"""The boot device, with ipmitool as the judge; and BMCs that refuse, ignore or garble it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tests.simulators.bmcs import Bmc
from tests.unit.hardware.contract import BootContract, BootJudge
from tests.unit.hardware.ipmi.conftest import Box
from tests.unit.hardware.ipmi.judges import ipmitool
from tests.unit.hardware.places import endpoint_of
from xcatd.errors import Busy, NodeError, TimedOut, Unsupported
from xcatd.hardware import Boot, BootChoice, BootDevice, Controllers

SET, GET = b"\x00\x08", b"\x00\x09"
TIMER, FLAGS = SET + b"\x03", SET + b"\x05"
BEGIN, COMMIT, END = SET + b"\x00\x01", SET + b"\x00\x02", SET + b"\x00\x00"

SELECTORS = {
    "Force PXE": BootDevice.NETWORK,
    "Force Boot from default Hard-Drive": BootDevice.DISK,
    "Force Boot from CD/DVD": BootDevice.CD,
    "Force Boot into BIOS Setup": BootDevice.SETUP,
    "Force Boot from Floppy/primary removable media": BootDevice.FLOPPY,
}
"""What ipmitool prints."""


class IpmitoolOnBoot:
    """`chassis bootparam get 5`."""

    def __init__(self, box: Box) -> None:
        self._box = box

    async def chosen(self) -> BootChoice | None:
        said = await ipmitool(self._box.network, "chassis", "bootparam", "get", "5")
        assert "Boot parameter 5 is valid/unlocked" in said
        if "Boot Flag Invalid" in said:
            return None
        device = next(device for words, device in SELECTORS.items() if f"Boot Device Selector : {words}\n" in said)
        return BootChoice(device, "apply to all future boots" in said, "BIOS EFI boot" in said)


class TestIpmi(BootContract):
    @pytest.fixture
    async def boot(self, box: Box) -> Boot:
        return box.device.boot

    @pytest.fixture
    async def boot_judge(self, box: Box) -> BootJudge:
        return IpmitoolOnBoot(box)


async def test_what_ipmitool_chooses_is_seen(box: Box) -> None:
    await ipmitool(box.network, "chassis", "bootdev", "bios", "options=efiboot,persistent")
    assert await box.device.boot.boot_choice() == BootChoice(BootDevice.SETUP, persistent=True, uefi=True)


async def test_the_timer_is_off_before_the_choice_which_is_begun_and_ended(box: Box) -> None:
    await box.device.boot.choose_boot(BootChoice(BootDevice.NETWORK))
    flags = FLAGS + bytes((0x80, 4, 0, 0, 0))
    assert box.brain.asked == [TIMER + b"\x08", BEGIN, flags, COMMIT, END, GET + b"\x05\x00\x00"]


@pytest.mark.parametrize("step", [TIMER, BEGIN, END], ids=["timer", "begin", "end"])
async def test_a_bmc_without_timer_or_progress_is_forgiven(box: Box, step: bytes) -> None:
    box.brain.refuses[step] = 0x80
    choice = BootChoice(BootDevice.DISK)
    assert await box.device.boot.choose_boot(choice) == choice


async def test_what_another_console_has_left_in_progress_is_ended(box: Box) -> None:
    box.registers.boot.values[0] = b"\x01"
    await box.device.boot.choose_boot(BootChoice(BootDevice.DISK))
    assert box.registers.boot.values[0] == b"\x00"


@pytest.mark.parametrize(
    "step, code, kind, words",
    [
        (TIMER, 0xD5, Unsupported, "not supported in the present state"),
        (FLAGS, 0x80, Unsupported, r"no such parameter \(0x80\); it cannot do this"),
        (FLAGS, 0xCC, Unsupported, "invalid data field in the request"),
        (FLAGS, 0x9E, NodeError, "completion code 0x9e; look it up in the manual"),
        (FLAGS, 0xC0, Busy, "node busy"),
        (GET, 0x83, Unsupported, r"refuses \"Get System Boot Options\": the parameter can only be written"),
    ],
)
async def test_a_step_that_is_refused_ends_the_change_and_is_named(
    box: Box, step: bytes, code: int, kind: type[NodeError], words: str
) -> None:
    box.brain.refuses[step] = code
    with pytest.raises(kind, match=words) as refused:
        await box.device.boot.choose_boot(BootChoice(BootDevice.NETWORK), timeout=1)
    assert type(refused.value) is kind
    assert box.registers.boot.values[0] == b"\x00"


async def test_a_bmc_that_accepts_a_device_and_does_not_keep_it_is_told_from_one_that_does(box: Box) -> None:
    box.registers.boot.ignores = True
    assert await box.device.boot.choose_boot(BootChoice(BootDevice.NETWORK)) is None
    assert box.done(FLAGS)


async def test_flags_that_are_locked_count_for_nothing(box: Box) -> None:
    box.registers.boot.values[5] = bytes((0x80, 4, 0, 0, 0))
    assert await box.device.boot.boot_choice() == BootChoice(BootDevice.NETWORK)
    box.registers.boot.locked = True
    assert await box.device.boot.boot_choice() is None


@pytest.mark.parametrize(
    "code, device",
    [(0x0C, BootDevice.DISK), (0x1C, BootDevice.FLOPPY), (0x20, BootDevice.CD), (0x2C, BootDevice.DISK)],
)
async def test_devices_that_only_others_choose_have_a_name_of_ours(box: Box, code: int, device: BootDevice) -> None:
    box.registers.boot.values[5] = bytes((0x80, code, 0, 0, 0))
    assert await box.device.boot.boot_choice() == BootChoice(device)


async def test_a_device_that_the_standard_does_not_know_is_an_error_that_names_it(box: Box) -> None:
    box.registers.boot.values[5] = bytes((0x80, 0x38, 0, 0, 0))
    with pytest.raises(NodeError, match=r"with a boot device \(0x38\) that the standard does not name"):
        await box.device.boot.boot_choice()


async def test_a_caller_who_goes_away_in_the_middle_leaves_nothing_in_progress(box: Box) -> None:
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        choosing = tasks.create_task(box.device.boot.choose_boot(BootChoice(BootDevice.NETWORK)))
        await box.network.until(lambda: bool(box.done(BEGIN)))
        assert box.registers.boot.values[0] == b"\x01"
        choosing.cancel()
    assert box.registers.boot.values[0] == b"\x00"


async def test_a_bmc_that_dies_in_the_middle_is_reported_at_the_deadline(box: Box) -> None:
    await box.device.boot.boot_choice()
    box.network.dies_after = 2
    with pytest.raises(TimedOut, match=r"has stopped answering within 0\.3 s"):
        await box.device.boot.choose_boot(BootChoice(BootDevice.NETWORK), timeout=0.3)


@pytest.mark.parametrize("length", range(4))
async def test_an_answer_that_is_cut_off_is_an_error(box: Box, length: int) -> None:
    box.brain.cuts[GET] = length
    with pytest.raises(NodeError, match=rf'answers "Get System Boot Options" with {length} octets where at least 4'):
        await box.device.boot.boot_choice()


@pytest.mark.parametrize(
    "device, name", [(BootDevice.NETWORK, "pxe"), (BootDevice.CD, "cdrom"), (BootDevice.SETUP, "bios")]
)
async def test_ipmi_sim_takes_the_device_and_never_tells_it(
    controllers: Controllers, rack: Sequence[Bmc], device: BootDevice, name: str
) -> None:
    boot = controllers.device("ipmi", endpoint_of(rack[1])).boot
    assert await boot.choose_boot(BootChoice(device)) is None
    assert rack[1].journal[-1] == f"boot {name}"
