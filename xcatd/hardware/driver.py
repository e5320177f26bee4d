"""What every driver is: a protocol that controllers speak. It offers what it overrides; the rest is Unsupported."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from xcatd.errors import Unsupported
from xcatd.hardware.beacon import Beacon
from xcatd.hardware.boot import Boot
from xcatd.hardware.bootorder import BootOrder
from xcatd.hardware.chassis import Chassis
from xcatd.hardware.console import Console
from xcatd.hardware.endpoint import Endpoint
from xcatd.hardware.energy import Energy
from xcatd.hardware.events import EventLog
from xcatd.hardware.firmware import Firmware
from xcatd.hardware.inventory import Inventory
from xcatd.hardware.machine import Machine
from xcatd.hardware.outlets import Outlets
from xcatd.hardware.patience import Watch
from xcatd.hardware.power import AssuredPower, Power
from xcatd.hardware.sensors import Sensors
from xcatd.hardware.settings import Settings


class Driver:
    """Made inside a running loop, once for all nodes of a daemon. No method does I/O; `endpoint` is of the driver's kind."""

    name: ClassVar[str]
    """As operators call it: "IPMI"."""

    def power(self, endpoint: Endpoint) -> Power:
        raise self._lacks("power")

    def boot(self, endpoint: Endpoint) -> Boot:
        raise self._lacks("boot device")

    def boot_order(self, endpoint: Endpoint) -> BootOrder:
        raise self._lacks("boot order")

    def beacon(self, endpoint: Endpoint) -> Beacon:
        raise self._lacks("identify light")

    def chassis(self, endpoint: Endpoint) -> Chassis:
        raise self._lacks("chassis")

    def sensors(self, endpoint: Endpoint) -> Sensors:
        raise self._lacks("sensors")

    def inventory(self, endpoint: Endpoint) -> Inventory:
        raise self._lacks("inventory")

    def event_log(self, endpoint: Endpoint) -> EventLog:
        raise self._lacks("event log")

    def energy(self, endpoint: Endpoint) -> Energy:
        raise self._lacks("power consumption")

    def settings(self, endpoint: Endpoint) -> Settings:
        raise self._lacks("settings")

    def firmware(self, endpoint: Endpoint) -> Firmware:
        raise self._lacks("firmware update")

    def machine(self, endpoint: Endpoint) -> Machine:
        raise self._lacks("virtual machine")

    def outlets(self, endpoint: Endpoint) -> Outlets:
        raise self._lacks("outlets")

    def console(self, endpoint: Endpoint) -> Console:
        raise self._lacks("console")

    def believe(self, authority: Path) -> None:
        """The certificate of the cluster's own authority, for controllers that show one; told before the first use."""

    async def goodbye(self) -> None:
        """End sessions that only a conversation can end; within two seconds, and whatever happens. `close` comes next."""

    def close(self) -> None:
        """Let go of everything, and wait for nobody."""

    def _lacks(self, what: str) -> Unsupported:
        return Unsupported(
            f"the {self.name} driver knows nothing of a node's {what}: use another management method for it"
        )


class Device:
    """The hardware of one node: what its driver offers at its endpoint. Each of these raises Unsupported, at once."""

    __slots__ = ("_driver", "_endpoint", "_watch")

    def __init__(self, driver: Driver, endpoint: Endpoint, watch: Watch) -> None:
        self._driver = driver
        self._endpoint = endpoint
        self._watch = watch

    @property
    def power(self) -> Power:
        return AssuredPower(self._driver.power(self._endpoint), self._endpoint.place, self._watch)

    @property
    def boot(self) -> Boot:
        return self._driver.boot(self._endpoint).watched(self._watch)

    @property
    def boot_order(self) -> BootOrder:
        return self._driver.boot_order(self._endpoint).watched(self._watch)

    @property
    def beacon(self) -> Beacon:
        return self._driver.beacon(self._endpoint).watched(self._watch)

    @property
    def chassis(self) -> Chassis:
        return self._driver.chassis(self._endpoint).watched(self._watch)

    @property
    def sensors(self) -> Sensors:
        return self._driver.sensors(self._endpoint).watched(self._watch)

    @property
    def inventory(self) -> Inventory:
        return self._driver.inventory(self._endpoint).watched(self._watch)

    @property
    def event_log(self) -> EventLog:
        return self._driver.event_log(self._endpoint).watched(self._watch)

    @property
    def energy(self) -> Energy:
        return self._driver.energy(self._endpoint).watched(self._watch)

    @property
    def settings(self) -> Settings:
        return self._driver.settings(self._endpoint).watched(self._watch)

    @property
    def firmware(self) -> Firmware:
        return self._driver.firmware(self._endpoint).watched(self._watch)

    @property
    def machine(self) -> Machine:
        return self._driver.machine(self._endpoint).watched(self._watch)

    @property
    def outlets(self) -> Outlets:
        return self._driver.outlets(self._endpoint).watched(self._watch)

    @property
    def console(self) -> Console:
        return self._driver.console(self._endpoint)
