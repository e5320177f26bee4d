"""`rsetboot`: its words, xCAT's lines, and what is said when a controller does not keep a choice."""

from __future__ import annotations

import pytest

from tests.helpers.memoryroom import Room
from xcatd.hardware import BootChoice, BootDevice


@pytest.mark.parametrize(
    ("word", "said", "device"),
    [
        ("net", "Network", BootDevice.NETWORK),
        ("hd", "Hard Drive", BootDevice.DISK),
        ("cd", "CD/DVD", BootDevice.CD),
        ("floppy", "Floppy", BootDevice.FLOPPY),
        ("setup", "BIOS Setup", BootDevice.SETUP),
        ("def", "BIOS default", BootDevice.DEFAULT),
        ("default", "BIOS default", BootDevice.DEFAULT),
    ],
)
async def test_each_device_has_xcats_name(room: Room, word: str, said: str, device: BootDevice) -> None:
    assert await room.ok(f"rsetboot n1 {word}") == f"n1: {said}\n"
    assert room.node().choice == BootChoice(device)
    assert await room.ok("rsetboot n1 stat") == f"n1: {said}\n"


async def test_the_options_make_it_persistent_and_uefi(room: Room) -> None:
    assert await room.ok("rsetboot n1 hd -p -u") == "n1: Hard Drive\n"
    assert room.node().choice == BootChoice(BootDevice.DISK, persistent=True, uefi=True)


@pytest.mark.parametrize("word", ["stat", "state", "status", ""])
async def test_without_a_choice_the_override_is_inactive(room: Room, word: str) -> None:
    assert await room.ok(f"rsetboot n1 {word}") == "n1: boot override inactive\n"


async def test_a_controller_that_does_not_keep_it_gets_a_warning_and_no_failure(room: Room) -> None:
    room.node().keeps = False
    seen = await room.desk.type("rsetboot n1 net")
    assert (seen.stdout, seen.status) == ("n1: boot override inactive\n", 0)
    assert seen.stderr == (
        "n1: [mn1]: Warning: net was accepted, but the controller says boot override inactive; look with: rsetboot n1 stat; if "
        "it stays so, choose in the firmware's own menu\n"
    )


async def test_the_firmwares_order_needs_no_confirmation(room: Room) -> None:
    room.node().keeps = False
    assert await room.ok("rsetboot n1 def") == "n1: boot override inactive\n"


@pytest.mark.parametrize(
    ("kept", "problem"),
    [
        (BootChoice(BootDevice.CD, persistent=True, uefi=True), "the controller says CD/DVD"),
        (BootChoice(BootDevice.NETWORK, uefi=True), "for the next start only"),
        (BootChoice(BootDevice.NETWORK, persistent=True), "not in UEFI mode"),
    ],
)
async def test_what_is_kept_only_in_part_is_told(room: Room, kept: BootChoice, problem: str) -> None:
    room.node().keeps = False
    room.node().choice = kept
    seen = await room.desk.type("rsetboot n1 net -p -u")
    assert seen.status == 0
    assert f"net was accepted, but {problem}; look with" in seen.stderr


async def test_a_word_that_is_no_device_stops_it_before_anything_is_done(room: Room) -> None:
    out, err = await room.failed("rsetboot n1-n3 tape")
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("Error: rsetboot: 'tape' is not one of net, hd, cd,")


async def test_who_has_no_boot_device_says_so(room: Room) -> None:
    room.node().lacks = {"boot device"}
    out, err = await room.failed("rsetboot n1,n2 net")
    assert out == "n2: Network\n"
    assert err == (
        "n1: [mn1]: Error: the memory driver knows nothing of a node's boot device: use another management method for it\n"
    )


async def test_a_method_without_a_driver_is_one_sentence(room: Room) -> None:
    await room.desk.fill(nodehm=[{"node": "n1", "mgt": "carrier"}])
    _, err = await room.failed("rsetboot n1 net")
    assert err == 'n1: [mn1]: Error: there is no driver for the management method "carrier"\n'
