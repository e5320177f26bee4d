"""Kea's client classes (Kea Administrator Reference Manual, chapter 14): what depends on the kind of machine.

They are the same for all nodes, because the server looks at each of them for each packet. A node's own script is named by iPXE
itself, which puts its own settings into `${...}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from xcatd.services.dhcp.boot import CONF_FILE, FIRMWARE, IPXE_NAMES, Rule, node_rules

SCRIPTED = "xcat-scripted"
"""The class of nodes whose script iPXE fetches."""
LOADER = "xcat-loader"
"""The class of machines whose firmware has done its part: iPXE asks."""


def client_classes(networks: Iterable[Sequence[Rule]], port: str) -> Iterator[Mapping[str, Any]]:
    """The classes; those of networks count where a network requires them. `port` is that of HTTP."""
    yield {"name": SCRIPTED}
    yield {"name": LOADER, "test": _ipxe_test()}
    yield from (_class(rule) for rule in FIRMWARE)
    for rule in node_rules("${next-server}", "${hostname}", port):
        yield _class(rule, f"member('KNOWN') and member('{SCRIPTED}') and ")
    for some in networks:
        for rule in some:
            yield {**_class(rule, f"not member('{SCRIPTED}') and " if rule.in_ipxe else ""), "only-if-required": True}


def _class(rule: Rule, condition: str = "") -> Mapping[str, Any]:
    kinds = " or ".join(f"option[93].hex == 0x{number:04x}" for number in rule.architectures)
    ipxe = f"member('{LOADER}')" if rule.in_ipxe else f"not member('{LOADER}')"
    words: dict[str, Any] = {"name": rule.name, "test": f"{condition}({kinds}) and {ipxe}"}
    if rule.conf_file:
        return {**words, "option-data": [{"code": CONF_FILE, "data": rule.file}]}
    words["boot-file-name"] = rule.file
    if rule.url:
        words["option-data"] = [{"name": "vendor-class-identifier", "data": "HTTPClient", "always-send": True}]
    return words


def _ipxe_test() -> str:
    """Option 77 with the name, or, as RFC 3004 has it, with a byte for its length before it."""
    tests = (f"substring(option[77].hex,{start},4) == '{name}'" for name in IPXE_NAMES for start in (0, 1))
    return " or ".join(tests)
