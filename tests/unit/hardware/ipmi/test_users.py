"""Accounts of a BMC, with ipmitool as the judge. That a new one can log in is seen on ipmi_sim, in test_sim.py."""

from __future__ import annotations

import logging

import pytest

from tests.simulators.registers import Account
from tests.unit.hardware.ipmi.conftest import Box
from tests.unit.hardware.ipmi.judges import ipmitool
from tests.unit.hardware.places import endpoint_of
from xcatd.errors import Busy, NodeError, Unsupported, UsageError
from xcatd.hardware import Controllers, PowerState, Setting

SET_ACCESS, SET_NAME, PASSWORD = b"\x06\x43", b"\x06\x45", b"\x06\x47"
GET_ACCESS, GET_NAME = b"\x06\x44", b"\x06\x46"
LONG = "twenty characters..."
NEW = [("userid", "3"), ("username", "new"), ("password", LONG)]


async def change(box: Box, *pairs: tuple[str, str]) -> list[Setting]:
    settings = box.device.settings
    return [await settings.change_setting(word, value) for word, value in pairs]


async def test_an_account_is_made(box: Box) -> None:
    assert await change(box, *NEW) == [
        Setting("BMC User ID", "3"),
        Setting("set username Done", ""),
        Setting("set password Done", ""),
    ]
    said = (await ipmitool(box.network, "user", "list", "1")).splitlines()
    assert said[3].split() == ["3", "new", "true", "false", "true", "ADMINISTRATOR"]
    assert "Success" in await ipmitool(box.network, "user", "test", "3", "20", LONG)
    assert box.registers.accounts[3].enabled


async def test_a_password_of_20_octets_logs_in(box: Box, controllers: Controllers) -> None:
    """ipmi_sim takes such a password and lets nobody in with it."""
    await change(box, ("userid", "2"), ("password", LONG))
    box.brain.password = box.registers.accounts[2].password.decode()
    power = controllers.device("ipmi", endpoint_of(box.network, password=LONG)).power
    assert await power.power_state() is PowerState.OFF
    assert "Chassis Power is off" in await ipmitool(box.network, "chassis", "power", "status", password=LONG)


async def test_a_password_comes_before_the_account_is_enabled(box: Box) -> None:
    await change(box, ("userid", "3"), ("password", "sixteen letters!"))
    set_it, enable, test_it = box.done(PASSWORD)
    assert (set_it, enable) == (b"\x03\x02sixteen letters!", b"\x03\x01")
    assert test_it == b"\x03\x03sixteen letters!"


async def test_a_name_alone_is_for_account_2_and_leaves_its_rights(box: Box) -> None:
    box.registers.accounts[2].privilege = 3
    await change(box, ("username", "boss"))
    assert box.registers.accounts[2].name == b"boss"
    assert box.registers.accounts[2].privilege == 3


async def test_a_password_after_a_name_is_for_the_same_account(box: Box) -> None:
    await change(box, ("username", "boss"), ("password", "new"))
    assert box.registers.accounts[2] == Account(b"boss", b"new", True, 0x10, 4)


async def test_a_password_alone_must_say_whose_it_is(box: Box) -> None:
    with pytest.raises(UsageError, match="say whose password it is: userid=<number> before it"):
        await change(box, ("password", "new"))
    assert box.network.received == []


async def test_a_new_password_leaves_an_operator_what_he_is(box: Box) -> None:
    box.registers.accounts[4] = Account(b"oper", b"old", True, 0x10, 3)
    await change(box, ("userid", "4"), ("password", "new"))
    assert box.registers.accounts[4] == Account(b"oper", b"new", True, 0x10, 3)


async def test_link_authentication_stays_as_it_was(box: Box) -> None:
    box.registers.accounts[4].access = 0x20
    await change(box, ("userid", "4"), ("username", "new"))
    assert box.registers.accounts[4].access == 0x30


async def test_the_accounts_are_listed(box: Box) -> None:
    box.registers.accounts[1].privilege, box.registers.accounts[1].access = 2, 0x10
    box.registers.accounts[4] = Account(b"oper\x1b[2J", b"x", True, 0x10, 3)
    listed = await box.device.settings.setting("users")
    assert listed == Setting(
        "BMC Users", "1 without a name (user, disabled); 2 admin (administrator); 4 oper [2J (operator)"
    )


async def test_an_account_that_the_bmc_keeps_for_itself_is_passed_over(box: Box) -> None:
    box.brain.refuses[GET_NAME + b"\x05"] = 0xCC
    assert await box.device.settings.setting("users") == Setting("BMC Users", "2 admin (administrator)")


async def test_a_bmc_that_is_too_busy_for_one_account_does_not_pass_it_over(box: Box) -> None:
    box.brain.refuses[GET_NAME + b"\x05"] = 0xC0
    with pytest.raises(Busy, match='refuses "Get User Name": node busy'):
        await box.device.settings.setting("users", timeout=0.3)


async def test_a_bmc_that_wants_the_place_of_a_password_gets_it(box: Box) -> None:
    box.brain.refuses[PASSWORD + b"\x03\x01"] = 0xC7
    with pytest.raises(Unsupported, match="request data length invalid"):
        await change(box, ("userid", "3"), ("password", "new"))
    assert box.done(PASSWORD + b"\x03\x01") == [b"", bytes(16)]


async def test_a_password_that_is_cut_off_silently_is_found_out_and_not_shown(
    box: Box, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    box.registers.longest = 15
    with pytest.raises(NodeError, match="accepts the password of account 3 and then does not know it") as refused:
        await change(box, ("userid", "3"), ("password", "sixteen letters!"))
    assert "sixteen" not in str(refused.value) + caplog.text


async def test_a_bmc_that_cannot_test_a_password_is_believed(box: Box) -> None:
    box.registers.tests_passwords = False
    assert (await change(box, *NEW))[-1] == Setting("set password Done", "")


async def test_a_password_is_in_no_log(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await change(box, *NEW)
    assert "setting of a controller" in caplog.text
    assert LONG not in caplog.text + "".join(str(vars(record)) for record in caplog.records)


@pytest.mark.parametrize(
    "step, name",
    [
        (SET_NAME, "Set User Name"),
        (SET_ACCESS, "Set User Access"),
        (GET_ACCESS, "Get User Access"),
        (PASSWORD + b"\x83\x02", "Set User Password"),
        (PASSWORD + b"\x03\x01", "Set User Password"),
    ],
)
async def test_a_step_that_is_refused_is_named(box: Box, step: bytes, name: str) -> None:
    box.brain.refuses[step] = 0xCC
    with pytest.raises(Unsupported, match=f'refuses "{name}": invalid data field in the request') as refused:
        await change(box, *NEW)
    assert LONG not in str(refused.value)


async def test_a_name_that_is_not_kept_is_an_error(box: Box) -> None:
    box.brain.cuts[GET_NAME] = 2
    with pytest.raises(NodeError, match='accepts the name of account 3 and calls it "ne": try another number'):
        await change(box, ("userid", "3"), ("username", "new"))


@pytest.mark.parametrize("step, length", [(GET_ACCESS, 3), (GET_NAME, 0)])
async def test_an_answer_that_is_cut_off_is_an_error(box: Box, step: bytes, length: int) -> None:
    box.brain.cuts[step] = length
    with pytest.raises(NodeError, match=f"with {length} octets where at least"):
        await box.device.settings.setting("users")
