"""The redfish driver: all services of this daemon's nodes on one pool of connections, their sessions kept for a while."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from xcatd.hardware.beacon import Beacon
from xcatd.hardware.boot import Boot
from xcatd.hardware.bootorder import BootOrder
from xcatd.hardware.chassis import Chassis
from xcatd.hardware.console import Console
from xcatd.hardware.driver import Driver
from xcatd.hardware.endpoint import Endpoint
from xcatd.hardware.energy import Energy
from xcatd.hardware.events import EventLog
from xcatd.hardware.firmware import Firmware
from xcatd.hardware.inventory import Inventory
from xcatd.hardware.limits import Limits
from xcatd.hardware.power import Power
from xcatd.hardware.redfish.beacon import Indicator
from xcatd.hardware.redfish.boot import BootOverride
from xcatd.hardware.redfish.bootorder import SystemBootOrder
from xcatd.hardware.redfish.certificates import Certificates
from xcatd.hardware.redfish.chassisfacts import StateOfChassis
from xcatd.hardware.redfish.controller import Controller
from xcatd.hardware.redfish.energy import PowerControl
from xcatd.hardware.redfish.events import LogService
from xcatd.hardware.redfish.firmware import UpdateService
from xcatd.hardware.redfish.http import Http
from xcatd.hardware.redfish.inventory import Assembly
from xcatd.hardware.redfish.places import Machine
from xcatd.hardware.redfish.power import SystemPower
from xcatd.hardware.redfish.sensors import ChassisSensors
from xcatd.hardware.redfish.settings import ManagerSettings
from xcatd.hardware.sensors import Sensors
from xcatd.hardware.settings import Settings

GOODBYE = 2.0
"""Seconds for ending all sessions. One that is not ended then ends by its timeout."""


class Redfish(Driver):
    """Controllers are kept in the order of their last use. Several nodes of one service share one, and its session."""

    name = "Redfish"

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._http = Http(limits)
        self._certificates = Certificates()
        self._controllers: dict[Endpoint, Controller] = {}

    def power(self, endpoint: Endpoint) -> Power:
        return SystemPower(self._machine(endpoint))

    def boot(self, endpoint: Endpoint) -> Boot:
        return BootOverride(self._machine(endpoint))

    def boot_order(self, endpoint: Endpoint) -> BootOrder:
        return SystemBootOrder(self._machine(endpoint))

    def beacon(self, endpoint: Endpoint) -> Beacon:
        return Indicator(self._machine(endpoint))

    def chassis(self, endpoint: Endpoint) -> Chassis:
        return StateOfChassis(self._machine(endpoint))

    def sensors(self, endpoint: Endpoint) -> Sensors:
        return ChassisSensors(self._machine(endpoint))

    def inventory(self, endpoint: Endpoint) -> Inventory:
        return Assembly(self._machine(endpoint))

    def event_log(self, endpoint: Endpoint) -> EventLog:
        return LogService(self._machine(endpoint))

    def energy(self, endpoint: Endpoint) -> Energy:
        return PowerControl(self._machine(endpoint))

    def settings(self, endpoint: Endpoint) -> Settings:
        return ManagerSettings(self._machine(endpoint), lambda host: self._machine(replace(endpoint, host=host)))

    def firmware(self, endpoint: Endpoint) -> Firmware:
        return UpdateService(self._machine(endpoint))

    def console(self, endpoint: Endpoint) -> Console:
        from xcatd.hardware.redfish.console import ManagerConsole

        return ManagerConsole(self._machine(endpoint), endpoint)

    def believe(self, authority: Path) -> None:
        self._certificates.authority = authority

    async def goodbye(self) -> None:
        """End the sessions side by side, and the connections."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE), asyncio.TaskGroup() as tasks:
                while self._controllers:
                    _, controller = self._controllers.popitem()
                    tasks.create_task(controller.goodbye())
        await self._http.close()

    def controller(self, endpoint: Endpoint) -> Controller:
        """The endpoint's controller: the one remembered, or a new one in the place of the least recently used."""
        service = replace(endpoint, node="", path="")
        controller = self._controllers.pop(service, None)
        if controller is None:
            self._make_room()
            controller = Controller(service, self._http, self._certificates)
        self._controllers[service] = controller
        return controller

    def _machine(self, endpoint: Endpoint) -> Machine:
        return Machine(lambda: self.controller(endpoint), endpoint.path)

    def _make_room(self) -> None:
        """Forget one. Its session, if it has one, ends by its timeout."""
        if len(self._controllers) < self._limits.sessions:
            return
        oldest = next((service for service, kept in self._controllers.items() if not kept.is_busy), None)
        if oldest is not None:
            del self._controllers[oldest]
