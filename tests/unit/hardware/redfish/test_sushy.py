"""The driver on a real service: sushy-tools' emulator, with curl as the judge."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import urllib.request
from typing import Any

import pytest

from tests.helpers.certificates import Certificates
from tests.simulators.redfish import PASSWORD, USER, Emulator
from tests.unit.hardware.redfish.places import Site
from xcatd.errors import BadCredentials, NodeError, Unsupported
from xcatd.hardware import (
    BeaconState,
    BootChoice,
    BootDevice,
    Device,
    Fact,
    Health,
    Nic,
    Part,
    PowerAction,
    PowerState,
    SensorKind,
)


@pytest.fixture
async def device(sushy: Emulator, site: Site) -> Device:
    return site.device(sushy, path=sushy.path(0))


async def read(sushy: Emulator, certificates: Certificates, path: str) -> dict[str, Any]:
    """What Python's own HTTP reads there."""
    account = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    request = urllib.request.Request(
        f"https://{sushy.host}:{sushy.port}{path}", headers={"Authorization": f"Basic {account}"}
    )
    context = ssl.create_default_context(cafile=certificates.ca)

    def look() -> dict[str, Any]:
        with urllib.request.urlopen(request, context=context) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    return await asyncio.to_thread(look)


@pytest.mark.endurance
async def test_power_is_on_when_it_says_so(sushy: Emulator, site: Site, certificates: Certificates) -> None:
    """This emulator takes up to eleven seconds: the order is accepted, and then looked for."""
    power = site.device(sushy, path=sushy.path(1)).power
    assert await power.power_state() is PowerState.OFF
    await power.set_power(PowerAction.ON, timeout=40)
    assert await power.power_state() is PowerState.ON
    assert (await read(sushy, certificates, sushy.path(1)))["PowerState"] == "On"


async def test_an_interrupt_is_refused_in_words(device: Device) -> None:
    with pytest.raises(NodeError, match=r"POST \S+ComputerSystem.Reset \(50\d.*Power state Nmi is not supported"):
        await device.power.set_power(PowerAction.DIAG)


async def test_a_boot_device_is_seen_by_others(device: Device, sushy: Emulator, certificates: Certificates) -> None:
    """This emulator keeps every choice for good, and starts by UEFI."""
    chosen = await device.boot.choose_boot(BootChoice(BootDevice.NETWORK, persistent=True, uefi=True))
    assert chosen == BootChoice(BootDevice.NETWORK, persistent=True, uefi=True)
    boot = (await read(sushy, certificates, sushy.path(0)))["Boot"]
    assert (boot["BootSourceOverrideTarget"], boot["BootSourceOverrideMode"]) == ("Pxe", "UEFI")
    assert await device.boot.choose_boot(BootChoice(BootDevice.DEFAULT)) is None
    with pytest.raises(Unsupported, match="cannot have the node start from setup: it offers Pxe, Cd, Hdd"):
        await device.boot.choose_boot(BootChoice(BootDevice.SETUP))


async def test_the_light(device: Device, sushy: Emulator, certificates: Certificates) -> None:
    for state, led in ((BeaconState.ON, "Lit"), (BeaconState.BLINK, "Blinking"), (BeaconState.OFF, "Off")):
        await device.beacon.set_beacon(state)
        assert await device.beacon.beacon_state() is state
        assert (await read(sushy, certificates, sushy.path(0)))["IndicatorLED"] == led


async def test_sensors(device: Device) -> None:
    found = {sensor.name: sensor for sensor in await device.sensors.sensors()}
    intake, fan = found["Chassis Intake Temp"], found["BaseBoard System Fan"]
    assert (intake.kind, intake.value, intake.unit, intake.health) == (SensorKind.TEMPERATURE, 25, "C", Health.OK)
    assert (intake.thresholds.lower_failed, intake.thresholds.upper_critical) == (0, 40)
    assert (fan.kind, fan.value, fan.unit) == (SensorKind.FAN, 2100, "RPM")


async def test_inventory(device: Device, sushy: Emulator) -> None:
    facts = await device.inventory.facts()
    assert Fact(Part.GUID, "SYSTEM UUID", sushy.systems[0]) in facts
    assert Fact(Part.MPROM, "BMC Firmware", "1.00") in facts
    assert Fact(Part.HARDWARE, "CHASSIS 15693887-7984-9484-3272-842188918912 SerialNumber", "437XR1138R2") in facts
    assert await device.inventory.nics() == [Nic("02:00:00:00:00:00", "02:00:00:00:00:00")]


async def test_what_it_lacks_is_said(device: Device) -> None:
    with pytest.raises(Unsupported, match="keeps no event log"):
        await device.event_log.events()
    with pytest.raises(Unsupported, match="does not measure the power"):
        await device.energy.consumption()
    with pytest.raises(Unsupported, match="has no AccountService"):
        await device.settings.setting("users")


async def test_wrong_user_and_wrong_password(sushy: Emulator, site: Site) -> None:
    for user, password in (("nobody", PASSWORD), (USER, "wrong-one")):
        with pytest.raises(BadCredentials, match=f'does not let in the user "{user}"') as caught:
            await site.device(sushy, user, password).power.power_state()
        assert "wrong-one" not in str(caught.value)


async def test_one_of_a_hundred_has_to_be_named(sushy: Emulator, site: Site) -> None:
    with pytest.raises(
        NodeError, match=r"has 100 systems \(.*, \.\.\.\): say which one is the node's with openbmc.bmc="
    ):
        await site.device(sushy).power.power_state()


async def test_a_hundred_nodes_are_asked_side_by_side(sushy: Emulator, site: Site) -> None:
    paths = [sushy.path(number) for number in range(2, 100)]
    states = await asyncio.gather(*(site.device(sushy, path=path).power.power_state(timeout=60) for path in paths))
    assert states == [PowerState.OFF] * 98


async def test_the_name_of_a_system_leads_to_it(sushy: Emulator, site: Site) -> None:
    """The emulator redirects from a name to the id."""
    device = site.device(sushy, path="/redfish/v1/Systems/fake5")
    await device.beacon.set_beacon(BeaconState.ON)
    assert await site.device(sushy, path=sushy.path(5)).beacon.beacon_state() is BeaconState.ON
