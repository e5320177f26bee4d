"""Settings of a real ipmi_sim, with ipmitool as the judge.

What it does not do: it lets operators change everything, and nobody log in with a password of more than 16 octets; it
has no light and no alert destinations, and never tells a boot device. Those are in the other tests of this folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.claims import network
from tests.simulators.bmcs import Bmc, Rack, bmcs
from tests.unit.hardware.conftest import USERS
from tests.unit.hardware.ipmi.judges import fields, ipmitool
from tests.unit.hardware.places import endpoint_of
from xcatd.errors import BadCredentials, Unsupported
from xcatd.hardware import Controllers, PowerState, Setting, Settings


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bmc]:
    """One of its own: the settings of the others stay as they are."""
    directory: Path = tmp_path_factory.mktemp("sim")
    with bmcs(Rack(1, f"{network()}.21.1", users=USERS, network=True), directory) as started:
        yield started[0]


@pytest.fixture
async def settings(controllers: Controllers, sim: Bmc) -> Settings:
    return controllers.device("ipmi", endpoint_of(sim)).settings


@pytest.mark.parametrize(
    "word, value, label, name, seen",
    [
        ("ip", "10.1.0.9", "BMC IP", "IP Address", "10.1.0.9"),
        ("netmask", "255.255.240.0", "BMC Netmask", "Subnet Mask", "255.255.240.0"),
        ("gateway", "10.1.0.1", "BMC Gateway", "Default Gateway IP", "10.1.0.1"),
        ("backupgateway", "10.1.0.2", "BMC Backup Gateway", "Backup Gateway IP", "10.1.0.2"),
    ],
)
async def test_the_network_is_set(
    settings: Settings, sim: Bmc, word: str, value: str, label: str, name: str, seen: str
) -> None:
    assert await settings.change_setting(word, value) == Setting(label, value)
    assert await settings.setting(word) == Setting(label, value)
    assert fields(await ipmitool(sim, "lan", "print", "1"))[name] == seen


async def test_an_address_by_dhcp_and_back(settings: Settings, sim: Bmc) -> None:
    assert await settings.change_setting("ip", "dhcp") == Setting("BMC IP Source", "DHCP")
    assert fields(await ipmitool(sim, "lan", "print", "1"))["IP Address Source"] == "DHCP Address"
    await settings.change_setting("ip", "10.1.0.7")
    assert fields(await ipmitool(sim, "lan", "print", "1"))["IP Address Source"] == "Static Address"


async def test_alerts_are_turned_on_and_off(settings: Settings, sim: Bmc) -> None:
    for value, label in (("on", "enabled"), ("off", "disabled")):
        assert await settings.change_setting("alert", value) == Setting("SP Alerting", label)
        assert f"1 | 1 | {label} | Match-always | 1 |" in await ipmitool(sim, "pef", "policy", "list")


@pytest.mark.parametrize("word, value", [("garp", "5"), ("snmpdest1", "10.1.2.3")])
async def test_what_it_lacks_is_named(settings: Settings, word: str, value: str) -> None:
    with pytest.raises(Unsupported, match=r"no such parameter \(0x80\)"):
        await settings.change_setting(word, value)


async def test_an_account_that_was_made_logs_in(settings: Settings, controllers: Controllers, sim: Bmc) -> None:
    for word, value in (("userid", "5"), ("username", "fresh"), ("password", "a new password!!")):
        await settings.change_setting(word, value)
    assert "; 5 fresh (administrator)" in (await settings.setting("users")).value
    assert "Success" in await ipmitool(sim, "user", "test", "5", "16", "a new password!!")
    account = {"user": "fresh", "password": "a new password!!"}
    assert "Chassis Power is off" in await ipmitool(sim, "chassis", "power", "status", **account)
    device = controllers.device("ipmi", endpoint_of(sim, **account))
    assert await device.power.power_state() is PowerState.OFF
    assert await device.settings.change_setting("gateway", "10.1.0.4") == Setting("BMC Gateway", "10.1.0.4")


async def test_a_password_that_was_changed_is_needed_from_then_on(
    settings: Settings, controllers: Controllers, sim: Bmc
) -> None:
    for word, value in (
        ("userid", "6"),
        ("username", "brief"),
        ("password", "before"),
        ("password", "sixteen letters!"),
    ):
        await settings.change_setting(word, value)
    old = controllers.device("ipmi", endpoint_of(sim, "brief", "before")).power
    with pytest.raises(BadCredentials, match="wrong password"):
        await old.power_state()
    new = controllers.device("ipmi", endpoint_of(sim, "brief", "sixteen letters!")).power
    assert await new.power_state() is PowerState.OFF
