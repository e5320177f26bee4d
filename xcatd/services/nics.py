"""Addresses and names that table `nics` gives to a node: several NICs in one text, several addresses a NIC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from xcatd.objects import World
from xcatd.objects.nics import values_by_nic
from xcatd.objects.regex import is_rule

COLUMNS = ("nicips", "nichostnamesuffixes", "nichostnameprefixes", "nicaliases", "nicnetworks")


@dataclass(frozen=True, slots=True)
class NicAddress:
    """One address of a NIC. `address` is a text that need not be one; `aliases` are separated by blanks, `network` is a netname.

    `problem` says why the host name, which is "" then, cannot be formed.
    """

    nic: str
    address: str
    name: str
    aliases: str
    network: str
    problem: str = ""


def nic_addresses(world: World, node: str, cells: Sequence[str]) -> Iterator[NicAddress]:
    """The addresses of a node's NICs, in the order of the table. `cells` are the node's values in COLUMNS."""
    ips, suffixes, prefixes, aliases, networks = (_by_nic(world, node, text) for text in cells)
    short = node.partition(".")[0]
    for nic, addresses in ips.items():
        for place, address in enumerate(addresses):
            if not address:
                continue
            prefix, suffix = _at(prefixes, nic, place), _at(suffixes, nic, place)
            problem = _problem(node, nic, prefix, suffix)
            if not prefix and not suffix:
                suffix = f"-{nic}"
            name = "" if problem else f"{prefix}{short}{suffix}"
            yield NicAddress(nic, address, name, _at(aliases, nic, place), _at(networks, nic, place), problem)


def _by_nic(world: World, node: str, text: str) -> Mapping[str, Sequence[str]]:
    """NIC -> its values, one for each of its addresses. A value like `|a|b|` is worked out from the node's name first."""
    if not text:
        return {}
    if "!" not in text:  # the form of old databases
        text = ",".join(element.replace(":", "!", 1) for element in text.split(","))
    return {nic: _several(world, node, value) for nic, value in values_by_nic(text).items()}


def _several(world: World, node: str, value: str) -> Sequence[str]:
    value = value.strip()
    if value.startswith("|") and is_rule(value):
        value = world.outcome(world.rule(value), node)
    return [one.strip() for one in value.split("|")]


def _at(values: Mapping[str, Sequence[str]], nic: str, place: int) -> str:
    found = values.get(nic, ())
    return found[place] if place < len(found) else ""


def _problem(node: str, nic: str, prefix: str, suffix: str) -> str:
    """Why a host name cannot be formed: a dot would begin its domain."""
    if not prefix and not suffix:
        if "." not in nic:
            return ""
        return (
            f"{node}: since '{nic}' contains dot, nics.nichostnamesuffixes.{nic} should be configured without dot for "
            f"'{nic}' interface."
        )
    for column, text in (("nichostnamesuffixes", suffix), ("nichostnameprefixes", prefix)):
        if "." in text:
            return f"{node}: the value '{text}' of nics.{column}.{nic} should not contain dot."
    return ""
