"""What has to be changed at an EthernetInterface for an address, a netmask, a gateway or a VLAN."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from xcatd.errors import NodeError, Unsupported, UsageError
from xcatd.hardware.redfish.fields import Fields, Resource

IP, NETMASK, GATEWAY, VLAN, DHCP = "ip", "netmask", "gateway", "vlan", "dhcp"
PROPERTIES: Mapping[str, str] = MappingProxyType({IP: "Address", NETMASK: "SubnetMask", GATEWAY: "Gateway"})
"""Word of rspconfig -> property of schema IPAddresses."""
ALL = "IPv4Addresses"
_STATIC = "IPv4StaticAddresses"
_VLANS = range(1, 4095)


def address_of(interface: Resource, host: str) -> Fields:
    """The IPv4 address at which we talk, else the first one."""
    addresses = interface.fields.parts(ALL)
    return next((one for one in addresses if one.text("Address") == host), next(iter(addresses), Fields({})))


def changes_for(interface: Resource, wanted: Mapping[str, str], host: str, place: str) -> dict[str, Any]:
    """All that gives the interface these values, by the words of rspconfig. UsageError: one of them cannot be."""
    changes: dict[str, Any] = {}
    addresses = {word: checked(word, value) for word, value in wanted.items() if word in PROPERTIES and value != DHCP}
    if wanted.get(IP) == DHCP:
        changes["DHCPv4"] = {"DHCPEnabled": True}
    elif addresses:
        changes |= _static(interface, addresses, host, place)
    if VLAN in wanted:
        changes["VLAN"] = _vlan(interface, wanted[VLAN], place)
    return changes


def is_off(vlan: str) -> bool:
    return vlan in ("off", "0")


def _static(interface: Resource, addresses: Mapping[str, str], host: str, place: str) -> Mapping[str, Any]:
    """A fixed address that differs from the present one by these values."""
    now = address_of(interface, host)
    if IP not in addresses and (now.text("AddressOrigin") == "DHCP" or not now.text("Address")):
        raise NodeError(
            f"the BMC at {place} has its address from DHCP: set ip before or with {' and '.join(addresses)}"
        )
    entry = {name: now.text(name) for name in PROPERTIES.values() if now.text(name)}
    entry |= {PROPERTIES[word]: value for word, value in addresses.items()}
    if _STATIC not in interface.fields:  # services before EthernetInterface 1.4
        return _no_dhcp(interface) | {ALL: [{**entry, "AddressOrigin": "Static"}]}
    fixed = interface.fields.parts(_STATIC)
    index = next((index for index, one in enumerate(fixed) if one.text("Address") == now.text("Address")), 0)
    return _no_dhcp(interface) | {_STATIC: [entry if each == index else {} for each in range(max(1, len(fixed)))]}


def _no_dhcp(interface: Resource) -> dict[str, Any]:
    return {"DHCPv4": {"DHCPEnabled": False}} if interface.fields.flag("DHCPv4", "DHCPEnabled") else {}


def _vlan(interface: Resource, value: str, place: str) -> Mapping[str, Any]:
    check_vlan(value)
    if "VLAN" not in interface.fields:
        raise Unsupported(f"the BMC at {place} has no VLAN at its interface: it cannot do this")
    return {"VLANEnable": False} if is_off(value) else {"VLANEnable": True, "VLANId": int(value)}


def check_vlan(value: str) -> None:
    """UsageError: no VLAN is called so."""
    if not is_off(value) and not (value.isascii() and value.isdigit() and len(value) < 5 and int(value) in _VLANS):
        raise UsageError(f'"{value}" is no value for vlan: give a number from 1 to 4094, or off')


def checked(word: str, value: str) -> str:
    """The address or netmask. UsageError: it is none."""
    try:
        address = ipaddress.IPv4Address(value)
        if word == NETMASK:
            ipaddress.IPv4Network(f"0.0.0.0/{value}")
    except ValueError:
        example = "255.255.255.0" if word == NETMASK else "10.0.0.5"
        raise UsageError(f'"{value}" is no value for {word}: give it as {example}') from None
    return str(address)
