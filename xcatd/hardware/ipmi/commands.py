"""The IPMI commands that are used here, each with the privilege that it needs (IPMI 2.0, appendix G)."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Privilege(IntEnum):
    """Session privilege levels (IPMI 2.0, table 22-18), lowest first."""

    CALLBACK = 1
    USER = 2
    OPERATOR = 3
    ADMINISTRATOR = 4


class Command(NamedTuple):
    """`netfn` is the request's network function; its answer carries netfn + 1. `lun`: the part of the BMC that is asked."""

    name: str
    netfn: int
    number: int
    privilege: Privilege
    lun: int = 0


GET_CHASSIS_STATUS = Command("Get Chassis Status", 0x00, 0x01, Privilege.USER)
CHASSIS_CONTROL = Command("Chassis Control", 0x00, 0x02, Privilege.OPERATOR)
CHASSIS_IDENTIFY = Command("Chassis Identify", 0x00, 0x04, Privilege.OPERATOR)
SET_BOOT_OPTIONS = Command("Set System Boot Options", 0x00, 0x08, Privilege.OPERATOR)
GET_BOOT_OPTIONS = Command("Get System Boot Options", 0x00, 0x09, Privilege.OPERATOR)
SET_PEF = Command("Set PEF Configuration Parameters", 0x04, 0x12, Privilege.ADMINISTRATOR)
GET_PEF = Command("Get PEF Configuration Parameters", 0x04, 0x13, Privilege.OPERATOR)
GET_DEVICE_SDR_INFO = Command("Get Device SDR Info", 0x04, 0x20, Privilege.USER)
GET_DEVICE_SDR = Command("Get Device SDR", 0x04, 0x21, Privilege.USER)
RESERVE_DEVICE_SDRS = Command("Reserve Device SDR Repository", 0x04, 0x22, Privilege.USER)
GET_READING_FACTORS = Command("Get Sensor Reading Factors", 0x04, 0x23, Privilege.USER)
GET_THRESHOLDS = Command("Get Sensor Thresholds", 0x04, 0x27, Privilege.USER)
GET_SENSOR_READING = Command("Get Sensor Reading", 0x04, 0x2D, Privilege.USER)
GET_DEVICE_ID = Command("Get Device ID", 0x06, 0x01, Privilege.USER)
GET_SYSTEM_GUID = Command("Get System GUID", 0x06, 0x37, Privilege.USER)
GET_CHANNEL_CAPABILITIES = Command("Get Channel Authentication Capabilities", 0x06, 0x38, Privilege.CALLBACK)
GET_SESSION_CHALLENGE = Command("Get Session Challenge", 0x06, 0x39, Privilege.CALLBACK)
ACTIVATE_SESSION = Command("Activate Session", 0x06, 0x3A, Privilege.CALLBACK)
SET_SESSION_PRIVILEGE = Command("Set Session Privilege Level", 0x06, 0x3B, Privilege.CALLBACK)
CLOSE_SESSION = Command("Close Session", 0x06, 0x3C, Privilege.CALLBACK)
GET_SESSION_INFO = Command("Get Session Info", 0x06, 0x3D, Privilege.USER)
GET_CHANNEL_INFO = Command("Get Channel Info", 0x06, 0x42, Privilege.USER)
SET_USER_ACCESS = Command("Set User Access", 0x06, 0x43, Privilege.ADMINISTRATOR)
GET_USER_ACCESS = Command("Get User Access", 0x06, 0x44, Privilege.OPERATOR)
SET_USER_NAME = Command("Set User Name", 0x06, 0x45, Privilege.ADMINISTRATOR)
GET_USER_NAME = Command("Get User Name", 0x06, 0x46, Privilege.OPERATOR)
SET_USER_PASSWORD = Command("Set User Password", 0x06, 0x47, Privilege.ADMINISTRATOR)
ACTIVATE_PAYLOAD = Command("Activate Payload", 0x06, 0x48, Privilege.USER)
DEACTIVATE_PAYLOAD = Command("Deactivate Payload", 0x06, 0x49, Privilege.USER)
GET_PAYLOAD_STATUS = Command("Get Payload Activation Status", 0x06, 0x4A, Privilege.USER)
GET_PAYLOAD_INSTANCE = Command("Get Payload Instance Info", 0x06, 0x4B, Privilege.USER)
GET_SYSTEM_INFO = Command("Get System Info Parameters", 0x06, 0x59, Privilege.USER)
GET_FRU_AREA = Command("Get FRU Inventory Area Info", 0x0A, 0x10, Privilege.USER)
READ_FRU = Command("Read FRU Data", 0x0A, 0x11, Privilege.USER)
GET_SDR_INFO = Command("Get SDR Repository Info", 0x0A, 0x20, Privilege.USER)
RESERVE_SDRS = Command("Reserve SDR Repository", 0x0A, 0x22, Privilege.USER)
GET_SDR = Command("Get SDR", 0x0A, 0x23, Privilege.USER)
GET_SEL_INFO = Command("Get SEL Info", 0x0A, 0x40, Privilege.USER)
RESERVE_SEL = Command("Reserve SEL", 0x0A, 0x42, Privilege.USER)
GET_SEL_ENTRY = Command("Get SEL Entry", 0x0A, 0x43, Privilege.USER)
CLEAR_SEL = Command("Clear SEL", 0x0A, 0x47, Privilege.OPERATOR)
GET_SEL_TIME = Command("Get SEL Time", 0x0A, 0x48, Privilege.USER)
SET_LAN = Command("Set LAN Configuration Parameters", 0x0C, 0x01, Privilege.ADMINISTRATOR)
GET_LAN = Command("Get LAN Configuration Parameters", 0x0C, 0x02, Privilege.OPERATOR)
SET_SOL = Command("Set SOL Configuration Parameters", 0x0C, 0x21, Privilege.ADMINISTRATOR)
GET_SOL = Command("Get SOL Configuration Parameters", 0x0C, 0x22, Privilege.USER)
GET_POWER_READING = Command("DCMI Get Power Reading", 0x2C, 0x02, Privilege.USER)
GET_POWER_LIMIT = Command("DCMI Get Power Limit", 0x2C, 0x03, Privilege.USER)
SET_POWER_LIMIT = Command("DCMI Set Power Limit", 0x2C, 0x04, Privilege.OPERATOR)
ACTIVATE_POWER_LIMIT = Command("DCMI Activate Power Limit", 0x2C, 0x05, Privilege.OPERATOR)
SD350_IDENTIFY = Command("Lenovo SD350 Identify", 0x3A, 0x06, Privilege.OPERATOR)
