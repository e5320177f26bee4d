"""Settings of a BMC word by word, with ipmitool as the judge of what arrived and as the one who changes it meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.unit.hardware.contract import SettingsContract
from tests.unit.hardware.ipmi.conftest import Box
from tests.unit.hardware.ipmi.judges import fields, ipmitool
from xcatd.errors import BadCredentials, Busy, NodeError, Unsupported, UsageError
from xcatd.hardware import Setting, Settings

SET_LAN, GET_LAN, SET_SOL, SET_PEF, GET_PEF = b"\x0c\x01", b"\x0c\x02", b"\x0c\x21", b"\x04\x12", b"\x04\x13"
CHANNEL = b"\x01"

WRONG = [
    *(
        (word, value)
        for word in ("ip", "gateway", "backupgateway", "snmpdest2")
        for value in ("bmc1", "10.0.0", "224.0.0.1")
    ),
    *(("ip", value) for value in ("0.0.0.0", "255.255.255.255", "fe80::1", "")),
    *(("netmask", value) for value in ("255.0.255.0", "0.0.0.0", "24", "0.255.255.255")),
    *(("vlan", value) for value in ("0", "4095", "-1", "x", "1.5", "²", "99999999999999999999")),
    *(("garp", value) for value in ("1", "128", "fast", "")),
    *(("community", value) for value in ("", "nineteen characters", "b\u00fcro", "a\nb")),
    ("ipsrc", "bootp"),
    ("alert", "maybe"),
    ("sol", "maybe"),
    ("solbaud", "300"),
    *(("userid", value) for value in ("0", "64", "two", "", "1.0")),
    *(("username", value) for value in ("", "a name", "seventeen-letters", "b\u00fcro")),
    *(("password", value) for value in ("", "p" * 21, "b\u00fcro", "a\0b")),
]


class TestIpmi(SettingsContract):
    @pytest.fixture
    async def settings(self, box: Box) -> Settings:
        return box.device.settings

    @pytest.fixture
    async def wrong(self) -> Sequence[tuple[str, str]]:
        return WRONG


async def test_a_wrong_value_is_not_even_sent(box: Box) -> None:
    for word, value in WRONG:
        with pytest.raises(UsageError):
            await box.device.settings.change_setting(word, value)
    assert box.network.received == []


async def test_labels_and_values_are_those_of_xcat(box: Box) -> None:
    settings = box.device.settings
    assert [await settings.setting(word) for word in settings.readable if word != "users"] == [
        Setting("BMC IP", "10.0.0.5"),
        Setting("BMC Netmask", "255.255.255.0"),
        Setting("BMC Gateway", "10.0.0.1"),
        Setting("BMC Backup Gateway", "0.0.0.0"),
        Setting("BMC VLAN disabled", ""),
        Setting("BMC IP Source", "DHCP"),
        Setting("BMC MAC", "02:aa:bb:cc:dd:05"),
        Setting("Gratuitous ARP seconds", "2"),
        *(Setting(f"SP SNMP Destination {row}", "0.0.0.0") for row in (1, 2, 3, 4)),
        Setting("SP SNMP Community", "public"),
        Setting("SP SNMP Destination 1", "0.0.0.0"),
        Setting("SP Alerting", "disabled"),
        Setting("BMC SOL", "disabled"),
        Setting("BMC SOL Baud Rate", "9600"),
    ]


@pytest.mark.parametrize(
    "word, value, setting, name, seen",
    [
        ("ip", "10.0.0.9", Setting("BMC IP", "10.0.0.9"), "IP Address", "10.0.0.9"),
        ("netmask", "255.255.240.0", Setting("BMC Netmask", "255.255.240.0"), "Subnet Mask", "255.255.240.0"),
        ("netmask", "255.255.255.255", Setting("BMC Netmask", "255.255.255.255"), "Subnet Mask", "255.255.255.255"),
        ("gateway", "10.0.0.254", Setting("BMC Gateway", "10.0.0.254"), "Default Gateway IP", "10.0.0.254"),
        ("gateway", "0.0.0.0", Setting("BMC Gateway", "0.0.0.0"), "Default Gateway IP", "0.0.0.0"),
        ("backupgateway", "10.0.0.2", Setting("BMC Backup Gateway", "10.0.0.2"), "Backup Gateway IP", "10.0.0.2"),
        ("vlan", "1", Setting("BMC VLAN ID enabled", "1"), "802.1q VLAN ID", "1"),
        ("vlan", "4094", Setting("BMC VLAN ID enabled", "4094"), "802.1q VLAN ID", "4094"),
        ("vlan", "Off", Setting("BMC VLAN disabled", ""), "802.1q VLAN ID", "Disabled"),
        ("garp", "5", Setting("Gratuitous ARP seconds", "5"), "Gratituous ARP Intrvl", "5.0 seconds"),
        ("garp", "127", Setting("Gratuitous ARP seconds", "127"), "Gratituous ARP Intrvl", "127.0 seconds"),
        ("community", "c" * 17, Setting("SP SNMP Community", "c" * 17), "SNMP Community String", "c" * 17),
        ("ipsrc", "static", Setting("BMC IP Source", "Static"), "IP Address Source", "Static Address"),
    ],
)
async def test_what_is_set_is_told_back_and_ipmitool_reads_it(
    box: Box, word: str, value: str, setting: Setting, name: str, seen: str
) -> None:
    assert await box.device.settings.change_setting(word, value) == setting
    assert fields(await ipmitool(box.network, "lan", "print", "1"))[name] == seen


async def test_an_address_makes_its_source_static_and_dhcp_back(box: Box) -> None:
    settings = box.device.settings
    await settings.change_setting("ip", "10.0.0.9")
    assert await settings.setting("ipsrc") == Setting("BMC IP Source", "Static")
    assert await settings.change_setting("ip", "dhcp") == Setting("BMC IP Source", "DHCP")
    assert fields(await ipmitool(box.network, "lan", "print", "1"))["IP Address Source"] == "DHCP Address"


async def test_an_address_is_set_also_where_its_source_cannot_be(box: Box) -> None:
    box.brain.refuses[SET_LAN + CHANNEL + b"\x04"] = 0x82
    assert await box.device.settings.change_setting("ip", "10.0.0.9") == Setting("BMC IP", "10.0.0.9")


async def test_an_address_is_set_also_where_the_bmc_does_not_tell_its_mac(box: Box) -> None:
    box.brain.refuses[GET_LAN + CHANNEL + b"\x05"] = 0x80
    assert await box.device.settings.change_setting("ip", "10.0.0.9") == Setting("BMC IP", "10.0.0.9")


@pytest.mark.parametrize("row", [1, 2, 3, 4])
async def test_alert_destinations_are_kept_apart(box: Box, row: int) -> None:
    address = f"10.0.1.{row}"
    setting = Setting(f"SP SNMP Destination {row}", address)
    assert await box.device.settings.change_setting(f"snmpdest{row}", address) == setting
    for other in (1, 2, 3, 4):
        said = fields(await ipmitool(box.network, "lan", "alert", "print", "1", str(other)))
        assert said["Alert IP Address"] == (address if other == row else "0.0.0.0")


async def test_a_community_of_18_letters_has_no_end_mark(box: Box) -> None:
    """Here ipmitool reads on, beyond the end."""
    assert await box.device.settings.change_setting("community", "c" * 18) == Setting("SP SNMP Community", "c" * 18)
    assert box.registers.lan.values[16] == b"c" * 18


async def test_snmpdest_is_the_first(box: Box) -> None:
    assert await box.device.settings.change_setting("snmpdest", "10.0.1.7") == Setting(
        "SP SNMP Destination 1", "10.0.1.7"
    )
    assert await box.device.settings.setting("snmpdest1") == Setting("SP SNMP Destination 1", "10.0.1.7")


async def test_what_ipmitool_sets_is_seen(box: Box) -> None:
    await ipmitool(box.network, "lan", "set", "1", "defgw", "ipaddr", "10.0.0.77")
    await ipmitool(box.network, "lan", "set", "1", "vlan", "id", "300")
    assert await box.device.settings.setting("gateway") == Setting("BMC Gateway", "10.0.0.77")
    assert await box.device.settings.setting("vlan") == Setting("BMC VLAN ID enabled", "300")


# Steps


@pytest.mark.parametrize("rolls_back", [False, True])
async def test_a_change_is_begun_committed_and_ended(box: Box, rolls_back: bool) -> None:
    box.registers.lan.rolls_back = rolls_back
    assert await box.device.settings.change_setting("garp", "5") == Setting("Gratuitous ARP seconds", "5")
    assert box.done(SET_LAN + CHANNEL) == [b"\x00\x01", b"\x0b\x0a", b"\x00\x02", b"\x00\x00"]


async def test_a_change_that_fails_half_way_is_not_committed(box: Box) -> None:
    box.registers.lan.rolls_back = True
    box.brain.refuses[SET_LAN + CHANNEL + b"\x03"] = 0xCC
    with pytest.raises(Unsupported):
        await box.device.settings.change_setting("ip", "10.0.0.9")
    assert await box.device.settings.setting("ipsrc") == Setting("BMC IP Source", "DHCP")


async def test_a_bmc_that_is_too_busy_to_commit_is_asked_again(box: Box) -> None:
    box.brain.refuses[SET_LAN + CHANNEL + b"\x00\x02"] = 0xC0
    with pytest.raises(Busy, match="node busy"):
        await box.device.settings.change_setting("garp", "5", timeout=0.5)
    assert len(box.done(SET_LAN + CHANNEL + b"\x0b")) > 1


@pytest.mark.parametrize("step", [b"\x00\x01", b"\x00\x00"], ids=["begin", "end"])
async def test_a_bmc_without_progress_is_forgiven(box: Box, step: bytes) -> None:
    box.brain.refuses[SET_LAN + CHANNEL + step] = 0x80
    assert await box.device.settings.change_setting("garp", "5") == Setting("Gratuitous ARP seconds", "5")


@pytest.mark.parametrize(
    "code, words",
    [
        (0x80, r"no such parameter \(0x80\)"),
        (0x82, r"the parameter can only be read \(0x82\)"),
        (0xCC, "invalid data field"),
    ],
)
async def test_a_parameter_that_is_refused_is_an_error_and_the_change_is_ended(box: Box, code: int, words: str) -> None:
    box.brain.refuses[SET_LAN + CHANNEL + b"\x0b"] = code
    with pytest.raises(Unsupported, match=rf'refuses "Set LAN Configuration Parameters": {words}'):
        await box.device.settings.change_setting("garp", "5")
    assert box.registers.lan.values[0] == b"\x00"


async def test_a_bmc_that_accepts_and_does_not_keep_it_is_told_in_the_words_of_xcat(box: Box) -> None:
    box.registers.lan.ignores = True
    changed = await box.device.settings.change_setting("netmask", "255.255.0.0")
    assert changed == Setting("BMC Netmask", "255.255.255.0 (requested 255.255.0.0, not yet reflected)")
    changed = await box.device.settings.change_setting("vlan", "7")
    assert changed == Setting("BMC VLAN disabled", "(requested 7, not yet reflected)")


@pytest.mark.parametrize("word", ["ip", "vlan", "ipsrc", "mac", "garp", "snmpdest1", "community"])
@pytest.mark.parametrize("length", [0, 1])
async def test_a_parameter_that_is_cut_off_is_an_error(box: Box, word: str, length: int) -> None:
    box.brain.cuts[GET_LAN] = length
    with pytest.raises(NodeError, match=rf'answers "Get LAN Configuration Parameters" with {length} octets where'):
        await box.device.settings.setting(word)


async def test_a_channel_that_is_cut_off_is_an_error(box: Box) -> None:
    box.brain.cuts[b"\x06\x42"] = 0
    with pytest.raises(NodeError, match=r'answers "Get Channel Info" with 0 octets where at least 1 are due'):
        await box.device.settings.setting("ip")


async def test_a_community_of_garbage_does_no_harm(box: Box) -> None:
    box.registers.lan.values[16] = b"\x1b[31m\xff\xfe"
    label, value = "SP SNMP Community", (await box.device.settings.setting("community")).value
    assert await box.device.settings.setting("community") == Setting(label, value)
    assert value.isprintable()


# Serial over LAN


async def test_the_console_is_turned_on_and_off_and_gets_a_rate(box: Box) -> None:
    settings = box.device.settings
    assert await settings.change_setting("sol", "on") == Setting("BMC SOL", "enabled")
    assert await settings.change_setting("solbaud", "115200") == Setting("BMC SOL Baud Rate", "115200")
    said = fields(await ipmitool(box.network, "sol", "info", "1"))
    assert said["Enabled"] == "true"
    assert said["Volatile Bit Rate (kbps)"] == said["Non-Volatile Bit Rate (kbps)"] == "115.2"
    assert await settings.change_setting("sol", "disable") == Setting("BMC SOL", "disabled")
    assert fields(await ipmitool(box.network, "sol", "info", "1"))["Enabled"] == "false"


@pytest.mark.parametrize("code, name", [(0, "as the serial port"), (15, "unknown (15)")])
async def test_a_rate_that_is_no_number(box: Box, code: int, name: str) -> None:
    box.registers.sol.values[6] = bytes((code,))
    assert await box.device.settings.setting("solbaud") == Setting("BMC SOL Baud Rate", name)


async def test_a_bmc_without_a_console_says_so(box: Box) -> None:
    box.brain.refuses[SET_SOL] = 0xC1
    with pytest.raises(Unsupported, match=r'refuses "Set SOL Configuration Parameters": invalid command'):
        await box.device.settings.change_setting("sol", "on")


# Alerts


async def test_alerts_are_turned_on_and_off(box: Box) -> None:
    settings = box.device.settings
    assert await settings.change_setting("alert", "on") == Setting("SP Alerting", "enabled")
    assert "1 | 1 | enabled | Match-always | 1 |" in await ipmitool(box.network, "pef", "policy", "list")
    assert box.registers.pef.tables[9][1] == bytes((0x18, 0x11, 0))
    assert await settings.change_setting("alert", "dis") == Setting("SP Alerting", "disabled")
    assert box.registers.pef.tables[9][1] == bytes((0x10, 0x11, 0))


async def test_an_alert_policy_that_somebody_has_made_keeps_its_destination(box: Box) -> None:
    box.registers.pef.tables[9][1] = bytes((0x21, 0x13, 5))
    await box.device.settings.change_setting("alert", "enabled")
    assert box.registers.pef.tables[9][1] == bytes((0x29, 0x13, 5))


async def test_a_bmc_without_alerts_says_so(box: Box) -> None:
    box.brain.refuses[GET_PEF] = 0xC1
    with pytest.raises(Unsupported, match=r'refuses "Get PEF Configuration Parameters": invalid command'):
        await box.device.settings.setting("alert")


async def test_an_alert_policy_that_is_cut_off_is_an_error(box: Box) -> None:
    box.brain.cuts[GET_PEF] = 3
    with pytest.raises(NodeError, match="with 3 octets where at least 5 are due"):
        await box.device.settings.change_setting("alert", "on")
    assert box.done(SET_PEF) == []


# Who we are


@pytest.mark.parametrize(
    "word, value",
    [("ip", "10.0.0.9"), ("garp", "5"), ("alert", "on"), ("sol", "on"), ("username", "new"), ("password", "new")],
)
async def test_an_operator_may_not_change_settings(box: Box, word: str, value: str) -> None:
    box.brain.role = 3
    settings = box.device.settings
    await settings.change_setting("userid", "3")
    with pytest.raises(BadCredentials, match='does not allow this to the user "admin": give that user a higher'):
        await settings.change_setting(word, value)


async def test_an_operator_may_read_them(box: Box) -> None:
    box.brain.role = 3
    assert await box.device.settings.setting("ip") == Setting("BMC IP", "10.0.0.5")


async def test_one_wrong_value_of_several_keeps_all_of_them_from_being_sent(box: Box) -> None:
    for word, value in WRONG:
        with pytest.raises(UsageError):
            box.device.settings.announce({"netmask": "255.255.0.0", "userid": "3", word: value})
    with pytest.raises(Unsupported, match=r'"mac" cannot be set by IPMI: give one of ip, netmask'):
        box.device.settings.announce({"mac": "02:00:00:00:00:01"})
    assert box.network.received == []


async def test_what_is_announced_is_set_as_it_would_be_without(box: Box) -> None:
    changes = {"userid": "3", "username": "joe", "password": "s3cret"}
    settings = box.device.settings
    settings.announce(changes)
    for word, value in changes.items():
        await settings.change_setting(word, value)
    assert [(account.name, account.password) for account in box.registers.accounts.values() if account.name] == [
        (b"admin", b"secret"),
        (b"joe", b"s3cret"),
    ]
