"""What every driver must do, on its own simulator: subclass a contract and provide the fixtures that it names."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

import pytest

from xcatd.errors import Unsupported, UsageError
from xcatd.hardware import (
    Beacon,
    BeaconState,
    Boot,
    BootChoice,
    BootDevice,
    Cap,
    Consumption,
    Energy,
    Power,
    PowerAction,
    PowerState,
    Settings,
)


class Judge(Protocol):
    """Somebody else's eyes: the state as a program that is not ours reads it, and what was done to the chassis."""

    async def state(self) -> str: ...

    def done(self) -> list[str]: ...


class PowerContract:
    """The fixtures are `power`, a node that is off, and `judge`, which looks at that node."""

    async def test_a_node_that_is_off_says_so(self, power: Power) -> None:
        assert await power.power_state(timeout=30) is PowerState.OFF

    async def test_on_returns_when_the_node_is_on_and_others_see_it_too(self, power: Power, judge: Judge) -> None:
        await power.set_power(PowerAction.ON, timeout=30)
        assert await power.power_state(timeout=30) is PowerState.ON
        assert await judge.state() == "on"

    async def test_off_returns_when_the_node_is_off_and_others_see_it_too(self, power: Power, judge: Judge) -> None:
        await power.set_power(PowerAction.ON, timeout=30)
        await power.set_power(PowerAction.OFF, timeout=30)
        assert await power.power_state(timeout=30) is PowerState.OFF
        assert await judge.state() == "off"

    @pytest.mark.parametrize("action", [PowerAction.ON, PowerAction.OFF])
    async def test_what_is_so_already_can_be_done_again(self, power: Power, action: PowerAction) -> None:
        await power.set_power(action, timeout=30)
        await power.set_power(action, timeout=30)
        assert await power.power_state(timeout=30) is action.promises

    async def test_reset_is_done_once_and_leaves_the_node_on(self, power: Power, judge: Judge) -> None:
        await power.set_power(PowerAction.ON, timeout=30)
        await power.set_power(PowerAction.RESET, timeout=30)
        assert await judge.state() == "on"
        assert judge.done().count("reset 1") == 1

    async def test_softoff_asks_the_operating_system(self, power: Power, judge: Judge) -> None:
        await power.set_power(PowerAction.ON, timeout=30)
        await power.set_power(PowerAction.SOFTOFF, timeout=30)
        assert "shutdown 1" in judge.done()

    async def test_cycle_takes_the_power_away(self, power: Power, judge: Judge) -> None:
        await power.set_power(PowerAction.ON, timeout=30)
        before = len(judge.done())
        await power.set_power(PowerAction.CYCLE, timeout=30)
        assert judge.done()[before] == "power 0"


class BootJudge(Protocol):
    """Somebody else's eyes on the boot device."""

    async def chosen(self) -> BootChoice | None: ...


DEVICES = [device for device in BootDevice if device is not BootDevice.DEFAULT]


class BootContract:
    """The fixtures are `boot`, of a node for which nothing was chosen, and `boot_judge`. A driver whose controllers lack a
    device names those they have in `devices`."""

    devices: Collection[BootDevice] = DEVICES

    async def test_at_first_nothing_is_chosen(self, boot: Boot, boot_judge: BootJudge) -> None:
        assert await boot.boot_choice(timeout=30) is None
        assert await boot_judge.chosen() is None

    async def test_a_choice_is_told_back_and_others_see_it_too(self, boot: Boot, boot_judge: BootJudge) -> None:
        for device in self.devices:
            choice = BootChoice(device)
            assert await boot.choose_boot(choice, timeout=30) == choice
            assert await boot.boot_choice(timeout=30) == choice
            assert await boot_judge.chosen() == choice

    @pytest.mark.parametrize("persistent", [False, True])
    @pytest.mark.parametrize("uefi", [False, True])
    async def test_once_or_for_good_by_bios_or_uefi(
        self, boot: Boot, boot_judge: BootJudge, persistent: bool, uefi: bool
    ) -> None:
        choice = BootChoice(BootDevice.NETWORK, persistent, uefi)
        assert await boot.choose_boot(choice, timeout=30) == choice
        assert await boot_judge.chosen() == choice

    async def test_the_default_takes_a_choice_back(self, boot: Boot, boot_judge: BootJudge) -> None:
        await boot.choose_boot(BootChoice(BootDevice.NETWORK, persistent=True), timeout=30)
        assert await boot.choose_boot(BootChoice(BootDevice.DEFAULT), timeout=30) is None
        assert await boot_judge.chosen() is None


class BeaconJudge(Protocol):
    """Somebody else's eyes on the identify light."""

    async def shines(self) -> bool: ...


class BeaconContract:
    """The fixtures are `beacon`, a light that is off, and `beacon_judge`."""

    async def test_a_light_is_turned_on_and_off_and_others_see_it(
        self, beacon: Beacon, beacon_judge: BeaconJudge
    ) -> None:
        assert await beacon.beacon_state(timeout=30) is BeaconState.OFF
        for state, shines in ((BeaconState.ON, True), (BeaconState.ON, True), (BeaconState.OFF, False)):
            await beacon.set_beacon(state, timeout=30)
            assert await beacon.beacon_state(timeout=30) is state
            assert await beacon_judge.shines() is shines


class SettingsContract:
    """The fixtures are `settings` and `wrong`: words with values that no controller can have."""

    async def test_every_word_that_can_be_read_is_read(self, settings: Settings) -> None:
        assert settings.readable
        for word in settings.readable:
            assert (await settings.setting(word, timeout=30)).label

    async def test_a_word_that_nobody_knows_is_named(self, settings: Settings) -> None:
        with pytest.raises(Unsupported, match='"colour"'):
            await settings.setting("colour", timeout=30)
        with pytest.raises(Unsupported, match='"colour"'):
            await settings.change_setting("colour", "red", timeout=30)

    async def test_a_value_that_cannot_be_is_a_usage_error(
        self, settings: Settings, wrong: Sequence[tuple[str, str]]
    ) -> None:
        assert wrong
        for word, value in wrong:
            assert word in settings.writable
            with pytest.raises(UsageError, match=word):
                await settings.change_setting(word, value, timeout=30)


class EnergyJudge(Protocol):
    """Somebody else's eyes on power consumption, in watts."""

    async def consumption(self) -> Consumption: ...

    async def cap(self) -> Cap: ...


class EnergyContract:
    """The fixtures are `energy`, of a node without a limit, and `energy_judge`."""

    async def test_the_consumption_is_what_others_see(self, energy: Energy, energy_judge: EnergyJudge) -> None:
        assert await energy.consumption(timeout=30) == await energy_judge.consumption()

    async def test_a_limit_is_set_kept_and_no_longer_kept(self, energy: Energy, energy_judge: EnergyJudge) -> None:
        assert not (await energy.cap(timeout=30)).active
        for cap in (Cap(300, active=True), Cap(250, active=True), Cap(250, active=False)):
            await energy.set_cap(cap, timeout=30)
            assert await energy.cap(timeout=30) == cap
            assert await energy_judge.cap() == cap

    async def test_a_limit_that_is_set_is_kept_again(self, energy: Energy, energy_judge: EnergyJudge) -> None:
        await energy.set_cap(Cap(300, active=False), timeout=30)
        await energy.set_cap(Cap(None, active=True), timeout=30)
        assert await energy.cap(timeout=30) == Cap(300, active=True)
        assert await energy_judge.cap() == Cap(300, active=True)
