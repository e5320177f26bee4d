"""Settings of a controller by the words of rspconfig: network, clock, accounts."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Sequence

import pytest

from tests.simulators.badredfish import Service, dropping, refusing, serving
from tests.simulators.redfishtree import ACCOUNTS, MANAGER, NIC, PROTOCOLS, ROOT, SYSTEM
from tests.unit.hardware.contract import SettingsContract
from tests.unit.hardware.redfish.places import Site
from xcatd.errors import BadCredentials, NodeError, TimedOut, Unsupported, UsageError
from xcatd.hardware import PowerState, Setting, Settings, Trust, TrustKind


class TestRedfishSettings(SettingsContract):
    @pytest.fixture
    async def settings(self, service: Service, site: Site) -> Settings:
        return site.device(service).settings

    @pytest.fixture
    async def wrong(self) -> Sequence[tuple[str, str]]:
        return [
            *WRONG,
            ("userid", "9"),
            ("admin_passwd", "nonsense"),
        ]


WRONG = [
    ("ip", "10.0.0"),
    ("ip", "fe80::1"),
    ("netmask", "255.0.255.0"),
    ("gateway", "router"),
    ("vlan", "4095"),
    ("vlan", "x"),
    ("hostname", "two words"),
    ("hostname", "10.0.0.1"),
    ("ntpservers", ","),
    ("timesyncmethod", "gps"),
    ("powerrestorepolicy", "maybe"),
    ("username", "two words"),
    ("password", ""),
]
"""What nobody has to be asked about."""


@pytest.fixture
async def settings(service: Service, site: Site) -> Settings:
    return site.device(service).settings


async def test_the_labels_are_those_of_xcat(settings: Settings) -> None:
    found = [await settings.setting(word) for word in settings.readable]
    assert [(one.label, one.value) for one in found] == [
        ("BMC IP", "127.0.0.1"),
        ("BMC Netmask", "255.0.0.0"),
        ("BMC Gateway", "127.0.0.254"),
        ("BMC VLAN disabled", ""),
        ("BMC IP Source", "Static"),
        ("BMC Hostname", "bmc7"),
        ("BMC NTP Servers", "10.0.0.1"),
        ("BMC TimeSyncMethod", "Manual"),
        ("BMC PowerRestorePolicy", "Restore"),
        ("BMC Users", "1 admin (Administrator); 2 oper (Operator, disabled)"),
    ]


@pytest.mark.parametrize(
    "word, value, told",
    [
        ("netmask", "255.255.0.0", Setting("BMC Netmask", "255.255.0.0")),
        ("gateway", "127.0.0.9", Setting("BMC Gateway", "127.0.0.9")),
        ("vlan", "17", Setting("BMC VLAN ID", "17")),
        ("hostname", "cn01-bmc", Setting("BMC Hostname", "cn01-bmc")),
        ("ntpservers", "a.example,10.0.0.2", Setting("BMC NTP Servers", "a.example,10.0.0.2")),
        ("timesyncmethod", "ntp", Setting("BMC TimeSyncMethod", "NTP")),
        ("powerrestorepolicy", "always_on", Setting("BMC PowerRestorePolicy", "AlwaysOn")),
    ],
)
async def test_what_is_set_is_told_back(settings: Settings, word: str, value: str, told: Setting) -> None:
    assert await settings.change_setting(word, value) == told
    assert await settings.setting(word) == told


async def test_a_new_address_keeps_netmask_and_gateway(settings: Settings, service: Service) -> None:
    assert await settings.change_setting("ip", "127.0.0.77") == Setting("BMC IP", "127.0.0.77")
    address = {"Address": "127.0.0.77", "SubnetMask": "255.0.0.0", "Gateway": "127.0.0.254"}
    assert service.tree[NIC]["IPv4StaticAddresses"] == [{**address, "AddressOrigin": "Static"}]


@pytest.mark.parametrize("first", ["ip", "netmask", "vlan"])
async def test_what_belongs_together_is_set_at_once(settings: Settings, service: Service, first: str) -> None:
    """After the first one alone the controller might be out of reach."""
    changes = {"ip": "127.9.0.7", "netmask": "255.255.0.0", "gateway": "127.9.0.1", "vlan": "17"}
    words = [first, *(word for word in changes if word != first)]
    settings.announce(changes)
    assert (await settings.change_setting(first, changes[first])).value == changes[first]
    service.instead[f"PATCH {NIC}"] = [dropping] * 9
    told = [(await settings.change_setting(word, changes[word])).value for word in words if word not in ("ip", first)]
    assert told == [changes[word] for word in words if word not in ("ip", first)]
    address = {"Address": "127.9.0.7", "SubnetMask": "255.255.0.0", "Gateway": "127.9.0.1", "AddressOrigin": "Static"}
    assert service.tree[NIC]["IPv4StaticAddresses"] == [address]
    assert service.tree[NIC]["VLAN"] == {"VLANEnable": True, "VLANId": 17}


async def test_after_a_move_it_is_asked_at_its_new_address(
    service: Service, site: Site, context: ssl.SSLContext
) -> None:
    settings = site.device(service, trust=Trust(TrustKind.ANY)).settings
    async with serving(Service(tree=service.tree), context, "127.0.0.2", service.port) as moved:
        await settings.change_setting("ip", "127.0.0.2")
        assert await settings.setting("ip") == Setting("BMC IP", "127.0.0.2")
        assert f"GET {NIC}" in moved.asked


async def test_dhcp_and_back(settings: Settings, service: Service) -> None:
    assert await settings.change_setting("ip", "dhcp") == Setting("BMC IP", "dhcp")
    assert service.tree[NIC]["DHCPv4"] == {"DHCPEnabled": True}
    service.tree[NIC]["IPv4Addresses"][0]["AddressOrigin"] = "DHCP"
    with pytest.raises(NodeError, match="has its address from DHCP: set ip before or with netmask"):
        await settings.change_setting("netmask", "255.255.0.0")
    await settings.change_setting("ip", "127.0.0.1")
    assert service.tree[NIC]["DHCPv4"] == {"DHCPEnabled": False}


async def test_a_service_of_before_static_addresses(settings: Settings, service: Service) -> None:
    del service.tree[NIC]["IPv4StaticAddresses"]
    await settings.change_setting("ip", "127.0.0.77")
    assert service.tree[NIC]["IPv4Addresses"][0]["Address"] == "127.0.0.77"


async def test_a_controller_that_moves_away_is_looked_for_elsewhere(settings: Settings, service: Service) -> None:
    service.instead[f"PATCH {NIC}"] = [dropping]
    with pytest.raises(
        TimedOut, match=r"was told to change its network \(ip=127.0.0.77\) and does not answer there any more"
    ):
        await settings.change_setting("ip", "127.0.0.77")


async def test_a_vlan_is_turned_off(settings: Settings, service: Service) -> None:
    await settings.change_setting("vlan", "17")
    assert await settings.change_setting("vlan", "off") == Setting("BMC VLAN disabled", "")
    assert service.tree[NIC]["VLAN"]["VLANEnable"] is False
    del service.tree[NIC]["VLAN"]
    with pytest.raises(Unsupported, match="has no VLAN at its interface"):
        await settings.change_setting("vlan", "17")


async def test_a_star_is_the_name_in_the_tables(service: Service, site: Site) -> None:
    settings = site.device(service, host="localhost").settings
    assert await settings.change_setting("hostname", "*") == Setting("BMC Hostname", "localhost")
    del service.tree[NIC]["HostName"]
    assert await settings.change_setting("hostname", "bmc8") == Setting("BMC Hostname", "bmc8")
    assert service.tree[PROTOCOLS]["HostName"] == "bmc8"


async def test_a_value_that_the_service_does_not_take(settings: Settings, service: Service) -> None:
    service.instead[f"PATCH {SYSTEM}"] = [refusing(400, "PropertyValueNotInList", "The value is not in the list")]
    with pytest.raises(
        UsageError,
        match=r'does not take "always_on" for powerrestorepolicy: The value is not in the list; give another',
    ):
        await settings.change_setting("powerrestorepolicy", "always_on")


async def test_a_service_without_such_things_says_so(settings: Settings, service: Service) -> None:
    del service.tree[MANAGER]["NetworkProtocol"]
    del service.tree[MANAGER]["EthernetInterfaces"]
    del service.tree[SYSTEM]["PowerRestorePolicy"]
    del service.tree[ROOT]["AccountService"]
    for word in settings.readable:
        with pytest.raises(Unsupported, match=r"tells nothing about|does not say what|has no AccountService"):
            await settings.setting(word)


async def test_a_service_without_a_manager_says_so(settings: Settings, service: Service) -> None:
    service.hidden.add(MANAGER)
    with pytest.raises(Unsupported, match="tells nothing about its own manager"):
        await settings.setting("ip")


# Accounts


async def test_an_account_gets_a_name_and_a_password(settings: Settings, service: Service) -> None:
    assert await settings.change_setting("userid", "2") == Setting("BMC User ID", "2")
    assert await settings.change_setting("username", "joe") == Setting("set username Done", "")
    assert await settings.change_setting("password", "hunter2!") == Setting("set password Done", "")
    assert service.tree[f"{ACCOUNTS}/2"]["UserName"] == "joe"
    assert service.journal == ["password of joe"]


async def test_an_empty_slot_gets_name_and_password_at_once(settings: Settings, service: Service) -> None:
    service.tree[f"{ACCOUNTS}/2"] |= {"UserName": "", "RoleId": ""}
    for word, value in (("userid", "2"), ("username", "joe"), ("password", "hunter2!")):
        await settings.change_setting(word, value)
    assert service.journal == ["password of joe"]
    assert service.asked.count(f"PATCH {ACCOUNTS}/2") == 1
    assert (await settings.setting("users")).value == "1 admin (Administrator); 2 joe (Administrator)"


async def test_an_account_of_a_new_name_is_made(settings: Settings, service: Service) -> None:
    await settings.change_setting("username", "joe")
    await settings.change_setting("password", "hunter2!")
    assert service.journal == ["account joe Administrator hunter2!"]


async def test_an_account_of_a_known_name_gets_the_password(settings: Settings, service: Service) -> None:
    await settings.change_setting("username", "oper")
    await settings.change_setting("password", "hunter2!")
    assert service.journal == ["password of oper"]


async def test_a_password_must_say_whose_it_is(settings: Settings, service: Service) -> None:
    with pytest.raises(UsageError, match="say whose password it is: userid=<id> before it, or username=<name>"):
        await settings.change_setting("password", "hunter2!")
    assert service.journal == []


async def test_our_own_password_is_changed_when_the_old_one_is_right(service: Service, site: Site) -> None:
    settings = site.device(service).settings
    with pytest.raises(UsageError, match="the current password of the BMC is not this one"):
        await settings.change_setting("admin_passwd", "wrong,new-one")
    await settings.change_setting("admin_passwd", "secret,new,one")
    assert service.journal == ["password of admin"]
    assert await site.device(service, password="new,one").power.power_state() is PowerState.OFF


async def test_an_account_that_is_not_listed_cannot_be_changed(service: Service, settings: Settings) -> None:
    service.tree[f"{ACCOUNTS}/1"]["UserName"] = "somebody"
    with pytest.raises(NodeError, match='does not list the account "admin": change its password on the BMC'):
        await settings.change_setting("admin_passwd", "secret,new-one")


async def test_a_password_that_has_expired_is_changed(service: Service, site: Site) -> None:
    expired = refusing(403, "PasswordChangeRequired", "The password must be changed")
    service.tree[f"{ACCOUNTS}/admin"] = service.tree[f"{ACCOUNTS}/1"]
    service.instead["GET /redfish/v1/AccountService"] = [expired, expired]
    settings = site.device(service).settings
    with pytest.raises(BadCredentials, match="The password must be changed"):
        await settings.setting("users")
    await settings.change_setting("admin_passwd", "secret,new-one")
    assert service.journal == ["password of admin"]


@pytest.mark.parametrize("word", ["PropertyValueFormatError", "GeneralError"])
async def test_a_password_that_the_service_repeats_is_not_shown(
    settings: Settings, service: Service, word: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service.instead[f"PATCH {ACCOUNTS}/2"] = [refusing(400, word, "The value hunter2! is too easy")]
    await settings.change_setting("username", "oper")
    with pytest.raises((UsageError, NodeError), match=r"The value \*\*\* is too easy") as caught:
        await settings.change_setting("password", "hunter2!")
    assert "hunter2!" not in f"{caught.value!r} {caught.value.__context__!r} {caplog.text}"


async def test_a_password_that_a_task_repeats_is_not_shown(settings: Settings, service: Service) -> None:
    message = {"MessageId": "Base.1.0.GeneralError", "Message": "The value hunter2! is too easy"}
    service.task = [{"TaskState": "Running"}, {"TaskState": "Exception", "Messages": [message]}]
    service.instead[f"PATCH {ACCOUNTS}/2"] = [service.beginning]
    await settings.change_setting("username", "oper")
    with pytest.raises(NodeError, match=r"did not finish the task \(Exception\): The value \*\*\* is too easy"):
        await settings.change_setting("password", "hunter2!")


async def test_dhcp_may_be_written_in_capitals(settings: Settings, service: Service) -> None:
    assert await settings.change_setting("ip", "DHCP") == Setting("BMC IP", "dhcp")
    assert service.tree[NIC]["DHCPv4"]["DHCPEnabled"] is True


async def test_one_wrong_value_of_several_keeps_all_of_them_from_being_sent(
    settings: Settings, service: Service
) -> None:
    for word, value in WRONG:
        with pytest.raises(UsageError, match=r"is no value for|cannot be the password"):
            settings.announce({"timesyncmethod": "ntp", word: value})
    with pytest.raises(Unsupported, match='"mac" cannot be set by Redfish: give one of ip, netmask'):
        settings.announce({"mac": "02:00:00:00:00:01"})
    settings.announce({"ip": "DHCP", "vlan": "off", "hostname": "*", "userid": "9"})
    assert service.asked == []
