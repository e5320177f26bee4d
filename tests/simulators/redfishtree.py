"""The resources of a small server as data: path -> what is there. `badredfish` serves them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

ROOT = "/redfish/v1/"
SYSTEM, CHASSIS, MANAGER = "/redfish/v1/Systems/1", "/redfish/v1/Chassis/1", "/redfish/v1/Managers/bmc"
SESSIONS = "/redfish/v1/SessionService/Sessions"
ACCOUNTS = "/redfish/v1/AccountService/Accounts"
UPDATE = "/redfish/v1/UpdateService"
IMAGES = f"{UPDATE}/FirmwareInventory"
NIC = f"{MANAGER}/EthernetInterfaces/eth0"
PROTOCOLS = f"{MANAGER}/NetworkProtocol"
LOG = f"{SYSTEM}/LogServices/SEL"
RESET = f"{SYSTEM}/Actions/ComputerSystem.Reset"
CLEAR = f"{LOG}/Actions/LogService.ClearLog"
PUSH, MULTIPART = f"{UPDATE}/push", f"{UPDATE}/multipart"

Tree = dict[str, dict[str, Any]]


def link(path: str) -> dict[str, str]:
    return {"@odata.id": path}


def collection(path: str, members: Sequence[str]) -> Tree:
    return {path: {"Members@odata.count": len(members), "Members": [link(member) for member in members]}}


def a_server() -> Tree:
    """One system in one chassis with one BMC."""
    tree = {**_service(), **_system(), **_chassis(), **_manager(), **_log()}
    for path, resource in tree.items():
        resource["@odata.id"] = path
    return tree


def _service() -> Tree:
    return {
        ROOT: {
            "RedfishVersion": "1.15.0",
            "Systems": link("/redfish/v1/Systems"),
            "Chassis": link("/redfish/v1/Chassis"),
            "Managers": link("/redfish/v1/Managers"),
            "AccountService": link("/redfish/v1/AccountService"),
            "UpdateService": link(UPDATE),
            "Links": {"Sessions": link(SESSIONS)},
        },
        **collection("/redfish/v1/Systems", [SYSTEM]),
        **collection("/redfish/v1/Chassis", [CHASSIS]),
        **collection("/redfish/v1/Managers", [MANAGER]),
        "/redfish/v1/AccountService": {"Accounts": link(ACCOUNTS)},
        **collection(ACCOUNTS, [f"{ACCOUNTS}/1", f"{ACCOUNTS}/2"]),
        f"{ACCOUNTS}/1": {"Id": "1", "UserName": "admin", "RoleId": "Administrator", "Enabled": True},
        f"{ACCOUNTS}/2": {"Id": "2", "UserName": "oper", "RoleId": "Operator", "Enabled": False},
        UPDATE: {"HttpPushUri": PUSH, "MultipartHttpPushUri": MULTIPART, "FirmwareInventory": link(IMAGES)},
        **collection(IMAGES, [f"{IMAGES}/bmc", f"{IMAGES}/host"]),
        f"{IMAGES}/bmc": {"Id": "bmc", "Description": "BMC image", "Version": "2.14.0", "Status": {"State": "Enabled"}},
        f"{IMAGES}/host": {"Id": "h", "Name": "BIOS", "Version": "U32 v1.4", "Status": {"State": "StandbySpare"}},
    }


def _system() -> Tree:
    resets = ["On", "ForceOff", "GracefulShutdown", "ForceRestart", "PowerCycle", "Nmi"]
    return {
        SYSTEM: {
            "Id": "1",
            "Name": "node",
            "Manufacturer": "Contoso",
            "Model": "3500RX",
            "SerialNumber": "437XR1138R2",
            "PartNumber": "224071-J23",
            "AssetTag": "Chicago-45Z-2381",
            "UUID": "38947555-7742-3448-3784-823347823834",
            "BiosVersion": "P79 v1.33",
            "PowerState": "Off",
            "PowerRestorePolicy": "LastState",
            "LocationIndicatorActive": False,
            "Status": {"Health": "OK", "State": "Enabled"},
            "ProcessorSummary": {"Count": 2},
            "MemorySummary": {"TotalSystemMemoryGiB": 96},
            "Boot": {
                "BootSourceOverrideEnabled": "Disabled",
                "BootSourceOverrideTarget": "None",
                "BootSourceOverrideMode": "Legacy",
                "BootSourceOverrideTarget@Redfish.AllowableValues": ["None", "Pxe", "Cd", "Usb", "Hdd", "BiosSetup"],
            },
            "Processors": link(f"{SYSTEM}/Processors"),
            "Memory": link(f"{SYSTEM}/Memory"),
            "EthernetInterfaces": link(f"{SYSTEM}/EthernetInterfaces"),
            "LogServices": link(f"{SYSTEM}/LogServices"),
            "Links": {"Chassis": [link(CHASSIS)], "ManagedBy": [link(MANAGER)]},
            "Actions": {"#ComputerSystem.Reset": {"target": RESET, "ResetType@Redfish.AllowableValues": resets}},
        },
        **collection(f"{SYSTEM}/Processors", [f"{SYSTEM}/Processors/CPU{number}" for number in (0, 1)]),
        f"{SYSTEM}/Processors/CPU0": {"Id": "CPU0", "Model": "Xeon 8380", "TotalCores": 40, "MaxSpeedMHz": 3700},
        f"{SYSTEM}/Processors/CPU1": {"Id": "CPU1", "Model": None, "Status": {"State": "Absent"}},
        **collection(f"{SYSTEM}/Memory", [f"{SYSTEM}/Memory/dimm0"]),
        f"{SYSTEM}/Memory/dimm0": {"Id": "dimm0", "CapacityMiB": 32768, "MemoryDeviceType": "DDR4"},
        **collection(f"{SYSTEM}/EthernetInterfaces", [f"{SYSTEM}/EthernetInterfaces/{nic}" for nic in ("a", "b", "c")]),
        f"{SYSTEM}/EthernetInterfaces/a": {"Id": "a", "MACAddress": "12:44:6A:3B:04:11"},
        f"{SYSTEM}/EthernetInterfaces/b": {"Id": "b", "PermanentMACAddress": "AA-BB-CC-DD-EE-01", "MACAddress": ""},
        f"{SYSTEM}/EthernetInterfaces/c": {"Id": "c", "MACAddress": None},
    }


def _chassis() -> Tree:
    control = {
        "Name": "System Power",
        "PowerConsumedWatts": 344,
        "PowerMetrics": {"MinConsumedWatts": 271, "MaxConsumedWatts": 489, "AverageConsumedWatts": 319},
        "PowerLimit": {"LimitInWatts": None},
    }
    supply = {"Name": "PSU 1", "Model": "499253-B21", "SerialNumber": "1Z0000001", "LastPowerOutputWatts": 325}
    return {
        CHASSIS: {
            "Id": "1",
            "Name": "Chassis",
            "Model": "3500RX",
            "SerialNumber": "437XR",
            "Thermal": link(f"{CHASSIS}/Thermal"),
            "Power": link(f"{CHASSIS}/Power"),
        },
        f"{CHASSIS}/Thermal": {"Temperatures": _temperatures(), "Fans": _fans()},
        f"{CHASSIS}/Power": {
            "PowerControl": [control, {"Name": "CPU sub-system", "PowerConsumedWatts": 100}],
            "Voltages": [{"Name": "VRM1", "ReadingVolts": 12.1, "LowerThresholdCritical": 11}],
            "PowerSupplies": [supply, {"Name": "PSU 2", "Status": {"State": "Absent"}}],
        },
    }


def _temperatures() -> list[dict[str, Any]]:
    hot = {"State": "Enabled", "Health": "Critical"}
    limits = {"UpperThresholdNonCritical": 80, "UpperThresholdCritical": 90, "UpperThresholdFatal": None}
    off = {"State": "UnavailableOffline", "Health": "OK"}
    return [
        {"Name": "CPU1 Temp", "ReadingCelsius": 41, **limits},
        {"Name": "CPU2 Temp", "ReadingCelsius": "95.5", "Status": hot, **limits},
        {"Name": "DIMM Temp", "ReadingCelsius": 20, "Status": off},
        {"Name": "GPU Temp", "ReadingCelsius": None, "Status": {"State": "Absent"}},
    ]


def _fans() -> list[dict[str, Any]]:
    return [
        {"FanName": "FAN1", "Reading": 2100, "ReadingUnits": "RPM", "LowerThresholdFatal": 500},
        {"Name": "FAN2", "Reading": 35, "ReadingUnits": "Percent", "Status": {"State": "Enabled", "Health": "Warning"}},
    ]


def _manager() -> Tree:
    address = {"Address": "127.0.0.1", "SubnetMask": "255.0.0.0", "Gateway": "127.0.0.254", "AddressOrigin": "Static"}
    return {
        MANAGER: {
            "Id": "bmc",
            "Model": "OpenBMC",
            "UUID": "58893887-8974-2487-2389-841168418919",
            "FirmwareVersion": "2.14.0",
            "EthernetInterfaces": link(f"{MANAGER}/EthernetInterfaces"),
            "NetworkProtocol": link(PROTOCOLS),
        },
        **collection(f"{MANAGER}/EthernetInterfaces", [f"{MANAGER}/EthernetInterfaces/usb0", NIC]),
        f"{MANAGER}/EthernetInterfaces/usb0": {"Id": "usb0", "IPv4Addresses": [{"Address": "169.254.0.1"}]},
        NIC: {
            "Id": "eth0",
            "InterfaceEnabled": True,
            "HostName": "bmc7",
            "DHCPv4": {"DHCPEnabled": False},
            "IPv4Addresses": [address],
            "IPv4StaticAddresses": [address],
            "VLAN": {"VLANEnable": False, "VLANId": 0},
        },
        PROTOCOLS: {"HostName": "bmc7", "NTP": {"ProtocolEnabled": False, "NTPServers": ["10.0.0.1", ""]}},
    }


def _log() -> Tree:
    """Two logs of which one is the right one, in two pages, the newest entry first."""
    entries, second = f"{LOG}/Entries", f"{LOG}/Entries?$skip=2"
    other = f"{SYSTEM}/LogServices/PostCodes"
    return {
        **collection(f"{SYSTEM}/LogServices", [other, LOG]),
        other: {"Id": "PostCodes", "Entries": link(f"{other}/Entries")},
        f"{other}/Entries": {"Members": []},
        LOG: {
            "Id": "SEL",
            "LogEntryType": "SEL",
            "Entries": link(entries),
            "Actions": {"#LogService.ClearLog": {"target": CLEAR}},
        },
        entries: {
            "Members": [
                _entry("10", "2026-03-02T10:00:00+01:00", "Critical", "Upper critical - going high", "CPU2 Temp"),
                _entry("9", "2026-03-02T08:30:00Z", "Warning", "Fan is slow", "FAN2"),
            ],
            "Members@odata.nextLink": second,
        },
        second: {
            "Members": [
                _entry("2", "2026-03-01T00:00:00Z", "OK", "Power is on", ""),
                _entry("1", "1970-01-01T00:00:12Z", "OK", "The clock was not set", ""),
            ]
        },
    }


def _entry(number: str, created: str, severity: str, message: str, origin: str) -> dict[str, Any]:
    links = {"OriginOfCondition": link(f"/redfish/v1/Chassis/1/Sensors/{origin}")} if origin else {}
    return {
        "@odata.id": f"{LOG}/Entries/{number}",
        "Id": number,
        "Created": created,
        "Severity": severity,
        "Message": message,
        "EntryType": "SEL",
        "Links": links,
    }
