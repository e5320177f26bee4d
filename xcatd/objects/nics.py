"""Attributes of the nics table: a value for each NIC in one text, `eth0!10.0.0.1|10.0.0.2,eth1!10.1.0.1`."""

from __future__ import annotations

from collections.abc import Mapping

from xcatd.objects.attributes import TYPES

ATTRIBUTES = frozenset(entry.name for entry in TYPES["node"].attributes if entry.table == "nics")


def split_name(attribute: str) -> tuple[str, str]:
    """`nicips.eth0` -> (nicips, eth0); the NIC is "" when the attribute has no such form."""
    name, _, nic = attribute.partition(".")
    return (name, nic) if name in ATTRIBUTES and nic else (attribute, "")


def values_by_nic(text: str) -> Mapping[str, str]:
    """NIC -> its value. An element without a `!` continues the value before it, which had a comma in it."""
    values: dict[str, str] = {}
    last = ""
    for element in text.split(","):
        nic, mark, value = element.partition("!")
        if mark:
            last = nic.strip()
            values[last] = value
        elif last:
            values[last] += f",{element}"
    return values


def with_value(text: str, nic: str, value: str) -> str:
    """The text with another value for one NIC, in its old place; an empty value takes the NIC out."""
    values = {**values_by_nic(text), nic: value}
    return ",".join(f"{name}!{one}" for name, one in values.items() if one)
