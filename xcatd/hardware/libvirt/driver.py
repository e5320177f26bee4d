"""The driver for virtual machines: hypervisors by their URI, and what is offered of a machine on them."""

from __future__ import annotations

from xcatd.hardware.boot import Boot
from xcatd.hardware.bootorder import BootOrder
from xcatd.hardware.console import Console
from xcatd.hardware.driver import Driver
from xcatd.hardware.endpoint import Endpoint
from xcatd.hardware.inventory import Inventory
from xcatd.hardware.libvirt.boot import MachineBoot, MachineBootOrder
from xcatd.hardware.libvirt.console import MachineConsole
from xcatd.hardware.libvirt.guest import Guest
from xcatd.hardware.libvirt.hypervisor import Hypervisor
from xcatd.hardware.libvirt.inventory import MachineInventory
from xcatd.hardware.libvirt.machine import LibvirtMachine
from xcatd.hardware.libvirt.power import MachinePower
from xcatd.hardware.limits import Limits
from xcatd.hardware.machine import Machine
from xcatd.hardware.power import Power

LOST = 3
"""How often a hypervisor that swallows all threads gets new ones, before some of the old ones have come back."""


class Libvirt(Driver):
    name = "libvirt"

    def __init__(self, limits: Limits) -> None:
        self._idle = limits.idle
        self._hypervisors: dict[str, Hypervisor] = {}
        self._lost: dict[str, list[Hypervisor]] = {}

    def power(self, endpoint: Endpoint) -> Power:
        return MachinePower(*self._bound(endpoint))

    def boot(self, endpoint: Endpoint) -> Boot:
        return MachineBoot(*self._bound(endpoint))

    def boot_order(self, endpoint: Endpoint) -> BootOrder:
        return MachineBootOrder(*self._bound(endpoint))

    def inventory(self, endpoint: Endpoint) -> Inventory:
        return MachineInventory(*self._bound(endpoint))

    def machine(self, endpoint: Endpoint) -> Machine:
        return LibvirtMachine(*self._bound(endpoint))

    def console(self, endpoint: Endpoint) -> Console:
        return MachineConsole(*self._bound(endpoint))

    def close(self) -> None:
        while self._hypervisors:
            _, hypervisor = self._hypervisors.popitem()
            hypervisor.close()

    def _bound(self, endpoint: Endpoint) -> tuple[Hypervisor, Guest]:
        assert isinstance(endpoint, Guest), "an endpoint of another driver"
        return self._hypervisor(endpoint.host), endpoint

    def _hypervisor(self, uri: str) -> Hypervisor:
        """The one at this URI. One from whose calls nothing comes back is left alone, and begun with anew: it may have been
        repaired since."""
        known = self._hypervisors.get(uri)
        if known is not None and known.is_stuck and self._give_up(known):
            known = None
        if known is None:
            known = self._hypervisors[uri] = Hypervisor(uri, self._idle)
        return known

    def _give_up(self, stuck: Hypervisor) -> bool:
        lost = [other for other in self._lost.get(stuck.uri, ()) if other.is_stuck]
        if len(lost) < LOST:
            self._lost[stuck.uri] = [*lost, stuck]
            stuck.close()
        return len(lost) < LOST
