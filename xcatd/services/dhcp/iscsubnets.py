"""The networks in the configuration of ISC's DHCP server (dhcpd.conf(5), dhcp-eval(5)): what machines there are told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xcatd.services.dhcp.boot import IPXE_NAMES, Rule, firmware_rules, network_rules
from xcatd.services.dhcp.subnets import Subnet

SCRIPT = "xcat.script"
"""An option of our own with the URL of a node's script."""
_WORD = re.compile(r'["\\\n]')


@dataclass(frozen=True, slots=True)
class Words:
    """What is called otherwise in the two protocols. `starts`: where the name stands in a user class (see keaclasses.py)."""

    architecture: str
    user_class: str
    starts: tuple[int, ...]
    file: str
    for_http: str
    address: str


WORDS = {
    4: Words(
        "client-architecture",
        "user-class-identifier",
        (0, 1),
        "filename",
        'option vendor-class-identifier "HTTPClient";',
        "fixed-address",
    ),
    6: Words(
        "dhcp6.client-arch-type",
        "dhcp6.user-class",
        (2,),
        "option dhcp6.bootfile-url",
        'option dhcp6.vendor-class 343 10 "HTTPClient";',
        "fixed-address6",
    ),
}


def subnet_lines(one: Subnet, port: str) -> Iterator[str]:
    """A network, a line after the other. `port` is that of HTTP."""
    version = one.network.version
    options, ranges = (_options_v6(one), "range6") if version == 6 else (_options(one, port), "range dynamic-bootp")
    if version == 6:
        yield f"  subnet6 {one.network} {{"
    else:
        yield f"  subnet {one.network.network_address} netmask {one.network.netmask} {{"
        yield f"    next-server {one.server};"
    yield from (f"    option {name} {value};" for name, value in options if value)
    yield from (f"    {line}" for line in _choice((*network_rules(one, port), *firmware_rules(version)), version))
    yield from (f"    {ranges} {each.first} {each.last};" for each in one.ranges)
    yield "  }"


def script_statement(script: str, version: int) -> str:
    """What the line of a node says of its script for iPXE."""
    if version == 4:
        return f"option {SCRIPT} {quoted(script)};"
    return f"if {_ipxe_test(version)} {{ {WORDS[version].file} {quoted(f'{script}.uefi')}; }}"


def _options(one: Subnet, port: str) -> Iterator[tuple[str, str]]:
    suffix = "" if port == "80" else f":{port}"
    yield "routers", one.router
    yield "domain-name", quoted(one.domain)
    yield "domain-search", ", ".join(map(quoted, one.search))
    yield "domain-name-servers", ", ".join(one.nameservers)
    yield "ntp-servers", ", ".join(one.ntpservers)
    yield "log-servers", ", ".join(one.logservers)
    yield "interface-mtu", one.mtu
    yield "cumulus-provision-url", quoted(f"http://{one.server}{suffix}/install/postscripts/cumulusztp")


def _options_v6(one: Subnet) -> Iterator[tuple[str, str]]:
    """RFC 3646 and RFC 4075."""
    yield "dhcp6.name-servers", ", ".join(one.nameservers)
    yield "dhcp6.domain-search", ", ".join(map(quoted, one.search))
    yield "dhcp6.sntp-servers", ", ".join(one.ntpservers)


def _choice(rules: Sequence[Rule], version: int) -> Iterator[str]:
    """One statement, in lines: the first rule that holds counts."""
    loader, firmware = (tuple(rule for rule in rules if rule.in_ipxe is asks) for asks in (True, False))
    yield f"if {_ipxe_test(version)} {{"
    yield from _cases(loader, version)
    yield "} else {"
    yield from _cases(firmware, version)
    yield "}"


def _cases(rules: Sequence[Rule], version: int) -> Iterator[str]:
    name = WORDS[version].architecture
    for place, rule in enumerate(rules):
        kinds = " or ".join(f"option {name} = {high:02x}:{low:02x}" for high, low in map(_bytes, rule.architectures))
        answer = _answer(rule, version)
        yield f"  {'else ' if place else ''}if {kinds} {{ {answer} }}" if kinds else f"  {answer}"


def _answer(rule: Rule, version: int) -> str:
    """In DHCPv4 a rule for iPXE is for nodes too: those with a script have another file."""
    words = WORDS[version]
    if rule.conf_file:
        return f"option conf-file {quoted(rule.file)};"
    if rule.url:
        return f"{words.for_http} {words.file} {quoted(rule.file)};"
    if rule.in_ipxe and version == 4:
        script = f"config-option {SCRIPT}"
        own = f'concat({script}, ".uefi")' if rule.file.endswith(".uefi") else script
        return f"{words.file} = pick-first-value({own}, {quoted(rule.file)});"
    return f"{words.file} {quoted(rule.file)};"


def _bytes(number: int) -> tuple[int, int]:
    return number >> 8, number & 0xFF


def _ipxe_test(version: int) -> str:
    words = WORDS[version]
    return " or ".join(
        f'substring(option {words.user_class}, {start}, 4) = "{name}"' for name in IPXE_NAMES for start in words.starts
    )


def quoted(text: str) -> str:
    """A text as a string of the language, without what would end it."""
    return '"' + _WORD.sub("", text) + '"'
