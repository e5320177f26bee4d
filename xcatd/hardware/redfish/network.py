"""The network of a controller: the EthernetInterface of its manager through which we talk with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from xcatd.errors import TimedOut, Unreachable, Unsupported, UsageError
from xcatd.hardware.redfish.fields import Resource
from xcatd.hardware.redfish.lanchanges import (
    ALL,
    DHCP,
    GATEWAY,
    IP,
    NETMASK,
    PROPERTIES,
    VLAN,
    address_of,
    changes_for,
    check_vlan,
    checked,
    is_off,
)
from xcatd.hardware.redfish.places import Places
from xcatd.hardware.redfish.policies import protocols
from xcatd.hardware.redfish.words import Word
from xcatd.hardware.settings import Setting

MOVED_WITHIN = 15.0
"""Seconds for an answer from a controller that is told to move away from where it was asked."""
_UNKNOWN = "n/a"
_FROM_TABLES = "*"
_SOURCE = "AddressOrigin"
_LABELS = {"Address": "BMC IP", "SubnetMask": "BMC Netmask", "Gateway": "BMC Gateway", _SOURCE: "BMC IP Source"}
_TOGETHER = (IP, NETMASK, GATEWAY, VLAN)
"""Words that are set at once, when all of them are known to come: after the first one alone, the controller may be gone."""


class Network:
    """`coming` are the values that will be set by and by; empty: nobody has said."""

    def __init__(self) -> None:
        self.coming: Mapping[str, str] = {}
        self._done: Mapping[str, str] = {}
        self.words: Mapping[str, Word] = {
            IP: Word(partial(_read, name="Address"), partial(self._set, word=IP), check=_check_own),
            NETMASK: Word(
                partial(_read, name="SubnetMask"), partial(self._set, word=NETMASK), check=partial(checked, NETMASK)
            ),
            GATEWAY: Word(
                partial(_read, name="Gateway"), partial(self._set, word=GATEWAY), check=partial(checked, GATEWAY)
            ),
            VLAN: Word(_vlan, partial(self._set, word=VLAN), check=check_vlan),
            "ipsrc": Word(partial(_read, name=_SOURCE)),
            "hostname": Word(_hostname, _set_hostname, check=_check_hostname),
        }

    async def _set(self, places: Places, value: str, word: str) -> Setting:
        """One of those that belong together, and with it the others that will come."""
        if self._done.get(word) != value:
            wanted = {each: self.coming[each] for each in _TOGETHER if each in self.coming} | {word: value}
            interface = await _interface(places)
            changes = changes_for(interface, wanted, places.controller.endpoint.host, places.place)
            if IP not in wanted and VLAN not in wanted:
                await places.controller.change(interface, changes)
                return await _read(places, PROPERTIES[word])
            await _move(places, interface, changes, wanted)
            self._done = wanted
        return _told(word, value)


def _told(word: str, value: str) -> Setting:
    """What is there now, without another look: the controller may be somewhere else."""
    if word == VLAN:
        return Setting("BMC VLAN disabled", "") if is_off(value) else Setting("BMC VLAN ID", value)
    return Setting(_LABELS[PROPERTIES[word]], value)


async def _move(places: Places, interface: Resource, changes: Mapping[str, object], wanted: Mapping[str, str]) -> None:
    try:
        async with asyncio.timeout(MOVED_WITHIN):
            await places.controller.change(interface, changes)
    except (TimeoutError, Unreachable):
        words = ", ".join(f"{word}={value}" for word, value in wanted.items())
        raise TimedOut(
            f"{places.place} was told to change its network ({words}) and does not answer there any more: look for it at its "
            "new place, and correct openbmc.bmc"
        ) from None


async def _interface(places: Places) -> Resource:
    """The one that has the address at which we talk; else the first that has one and is not turned off."""
    manager = await places.manager()
    found = await places.members(manager.fields.link("EthernetInterfaces"))
    if not found:
        raise Unsupported(f"the BMC at {places.place} tells nothing about its network interfaces")
    return max(found, key=partial(_fitness, host=places.controller.endpoint.host))


def _fitness(interface: Resource, host: str) -> int:
    addresses = [*interface.fields.parts(ALL), *interface.fields.parts("IPv6Addresses")]
    if any(address.text("Address") == host for address in addresses):
        return 3
    is_down = interface.fields.flag("InterfaceEnabled") is False or interface.fields.text("LinkStatus") == "NoLink"
    has_address = any(address.text("Address") not in ("", "0.0.0.0") for address in addresses)  # noqa: S104 - none is set
    return 0 if is_down else 1 + has_address


async def _read(places: Places, name: str) -> Setting:
    address = address_of(await _interface(places), places.controller.endpoint.host)
    return Setting(_LABELS[name], address.text(name) or _UNKNOWN)


async def _vlan(places: Places) -> Setting:
    interface = await _interface(places)
    number = interface.fields.text("VLAN", "VLANId")
    if not number or interface.fields.flag("VLAN", "VLANEnable") is False:
        return Setting("BMC VLAN disabled", "")
    return Setting("BMC VLAN ID", number)


def _check_own(value: str) -> None:
    if value != DHCP:
        checked(IP, value)


def _check_hostname(name: str) -> None:
    if not name.isprintable() or " " in name or not name or name.replace(".", "").isdigit() or ":" in name:
        raise UsageError(f'"{name}" is no value for hostname: give a name of letters, digits and hyphens')


async def _hostname(places: Places) -> Setting:
    return Setting("BMC Hostname", (await _named(places)).fields.text("HostName") or _UNKNOWN)


async def _set_hostname(places: Places, value: str) -> Setting:
    """A star is the name in the tables."""
    name = places.controller.endpoint.host if value == _FROM_TABLES else value
    _check_hostname(name)
    await places.controller.change(await _named(places), {"HostName": name})
    return await _hostname(places)


async def _named(places: Places) -> Resource:
    """Where the controller's name is: at its interface, or with its network protocols."""
    interface = await _interface(places)
    return interface if "HostName" in interface.fields else await protocols(places)
