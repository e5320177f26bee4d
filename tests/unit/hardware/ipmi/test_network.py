"""A BMC whose network is changed under our feet: it moves, with or without a last word, or is cut off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tests.simulators.registers import Registers, with_registers
from tests.simulators.responder import Responder, responder
from tests.unit.hardware.places import endpoint_of
from xcatd.errors import TimedOut
from xcatd.hardware import Limits, Setting
from xcatd.hardware.ipmi.driver import Ipmi
from xcatd.hardware.ipmi.settings import IpmiSettings

IP, MAC, VLAN = 3, 5, 20
NEW = "127.0.0.77"
SETTLES_WITHIN = 0.3


@asynccontextmanager
async def moving(last_word: bool, parameter: int = IP) -> AsyncIterator[tuple[Registers, Responder, Responder]]:
    """A BMC at its old place, and its new one, where it is silent until `parameter` was changed; then the old one is.

    Without a `last_word` the answer to the change itself is lost.
    """
    brain, registers = with_registers()
    async with responder(brain) as old, responder(brain, NEW, old.place[1]) as new:
        new.silent = True

        def move(number: int) -> None:
            if number == parameter:
                old.silent, new.silent = True, False
                if not last_word:
                    old.loses_answers.add(old.answers)

        registers.lan.changed = move
        yield registers, old, new


@asynccontextmanager
async def settings_of(bmc: Responder) -> AsyncIterator[IpmiSettings]:
    """As the driver makes them, and less patient with a BMC that has moved."""
    driver, endpoint = Ipmi(Limits(repeat_after=0.1)), endpoint_of(bmc)
    try:
        yield IpmiSettings(
            lambda: driver.controller(endpoint),
            lambda host: driver.controller(replace(endpoint, host=host)),
            settles_within=SETTLES_WITHIN,
        )
    finally:
        driver.close()


@pytest.mark.parametrize("last_word", [True, False], ids=["says so", "is gone at once"])
async def test_a_bmc_that_moves_is_found_where_it_should_be(last_word: bool) -> None:
    async with moving(last_word) as (registers, old, _), settings_of(old) as settings:
        assert await settings.change_setting("ip", NEW) == Setting("BMC IP", NEW)
        assert registers.lan.values[0] == b"\x00"  # the change was ended, there


async def test_a_bmc_that_moves_to_where_we_do_not_see_it_is_reported_as_accepted() -> None:
    async with moving(last_word=True) as (_, old, new), settings_of(old) as settings:
        new.dies_after = 0
        changed = await settings.change_setting("ip", NEW)
        note = "accepted, but the BMC does not answer since: check its network, and ipmi.bmc"
        assert changed == Setting("BMC IP", f"{NEW} ({note})")


async def test_another_bmc_that_has_the_address_already_is_not_taken_for_it() -> None:
    async with moving(last_word=True) as (_, old, new), settings_of(old) as settings:
        other, registers = with_registers()
        registers.lan.values[MAC], registers.lan.values[IP] = bytes(6), bytes((127, 0, 0, 77))
        new.bmc = other
        changed = await settings.change_setting("ip", NEW)
        assert "accepted, but the BMC does not answer since" in changed.value


async def test_a_bmc_that_is_gone_before_it_has_accepted_is_an_error() -> None:
    async with moving(last_word=False) as (_, old, new), settings_of(old) as settings:
        new.dies_after = 0
        with pytest.raises(
            TimedOut, match=rf'since it was asked for "BMC IP {NEW}": look whether it can be reached now'
        ):
            await settings.change_setting("ip", NEW)


async def test_a_bmc_that_leaves_for_another_vlan_is_reported() -> None:
    async with moving(last_word=True, parameter=VLAN) as (_, old, _), settings_of(old) as settings:
        changed = await settings.change_setting("vlan", "30")
        assert changed.label == "BMC VLAN ID enabled"
        assert changed.value.startswith("30 (accepted, but the BMC does not answer since")


async def test_a_bmc_that_takes_its_time_keeps_its_old_address_and_says_so() -> None:
    async with moving(last_word=True, parameter=-1) as (registers, old, _), settings_of(old) as settings:
        registers.lan.ignores = True
        changed = await settings.change_setting("ip", NEW)
        assert changed == Setting("BMC IP", f"10.0.0.5 (requested {NEW}, not yet reflected)")


async def test_what_follows_a_move_is_set_at_the_new_place() -> None:
    async with moving(last_word=True) as (_, old, _), settings_of(old) as settings:
        await settings.change_setting("ip", NEW)
        old.received.clear()
        assert await settings.change_setting("gateway", "127.0.0.2") == Setting("BMC Gateway", "127.0.0.2")
        assert await settings.setting("netmask") == Setting("BMC Netmask", "255.255.255.0")
        assert old.received == []
