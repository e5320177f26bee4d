"""rsyslog's configuration, its manual's chapters "Modules" (imudp, imtcp, omfile, omfwd), "Rulesets" and "Queues". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xcatd.services.networks import Network

PORT: Final = 514
PROBE: Final = "xcat-probe"
"""The program that test messages are of."""
_LISTENS = re.compile(r"^(?!\s*#).*\b(imudp|imtcp|UDPServerRun|InputTCPServerRun)\b")
_ACCOUNT = re.compile(r"^\s*\$PrivDropTo(User|Group)\s+(\S+)|\bprivdrop\.(user|group)\.name=\"([^\"]+)\"", re.M | re.I)


@dataclass(frozen=True, slots=True)
class Settings:
    """`senders`: who may send messages. `above`: who gets all of them; nobody: those of others are put into the file `kept`.
    `probe`: the file for test messages."""

    senders: Sequence[Network]
    above: Sequence[str]
    kept: Path
    probe: Path


def rendered(settings: Settings) -> str:
    """The text of our file in rsyslog.d."""
    return "\n".join((*_lines(settings), ""))


def main_file(root: Path) -> str:
    """An rsyslog.conf for a root that has none: this host's own messages are not its affair."""
    return (
        "# Written by xcatd, because there was none.\n"
        f'global(workDirectory="{root / "var/spool/rsyslog"}")\n'
        f'include(file="{root / "etc/rsyslog.d"}/*.conf")\n'
    )


def listening_line(main: str) -> int:
    """The number of the first line of rsyslog.conf that has it listen to the network, 0: none."""
    return next((number for number, line in enumerate(main.splitlines(), 1) if _LISTENS.match(line)), 0)


def accounts(main: str) -> tuple[str, str]:
    """The user and the group that rsyslog becomes when it has started (Ubuntu), "" for root."""
    found = {"user": "", "group": ""}
    for old, name, new, other in _ACCOUNT.findall(main):
        found[(old or new).lower()] = name or other
    return found["user"], found["group"]


def probe_message(token: str) -> bytes:
    """RFC 5424, section 6: of the facility user, for debugging."""
    return f"<15>1 - localhost {PROBE} - - - {token}".encode()


def _lines(settings: Settings) -> Iterator[str]:
    yield "# Written by xcatd (site.svloglocal). It is written anew when the tables change."
    senders = ", ".join(("127.0.0.1", *map(_sender, settings.senders)))
    for module, protocol in (("imudp", "UDP"), ("imtcp", "TCP")):
        yield f'module(load="{module}")'
        yield f"$AllowedSender {protocol}, {senders}"
    yield 'ruleset(name="xcat") {'
    yield f'    if $programname == "{PROBE}" and $fromhost-ip == "127.0.0.1" then {{'
    yield f'        action(type="omfile" file="{settings.probe}")'
    yield "        stop"
    yield "    }"
    yield "    call xcat-up" if settings.above else f'    action(type="omfile" file="{settings.kept}")'
    yield "}"
    if settings.above:
        yield from _upwards(settings.above[0])
    for module in ("imudp", "imtcp"):
        yield f'input(type="{module}" port="{PORT}" ruleset="xcat")'
    if settings.above:
        yield "call xcat-up"


def _upwards(target: str) -> Iterator[str]:
    """What cannot be sent waits on the disk."""
    yield (
        'ruleset(name="xcat-up" queue.type="LinkedList" queue.filename="xcat-up" queue.size="20000" queue.maxDiskSpace="100m" '
        'queue.saveOnShutdown="on") {'
    )
    yield (
        f'    action(type="omfwd" target="{target}" port="{PORT}" protocol="tcp" action.resumeRetryCount="-1" '
        'action.resumeInterval="5")'
    )
    yield "}"


def _sender(network: Network) -> str:
    if network.version == 4:
        return str(network)
    return f"[{network.network_address}]/{network.prefixlen}"
