"""What `PowerContract` means for machines that have no chassis: each start has a number of its own."""

from __future__ import annotations

from typing import Any

import libvirt

from tests.unit.hardware.contract import Judge, PowerContract
from xcatd.hardware import Power, PowerAction

_STATES = {libvirt.VIR_DOMAIN_RUNNING: "on", libvirt.VIR_DOMAIN_SHUTOFF: "off", libvirt.VIR_DOMAIN_PAUSED: "paused"}


class MachineJudge:
    """The eyes of a connection that is not the driver's."""

    def __init__(self, connection: Any, name: str = "n1") -> None:
        self._connection = connection
        self._name = name

    @property
    def machine(self) -> Any:
        return self._connection.lookupByName(self._name)

    async def state(self) -> str:
        return _STATES[self.machine.state()[0]]

    def done(self) -> list[str]:
        """What the machine tells: the number of its start, or why it is off."""
        state, reason = self.machine.state()
        if state != libvirt.VIR_DOMAIN_SHUTOFF:
            return [f"start {self.machine.ID()}"]
        return ["shutdown 1"] if reason == libvirt.VIR_DOMAIN_SHUTOFF_SHUTDOWN else ["power 0"]


class MachinePowerContract(PowerContract):
    async def test_reset_is_done_once_and_leaves_the_node_on(self, power: Power, judge: Judge) -> None:
        await self._starts_anew(power, judge, PowerAction.RESET)

    async def test_cycle_takes_the_power_away(self, power: Power, judge: Judge) -> None:
        await self._starts_anew(power, judge, PowerAction.CYCLE)

    async def _starts_anew(self, power: Power, judge: Judge, action: PowerAction) -> None:
        await power.set_power(PowerAction.ON, timeout=20)
        before = judge.done()
        await power.set_power(action, timeout=20)
        assert await judge.state() == "on"
        assert judge.done() != before
