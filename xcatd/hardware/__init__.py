"""Drivers: the nouns on the shelf. A command asks `Controllers` for a node's `Device` and knows no protocol."""

from xcatd.hardware.beacon import Beacon, BeaconState
from xcatd.hardware.boot import Boot, BootChoice, BootDevice
from xcatd.hardware.bootorder import BootOption, BootOrder
from xcatd.hardware.chassis import Chassis, ChassisFact
from xcatd.hardware.console import Console, Terminal
from xcatd.hardware.controllers import Controllers
from xcatd.hardware.driver import Device, Driver
from xcatd.hardware.endpoint import Endpoint
from xcatd.hardware.energy import Cap, Consumption, Energy
from xcatd.hardware.events import Event, EventLog
from xcatd.hardware.firmware import Firmware
from xcatd.hardware.inventory import Fact, Inventory, Nic, Part
from xcatd.hardware.limits import Limits
from xcatd.hardware.machine import Machine, MachineFacts, Making, SerialConsole
from xcatd.hardware.meter import Meter
from xcatd.hardware.outlets import Outlet, OutletAction, Outlets
from xcatd.hardware.power import Power, PowerAction, PowerState
from xcatd.hardware.sensors import Health, Sensor, SensorKind, Sensors, Thresholds
from xcatd.hardware.settings import Setting, Settings
from xcatd.hardware.trust import VERIFIED, Trust, TrustKind

__all__ = [
    "VERIFIED",
    "Beacon",
    "BeaconState",
    "Boot",
    "BootChoice",
    "BootDevice",
    "BootOption",
    "BootOrder",
    "Cap",
    "Chassis",
    "ChassisFact",
    "Console",
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
    "Machine",
    "MachineFacts",
    "Making",
    "Meter",
    "Nic",
    "Outlet",
    "OutletAction",
    "Outlets",
    "Part",
    "Power",
    "PowerAction",
    "PowerState",
    "Sensor",
    "SensorKind",
    "Sensors",
    "SerialConsole",
    "Setting",
    "Settings",
    "Terminal",
    "Thresholds",
    "Trust",
    "TrustKind",
]
