"""What every driver of power must do, on its own simulator: subclass `PowerContract` and provide the two fixtures."""

from __future__ import annotations

from typing import Protocol

import pytest

from xcatd.hardware import Power, PowerAction, PowerState


class Judge(Protocol):
    """Somebody else's eyes: the state as a program that is not ours reads it, and what was done to the chassis."""

    async def state(self) -> str: ...

    def done(self) -> list[str]: ...


class PowerContract:
    """The fixtures are `power`, a node that is off, and `judge`, which looks at that node."""

    async def test_a_node_that_is_off_says_so(self, power: Power) -> None:
        assert await power.power_state(timeout=5) is PowerState.OFF

    async def test_on_returns_when_the_node_is_on_and_others_see_it_too(self, power: Power, judge: Judge) -> None:
        await power.set_power(PowerAction.ON, timeout=5)
        assert await power.power_state(timeout=5) is PowerState.ON
        assert await judge.state() == "on"

    async def test_off_returns_when_the_node_is_off_and_others_see_it_too(self, power: Power, judge: Judge) -> None:
        await power.set_power(PowerAction.ON, timeout=5)
        await power.set_power(PowerAction.OFF, timeout=5)
        assert await power.power_state(timeout=5) is PowerState.OFF
        assert await judge.state() == "off"

    @pytest.mark.parametrize("action", [PowerAction.ON, PowerAction.OFF])
    async def test_what_is_so_already_can_be_done_again(self, power: Power, action: PowerAction) -> None:
        await power.set_power(action, timeout=5)
        await power.set_power(action, timeout=5)
        assert await power.power_state(timeout=5) is action.promises

    async def test_reset_is_done_once_and_leaves_the_node_on(self, power: Power, judge: Judge) -> None:
        await power.set_power(PowerAction.ON, timeout=5)
        await power.set_power(PowerAction.RESET, timeout=5)
        assert await judge.state() == "on"
        assert judge.done().count("reset 1") == 1

    async def test_softoff_asks_the_operating_system(self, power: Power, judge: Judge) -> None:
        await power.set_power(PowerAction.ON, timeout=5)
        await power.set_power(PowerAction.SOFTOFF, timeout=5)
        assert "shutdown 1" in judge.done()

    async def test_cycle_takes_the_power_away(self, power: Power, judge: Judge) -> None:
        await power.set_power(PowerAction.ON, timeout=5)
        before = len(judge.done())
        await power.set_power(PowerAction.CYCLE, timeout=5)
        assert judge.done()[before] == "power 0"
