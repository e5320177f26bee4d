"""The networks in the configuration of ISC's DHCP server (dhcpd.conf(5), dhcp-eval(5)): what machines there are told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xcatd.services.dhcp.boot import IPXE_NAMES, Rule, firmware_rules, network_rules
from xcatd.services.dhcp.subnets import Subnet
from xcatd.services.dhcp.told import Told, told_on

SCRIPT = "xcat.script"
"""An option of our own with the URL of a node's script."""
_NAMES_V6 = {"dns-servers": "name-servers"}
"""Kea's names of options of DHCPv6 -> this server's, where they differ."""
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
    ranges = "range6" if version == 6 else "range dynamic-bootp"
    if version == 6:
        yield f"  subnet6 {one.network} {{"
    else:
        yield f"  subnet {one.network.network_address} netmask {one.network.netmask} {{"
        yield f"    next-server {one.server};"
    yield from (_option(option, version) for option in told_on(one, port))
    yield from (f"    {line}" for line in _choice((*network_rules(one, port), *firmware_rules(version)), version))
    yield from (f"    {ranges} {each.first} {each.last};" for each in one.ranges)
    yield "  }"


def script_statement(script: str, version: int) -> str:
    """What the line of a node says of its script for iPXE."""
    if version == 4:
        return f"option {SCRIPT} {quoted(script)};"
    return f"if {_ipxe_test(version)} {{ {WORDS[version].file} {quoted(f'{script}.uefi')}; }}"


def file_statement(file: str, urls: Sequence[tuple[int, str]], version: int) -> str:
    """What the line of a node says of its boot file. `urls`: what other architectures get."""
    words = WORDS[version]
    last = f"{words.file} {quoted(file)};"
    cases = [f"if {_is_kind(kind, version)} {{ {words.file} {quoted(url)}; }}" for kind, url in urls]
    return " else ".join((*cases, f"{{ {last} }}")) if cases else last


def _option(option: Told, version: int) -> str:
    name = f"dhcp6.{_NAMES_V6.get(option.name, option.name)}" if version == 6 else option.name
    values = map(quoted, option.values) if option.is_text else option.values
    return f"    option {name} {', '.join(values)};"


def _choice(rules: Sequence[Rule], version: int) -> Iterator[str]:
    """One statement, in lines: the first rule that holds counts."""
    loader, firmware = (tuple(rule for rule in rules if rule.in_ipxe is asks) for asks in (True, False))
    yield f"if {_ipxe_test(version)} {{"
    yield from _cases(loader, version)
    yield "} else {"
    yield from _cases(firmware, version)
    yield "}"


def _cases(rules: Sequence[Rule], version: int) -> Iterator[str]:
    for place, rule in enumerate(rules):
        kinds = " or ".join(_is_kind(kind, version) for kind in rule.architectures)
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


def _is_kind(number: int, version: int) -> str:
    return f"option {WORDS[version].architecture} = {number >> 8:02x}:{number & 0xFF:02x}"


def _ipxe_test(version: int) -> str:
    words = WORDS[version]
    return " or ".join(
        f'substring(option {words.user_class}, {start}, 4) = "{name}"' for name in IPXE_NAMES for start in words.starts
    )


def quoted(text: str) -> str:
    """A text as a string of the language, without what would end it."""
    return '"' + _WORD.sub("", text) + '"'
