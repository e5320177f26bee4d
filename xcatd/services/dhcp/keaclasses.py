"""Kea's client classes (Kea Administrator Reference Manual, chapter 14): what depends on the kind of machine.

They are the same for all nodes, because the server looks at each of them for each packet. A node's own script is named by iPXE
itself, which puts its own settings into `${...}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xcatd.services.dhcp.boot import CONF_FILE, IPXE_NAMES, Rule, firmware_rules, grub_rules, network_rules, node_rules
from xcatd.services.dhcp.subnets import Served, Subnet

SCRIPTED = "xcat-scripted"
"""The class of nodes whose script iPXE fetches."""
UNSCRIPTED = "xcat-unscripted"
"""That of all other nodes, but for those of GRUB2."""
GRUB2 = "xcat-grub2"
"""The class of nodes whose firmware may fetch grub over HTTP."""
LOADER = "xcat-loader"
"""The class of machines whose firmware has done its part: iPXE asks."""
_HOSTNAME, _NEXT_SERVER = "${hostname}", "${next-server}"
"""Settings of iPXE; it has both from DHCPv4 only."""
_FOR_HTTP = {"name": "vendor-class-identifier", "data": "HTTPClient", "always-send": True}
_FOR_HTTP_V6 = {
    "code": 16,
    "csv-format": False,
    "data": "00000157000A" + b"HTTPClient".hex().upper(),
    "always-send": True,
}
"""RFC 8415, 21.16: the enterprise number that firmware for PXE uses, a length, the text that firmware looks for."""


@dataclass(frozen=True, slots=True)
class _Codes:
    """Numbers of options, and where the name stands in a user class: DHCPv4 has it bare, or, as RFC 3004 has it, with a byte
    for its length before it; DHCPv6 with two bytes (RFC 8415, 21.15)."""

    architecture: int
    user_class: int
    starts: tuple[int, ...]


_CODES = {4: _Codes(93, 77, (0, 1)), 6: _Codes(61, 15, (2,))}


def rules_of(served: Served) -> Mapping[Subnet, Sequence[Rule]]:
    """What each network asks for."""
    return {
        one: (*network_rules(one, served.port), *grub_rules(one, served.port), *_scripts(one, served))
        for one in served.subnets
    }


def _scripts(one: Subnet, served: Served) -> Sequence[Rule]:
    return node_rules(one, served.port, one.server, _HOSTNAME) if served.version == 6 else ()


def client_classes(served: Served, rules: Mapping[Subnet, Sequence[Rule]]) -> Iterator[Mapping[str, Any]]:
    """The classes; those of networks count where a network requires them."""
    version = served.version
    yield from ({"name": name} for name in (SCRIPTED, UNSCRIPTED, *((GRUB2,) if version == 4 else ())))
    yield {"name": LOADER, "test": _ipxe_test(version)}
    yield from (_class(rule, version) for rule in firmware_rules(version))
    if version == 4:
        for rule in node_rules(served.subnets[0], served.port, _NEXT_SERVER, _HOSTNAME) if served.subnets else ():
            yield _class(rule, version, f"member('KNOWN') and member('{SCRIPTED}') and ")
    for some in rules.values():
        for rule in some:
            yield {**_class(rule, version, _condition(rule)), "only-if-required": True}


def _condition(rule: Rule) -> str:
    if rule.scripted or rule.grub:
        return f"member('{SCRIPTED if rule.scripted else GRUB2}') and "
    return f"not member('{SCRIPTED}') and " if rule.in_ipxe else ""


def _class(rule: Rule, version: int, condition: str = "") -> Mapping[str, Any]:
    code = _CODES[version].architecture
    kinds = " or ".join(f"option[{code}].hex == 0x{number:04x}" for number in rule.architectures)
    ipxe = f"member('{LOADER}')" if rule.in_ipxe else f"not member('{LOADER}')"
    test = f"{condition}({kinds}) and {ipxe}" if kinds else f"{condition}{ipxe}"
    return {"name": rule.name, "test": test, **(_answer_v6(rule) if version == 6 else _answer(rule))}


def _answer(rule: Rule) -> Mapping[str, Any]:
    if rule.conf_file:
        return {"option-data": [{"code": CONF_FILE, "data": rule.file}]}
    if (
        rule.grub
    ):  # the node has a file of its own, which counts before that of a class: the option counts before the file
        return {"option-data": [_FOR_HTTP, {"name": "boot-file-name", "data": rule.file, "always-send": True}]}
    return {"boot-file-name": rule.file, **({"option-data": [_FOR_HTTP]} if rule.url else {})}


def _answer_v6(rule: Rule) -> Mapping[str, Any]:
    """The URL is sent in any case: iPXE takes it and does not ask for it."""
    url = {"name": "bootfile-url", "data": rule.file, "always-send": True}
    return {"option-data": [url, _FOR_HTTP_V6] if rule.url else [url]}


def _ipxe_test(version: int) -> str:
    codes = _CODES[version]
    return " or ".join(
        f"substring(option[{codes.user_class}].hex,{start},4) == '{name}'"
        for name in IPXE_NAMES
        for start in codes.starts
    )
