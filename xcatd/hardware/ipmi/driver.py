"""The ipmi driver: all BMCs of this daemon on one transport, their sessions kept for a bounded time and number."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from xcatd.hardware.beacon import Beacon
from xcatd.hardware.boot import Boot
from xcatd.hardware.chassis import Chassis
from xcatd.hardware.console import Console
from xcatd.hardware.driver import Driver
from xcatd.hardware.endpoint import Endpoint
from xcatd.hardware.energy import Energy
from xcatd.hardware.events import EventLog
from xcatd.hardware.inventory import Inventory
from xcatd.hardware.ipmi.chassis import ChassisPower
from xcatd.hardware.ipmi.controller import Controller
from xcatd.hardware.ipmi.transport import Transport
from xcatd.hardware.limits import Limits
from xcatd.hardware.power import Power
from xcatd.hardware.sensors import Sensors
from xcatd.hardware.settings import Settings

if TYPE_CHECKING:
    from xcatd.hardware.ipmi.notes import Notebook

LOOKS = 5
"""How often, in the time that an unused session is kept, somebody looks for such sessions."""
GOODBYES = 50
"""Sessions closed in one look: a few milliseconds of the loop."""


class Ipmi(Driver):
    """Controllers are kept in the order of their last use. All but power is imported when it is first asked for: together it
    would hold up the first `rpower` by 40 ms."""

    name = "IPMI"

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pause = limits.idle / LOOKS
        self._loop = asyncio.get_running_loop()
        self._transport = Transport(limits)
        self._controllers: dict[Endpoint, Controller] = {}
        self._typed: dict[str, int] = {}
        self._sweeper: asyncio.TimerHandle | None = None

    def power(self, endpoint: Endpoint) -> Power:
        return ChassisPower(lambda: self.controller(endpoint))

    def boot(self, endpoint: Endpoint) -> Boot:
        from xcatd.hardware.ipmi.boot import IpmiBoot

        return IpmiBoot(lambda: self.controller(endpoint))

    def beacon(self, endpoint: Endpoint) -> Beacon:
        from xcatd.hardware.ipmi.identify import IpmiBeacon

        return IpmiBeacon(lambda: self.controller(endpoint))

    def chassis(self, endpoint: Endpoint) -> Chassis:
        from xcatd.hardware.ipmi.chassisfacts import IpmiChassis

        return IpmiChassis(lambda: self.controller(endpoint))

    def sensors(self, endpoint: Endpoint) -> Sensors:
        from xcatd.hardware.ipmi.sensors import IpmiSensors

        return IpmiSensors(lambda: self.controller(endpoint), self._notebook, endpoint.place)

    def inventory(self, endpoint: Endpoint) -> Inventory:
        from xcatd.hardware.ipmi.inventory import IpmiInventory

        return IpmiInventory(lambda: self.controller(endpoint), self._notebook, endpoint.place)

    def event_log(self, endpoint: Endpoint) -> EventLog:
        from xcatd.hardware.ipmi.sel import IpmiEventLog

        return IpmiEventLog(lambda: self.controller(endpoint), self._notebook, endpoint.place)

    def energy(self, endpoint: Endpoint) -> Energy:
        from xcatd.hardware.ipmi.dcmi import DcmiEnergy

        return DcmiEnergy(lambda: self.controller(endpoint))

    def settings(self, endpoint: Endpoint) -> Settings:
        from xcatd.hardware.ipmi.settings import IpmiSettings

        return IpmiSettings(
            lambda: self.controller(endpoint), lambda host: self.controller(replace(endpoint, host=host))
        )

    def console(self, endpoint: Endpoint) -> Console:
        from xcatd.hardware.ipmi.solconsole import SolConsole

        return SolConsole(endpoint, self._transport, self._typed)

    @cached_property
    def _notebook(self) -> Notebook:
        """What was learned about the sensors and parts of BMCs."""
        from xcatd.hardware.ipmi.notes import Notebook

        return Notebook(self._limits.sessions)

    def controller(self, endpoint: Endpoint) -> Controller:
        """The endpoint's controller: the one remembered, or a new one in the place of the least recently used."""
        controller = self._controllers.pop(endpoint, None)
        if controller is None:
            self._make_room()
            controller = Controller(endpoint, self._transport)
        self._controllers[endpoint] = controller
        if self._sweeper is None:
            self._sweeper = self._loop.call_later(self._pause, self._sweep)
        return controller

    def close(self) -> None:
        """Say goodbye to every BMC, and wait for none."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        while self._controllers:
            _, controller = self._controllers.popitem()
            controller.close()
        self._transport.close()

    def _make_room(self) -> None:
        if len(self._controllers) < self._limits.sessions:
            return
        oldest = next((endpoint for endpoint, kept in self._controllers.items() if not kept.is_busy), None)
        if oldest is not None:
            self._controllers.pop(oldest).close()

    def _sweep(self) -> None:
        """Close sessions that were idle for too long. What was learned about their BMCs stays."""
        too_old = self._loop.time() - self._limits.idle
        kept = [controller for controller in self._controllers.values() if controller.is_open or controller.is_busy]
        idle = [controller for controller in kept if controller.used < too_old and not controller.is_busy]
        for controller in idle[:GOODBYES]:
            controller.close()
        pause = 0.05 if len(idle) > GOODBYES else self._pause
        self._sweeper = self._loop.call_later(pause, self._sweep) if kept else None
