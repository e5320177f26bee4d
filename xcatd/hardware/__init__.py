"""Drivers: the nouns on the shelf. A command asks `Controllers` for a node's `Device` and knows no protocol."""

from xcatd.hardware.beacon import Beacon, BeaconState
from xcatd.hardware.boot import Boot, BootChoice, BootDevice
from xcatd.hardware.controllers import Controllers
from xcatd.hardware.driver import Device, Driver
from xcatd.hardware.endpoint import Endpoint
from xcatd.hardware.energy import Cap, Consumption, Energy
from xcatd.hardware.events import Event, EventLog
from xcatd.hardware.firmware import Firmware
from xcatd.hardware.inventory import Fact, Inventory, Nic, Part
from xcatd.hardware.limits import Limits
from xcatd.hardware.power import Power, PowerAction, PowerState
from xcatd.hardware.sensors import Health, Sensor, SensorKind, Sensors, Thresholds
from xcatd.hardware.settings import Setting, Settings

__all__ = [
    "Beacon",
    "BeaconState",
    "Boot",
    "BootChoice",
    "BootDevice",
    "Cap",
    "Consumption",
    "Controllers",
    "Device",
    "Driver",
    "Endpoint",
    "Energy",
    "Event",
    "EventLog",
    "Fact",
    "Firmware",
    "Health",
    "Inventory",
    "Limits",
    "Nic",
    "Part",
    "Power",
    "PowerAction",
    "PowerState",
    "Sensor",
    "SensorKind",
    "Sensors",
    "Setting",
    "Settings",
    "Thresholds",
]
