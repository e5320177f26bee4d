"""The power of a virtual machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from xcatd.errors import NodeError
from xcatd.hardware.libvirt.binding import Connection, Domain, load
from xcatd.hardware.libvirt.domain import defined, find, start, state_of, stop
from xcatd.hardware.libvirt.guest import Guest
from xcatd.hardware.libvirt.hypervisor import Hypervisor
from xcatd.hardware.patience import DEFAULT_TIMEOUT
from xcatd.hardware.power import PowerAction, PowerState


class MachinePower:
    """Power as `xcatd.hardware.power.Power` has it. One that is not on its hypervisor yet is off, and `ON` makes it."""

    def __init__(self, hypervisor: Hypervisor, guest: Guest) -> None:
        self._hypervisor = hypervisor
        self._guest = guest

    async def power_state(self, *, timeout: float = DEFAULT_TIMEOUT) -> PowerState:
        return await self._hypervisor.ask(lambda connection: state_of(find(connection, self._guest)), timeout)

    async def set_power(self, action: PowerAction, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        await self._hypervisor.ask(partial(_DO[action], guest=self._guest), timeout)


def _on(connection: Connection, guest: Guest) -> None:
    domain = defined(connection, guest)
    if state_of(domain) is PowerState.SUSPENDED:
        _wake(domain)
    elif state_of(domain) is PowerState.OFF:
        start(connection, domain)


def _wake(domain: Domain) -> None:
    if domain.state()[0] == load().VIR_DOMAIN_PMSUSPENDED:
        domain.pMWakeup()
    else:
        domain.resume()


def _off(connection: Connection, guest: Guest) -> None:
    domain = find(connection, guest)
    if domain is not None and state_of(domain) is not PowerState.OFF:
        stop(connection, domain)


def _softoff(connection: Connection, guest: Guest) -> None:
    _running(connection, guest).shutdown()


def _reset(connection: Connection, guest: Guest) -> None:
    """Off and on, because a reset by QEMU would start from the same device as before, whatever has been chosen since."""
    start(connection, stop(connection, _running(connection, guest)))


def _cycle(connection: Connection, guest: Guest) -> None:
    domain = defined(connection, guest)
    if state_of(domain) is not PowerState.OFF:
        domain = stop(connection, domain)
    start(connection, domain)


def _diag(connection: Connection, guest: Guest) -> None:
    _running(connection, guest).injectNMI()


def _running(connection: Connection, guest: Guest) -> Domain:
    domain = find(connection, guest)
    if domain is None or state_of(domain) is PowerState.OFF:
        raise NodeError(f"the virtual machine is off: turn it on with rpower {guest.node} on")
    return domain


_DO: Mapping[PowerAction, Callable[..., None]] = {
    PowerAction.ON: _on,
    PowerAction.OFF: _off,
    PowerAction.SOFTOFF: _softoff,
    PowerAction.RESET: _reset,
    PowerAction.CYCLE: _cycle,
    PowerAction.DIAG: _diag,
}
