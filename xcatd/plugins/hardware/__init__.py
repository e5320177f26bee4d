"""What operators ask controllers for besides power: what a node starts from, its light, its sensors, its parts, its events, its
energy, its settings and its firmware. Each command works with whatever a node's driver offers."""

from xcatd.plugins.hardware.beacon import rbeacon
from xcatd.plugins.hardware.bootdevice import rsetboot
from xcatd.plugins.hardware.bootsequence import rbootseq
from xcatd.plugins.hardware.controllersettings import rspconfig
from xcatd.plugins.hardware.energy import renergy
from xcatd.plugins.hardware.eventlog import reventlog
from xcatd.plugins.hardware.firmware import rflash
from xcatd.plugins.hardware.macs import getmacs
from xcatd.plugins.hardware.parts import rinv
from xcatd.plugins.hardware.vitals import rvitals

__all__ = [
    "getmacs",
    "rbeacon",
    "rbootseq",
    "renergy",
    "reventlog",
    "rflash",
    "rinv",
    "rsetboot",
    "rspconfig",
    "rvitals",
]
