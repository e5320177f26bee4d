"""Sensors, inventory and event log: the contracts, and services old and new, with curl as the judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tests.helpers.certificates import Certificates
from tests.simulators.badredfish import Service, refusing
from tests.simulators.redfishtree import CHASSIS, CLEAR, IMAGES, LOG, MANAGER, ROOT, SYSTEM, UPDATE, collection, link
from tests.unit.hardware.reading_contract import (
    EventLogContract,
    InventoryContract,
    InventoryJudge,
    LogJudge,
    Seen,
    SensorsContract,
    SensorsJudge,
)
from tests.unit.hardware.redfish.places import Site, curl
from xcatd.errors import NodeError, Unsupported
from xcatd.hardware import (
    ChassisFact,
    EventLog,
    Fact,
    Health,
    Inventory,
    Nic,
    Part,
    Sensor,
    SensorKind,
    Sensors,
    Thresholds,
)

HEALTHS = {"OK": Health.OK, "Warning": Health.WARNING, "Critical": Health.CRITICAL}
LISTS = {
    f"{CHASSIS}/Thermal": {"Temperatures": "ReadingCelsius", "Fans": "Reading"},
    f"{CHASSIS}/Power": {
        "Voltages": "ReadingVolts",
        "PowerControl": "PowerConsumedWatts",
        "PowerSupplies": "LastPowerOutputWatts",
    },
}
LIGHT = {"LEDs node Identify": Seen(None, Health.OK)}


class CurlSensorsJudge:
    def __init__(self, certificates: Certificates, service: Service) -> None:
        self._certificates, self._service = certificates, service

    async def seen(self) -> Mapping[str, Seen]:
        found = dict(LIGHT)
        for path, lists in LISTS.items():
            there = await curl(self._certificates, self._service, path)
            for name, reading in lists.items():
                found |= {
                    one.get("Name") or one["FanName"]: _seen(one, one.get(reading)) for one in _present(there[name])
                }
        return found


class CurlNewSensorsJudge(CurlSensorsJudge):
    async def seen(self) -> Mapping[str, Seen]:
        found = dict(LIGHT)
        listed = await curl(self._certificates, self._service, f"{CHASSIS}/Sensors")
        for member in listed["Members"]:
            one = await curl(self._certificates, self._service, member["@odata.id"])
            found |= {sensor["Name"]: _seen(sensor, sensor["Reading"]) for sensor in _present([one])}
        return found


def _present(listed: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    return [one for one in listed if one.get("Status", {}).get("State") != "Absent"]


def _seen(one: dict[str, Any], value: Any) -> Seen:
    status = one.get("Status", {"State": "Enabled", "Health": "OK"})
    if status["State"] != "Enabled":
        return Seen(None, Health.UNKNOWN)
    return Seen(float(value), HEALTHS[status["Health"]])


class TestThermalAndPower(SensorsContract):
    @pytest.fixture
    async def sensors(self, service: Service, site: Site) -> Sensors:
        return site.device(service).sensors

    @pytest.fixture
    async def sensors_judge(self, service: Service, certificates: Certificates) -> SensorsJudge:
        return CurlSensorsJudge(certificates, service)


class TestCollectionOfSensors(SensorsContract):
    @pytest.fixture
    async def sensors(self, service: Service, site: Site) -> Sensors:
        make_new(service)
        return site.device(service).sensors

    @pytest.fixture
    async def sensors_judge(self, service: Service, certificates: Certificates) -> SensorsJudge:
        return CurlNewSensorsJudge(certificates, service)


def make_new(service: Service) -> None:
    """A chassis as newer services show it: sensors each for itself."""
    path = f"{CHASSIS}/Sensors"
    thresholds = {"UpperCaution": {"Reading": 80}, "UpperCritical": {"Reading": 90}}
    critical = {"State": "Enabled", "Health": "Critical"}
    sensors: list[dict[str, Any]] = [
        {"Name": "CPU", "ReadingType": "Temperature", "Reading": 41.5, "ReadingUnits": "Cel", "Thresholds": thresholds},
        {"Name": "CPU2", "ReadingType": "Temperature", "Reading": 91, "ReadingUnits": "Cel", "Thresholds": thresholds}
        | {"Status": critical},
        {"Name": "12V", "ReadingType": "Voltage", "Reading": 12.2, "ReadingUnits": "V"},
        {"Name": "Fan", "ReadingType": "Rotational", "Reading": 5000, "ReadingUnits": "RPM"},
        {"Name": "Load", "ReadingType": "Percent", "Reading": 7, "ReadingUnits": "%"},
        {"Name": "Off", "ReadingType": "Current", "Reading": None, "Status": {"State": "Disabled"}},
    ]
    paths = [f"{path}/{number}" for number in range(len(sensors))]
    service.tree |= collection(path, paths) | dict(zip(paths, sensors, strict=True))
    for name in ("Thermal", "Power"):
        del service.tree[CHASSIS][name]
    service.tree[CHASSIS]["Sensors"] = link(path)


async def test_units_thresholds_and_states(service: Service, site: Site) -> None:
    found = {sensor.name: sensor for sensor in await site.device(service).sensors.sensors()}
    limits = Thresholds(upper_warning=80, upper_critical=90)
    above = ("At or above upper critical threshold",)
    assert found["CPU2 Temp"] == Sensor("CPU2 Temp", SensorKind.TEMPERATURE, 95.5, "C", above, Health.CRITICAL, limits)
    assert found["FAN1"] == Sensor("FAN1", SensorKind.FAN, 2100, "RPM", thresholds=Thresholds(lower_failed=500))
    assert (found["FAN2"].value, found["FAN2"].unit) == (35, "%")
    assert (found["PSU 1"].kind, found["PSU 1"].unit) == (SensorKind.POWER, "W")
    assert found["LEDs node Identify"].states == ("Off",)


async def test_thresholds_count_where_the_service_has_no_opinion(service: Service, site: Site) -> None:
    service.tree[f"{CHASSIS}/Power"]["Voltages"][0]["ReadingVolts"] = 10.5
    voltages = await site.device(service).sensors.sensors({SensorKind.VOLTAGE})
    below = ("At or below lower critical threshold",)
    assert [(voltage.health, voltage.states) for voltage in voltages] == [(Health.CRITICAL, below)]


async def test_only_what_is_needed_is_asked_for(service: Service, site: Site) -> None:
    await site.device(service).sensors.sensors({SensorKind.FAN})
    assert f"GET {CHASSIS}/Thermal" in service.asked
    assert f"GET {CHASSIS}/Power" not in service.asked


async def test_a_service_that_can_expand_is_asked_once(service: Service, site: Site) -> None:
    make_new(service)
    service.tree[ROOT]["ProtocolFeaturesSupported"] = {"ExpandQuery": {"NoLinks": True, "Levels": True}}
    path = f"{CHASSIS}/Sensors"
    whole = [{"@odata.id": f"{path}/{number}", **service.tree[f"{path}/{number}"]} for number in range(6)]
    service.tree[f"{path}?$expand=.($levels=1)"] = {"Members": whole}
    assert len(await site.device(service).sensors.sensors()) == 7
    assert [asked for asked in service.asked if asked.startswith(f"GET {path}/")] == []


async def test_a_chassis_may_have_no_sensors_and_a_service_no_chassis(service: Service, site: Site) -> None:
    service.hidden |= set(LISTS)
    sensors = site.device(service).sensors
    assert [sensor.kind for sensor in await sensors.sensors()] == [SensorKind.LED]
    service.hidden.add(CHASSIS)
    with pytest.raises(Unsupported, match="tells nothing about a chassis: it has no sensors"):
        await sensors.sensors()


async def test_the_state_of_the_chassis_is_in_the_words_of_xcat(service: Service, site: Site) -> None:
    service.tree[CHASSIS] |= {
        "Status": {"Health": "Warning"},
        "PhysicalSecurity": {"IntrusionSensor": "HardwareIntrusion"},
    }
    assert await site.device(service).chassis.chassis_facts() == [
        ChassisFact("Power Status", "off"),
        ChassisFact("Power Restore Policy", "Last State"),
        ChassisFact("System Health", "OK"),
        ChassisFact("Identify Light", "off"),
        ChassisFact("Chassis Health", "Warning"),
        ChassisFact("Chassis intrusion", "active"),
    ]


class CurlInventoryJudge:
    def __init__(self, certificates: Certificates, service: Service) -> None:
        self._certificates, self._service = certificates, service

    async def known(self) -> Mapping[str, str]:
        system = await curl(self._certificates, self._service, SYSTEM)
        manager = await curl(self._certificates, self._service, MANAGER)
        names = ("Model", "SerialNumber", "PartNumber", "AssetTag", "UUID", "Manufacturer")
        return {f"SYSTEM {name}": system[name] for name in names} | {"BMC Firmware": manager["FirmwareVersion"]}


class TestRedfishInventory(InventoryContract):
    @pytest.fixture
    async def inventory(self, service: Service, site: Site) -> Inventory:
        return site.device(service).inventory

    @pytest.fixture
    async def inventory_judge(self, service: Service, certificates: Certificates) -> InventoryJudge:
        return CurlInventoryJudge(certificates, service)


async def test_the_parts_of_a_node(service: Service, site: Site) -> None:
    inventory = site.device(service).inventory
    assert await inventory.facts({Part.CPU, Part.DIMM, Part.MAC}) == [
        Fact(Part.CPU, "CPU0 Model", "Xeon 8380"),
        Fact(Part.CPU, "CPU0 TotalCores", "40"),
        Fact(Part.CPU, "CPU0 MaxSpeedMHz", "3700"),
        Fact(Part.DIMM, "DIMM0 CapacityMiB", "32768"),
        Fact(Part.DIMM, "DIMM0 MemoryDeviceType", "DDR4"),
        Fact(Part.MAC, "NIC a MAC", "12:44:6a:3b:04:11"),
        Fact(Part.MAC, "NIC b MAC", "aa:bb:cc:dd:ee:01"),
    ]
    assert Fact(Part.HARDWARE, "PSU 1 SerialNumber", "1Z0000001") in await inventory.facts({Part.HARDWARE})


async def test_the_firmware_of_a_node(service: Service, site: Site) -> None:
    inventory = site.device(service).inventory
    assert await inventory.facts({Part.FIRMWARE}) == [
        Fact(Part.FIRMWARE, "BMC Firmware Product", "2.14.0"),
        Fact(Part.FIRMWARE, "BIOS Firmware Product", "U32 v1.4 (StandbySpare)"),
    ]
    service.hidden.add(IMAGES)
    assert await inventory.facts({Part.FIRMWARE}) == [
        Fact(Part.FIRMWARE, "HOST Firmware Product", "P79 v1.33"),
        Fact(Part.FIRMWARE, "BMC Firmware Product", "2.14.0"),
    ]
    service.hidden.add(UPDATE)
    assert len(await inventory.facts({Part.FIRMWARE})) == 2


async def test_network_interfaces_are_those_of_the_node_with_an_address(service: Service, site: Site) -> None:
    inventory = site.device(service).inventory
    assert await inventory.nics() == [Nic("a", "12:44:6a:3b:04:11"), Nic("b", "aa:bb:cc:dd:ee:01")]
    del service.tree[SYSTEM]["EthernetInterfaces"]
    with pytest.raises(Unsupported, match="tells nothing about the network interfaces of its node"):
        await inventory.nics()


class CurlLogJudge:
    def __init__(self, certificates: Certificates, service: Service) -> None:
        self._certificates, self._service = certificates, service

    async def numbers(self) -> Sequence[str]:
        numbers: list[str] = []
        path = f"{LOG}/Entries"
        while path:
            page = await curl(self._certificates, self._service, path)
            numbers += [entry["Id"] for entry in page["Members"]]
            path = page.get("Members@odata.nextLink", "")
        return numbers[::-1]  # this service has the newest first


class TestRedfishEventLog(EventLogContract):
    @pytest.fixture
    async def event_log(self, service: Service, site: Site) -> EventLog:
        return site.device(service).event_log

    @pytest.fixture
    async def log_judge(self, service: Service, certificates: Certificates) -> LogJudge:
        return CurlLogJudge(certificates, service)


async def test_an_entry_says_when_what_and_how_bad(service: Service, site: Site) -> None:
    first, *_, last = await site.device(service).event_log.events()
    assert first.when is None
    assert (last.source, last.text, last.health) == ("CPU2 Temp", "Upper critical - going high", Health.CRITICAL)
    assert last.when == datetime(2026, 3, 2, 10, tzinfo=timezone(timedelta(hours=1)))


async def test_the_log_may_be_the_managers(service: Service, site: Site) -> None:
    service.tree[MANAGER]["LogServices"] = service.tree[SYSTEM].pop("LogServices")
    assert len(await site.device(service).event_log.events()) == 4


async def test_a_sel_of_the_manager_goes_before_other_logs_of_the_system(service: Service, site: Site) -> None:
    logs, other = f"{MANAGER}/LogServices", f"{SYSTEM}/LogServices"
    service.tree[MANAGER]["LogServices"] = link(logs)
    service.tree |= collection(logs, [LOG]) | collection(other, [f"{other}/PostCodes"])
    assert len(await site.device(service).event_log.events()) == 4


async def test_a_service_without_a_log_says_so(service: Service, site: Site) -> None:
    del service.tree[SYSTEM]["LogServices"]
    with pytest.raises(Unsupported, match="keeps no event log"):
        await site.device(service).event_log.events()


async def test_a_log_that_cannot_be_cleared_says_so(service: Service, site: Site) -> None:
    del service.tree[LOG]["Actions"]
    with pytest.raises(Unsupported, match=r"does not offer LogService.ClearLog"):
        await site.device(service).event_log.clear_events()


async def test_clearing_is_refused_in_words(service: Service, site: Site) -> None:
    service.instead[f"POST {CLEAR}"] = [refusing(400, "ActionNotSupported", "The log is frozen")]
    with pytest.raises(NodeError, match="The log is frozen"):
        await site.device(service).event_log.clear_events()


async def test_pages_in_a_circle_have_an_end(service: Service, site: Site) -> None:
    service.tree[f"{LOG}/Entries?$skip=2"]["Members@odata.nextLink"] = f"{LOG}/Entries"
    with pytest.raises(NodeError, match=r"has a list whose pages go in circles \(/redfish/v1/\S+/Entries\): update or"):
        await site.device(service).event_log.events()


async def test_entries_may_be_links_and_may_vanish(service: Service, site: Site) -> None:
    path = f"{LOG}/Entries"
    service.tree[f"{path}/1"] = {"Id": "1", "Created": "2026-01-01T00:00:00", "Message": "one", "EntryType": "Event"}
    service.tree[path] = {"Members": [link(f"{path}/1"), link(f"{path}/2")]}
    events = await site.device(service).event_log.events()
    assert [(event.number, event.text) for event in events] == [("1", "one")]
    assert events[0].when is not None
    assert events[0].when.tzinfo is not None
