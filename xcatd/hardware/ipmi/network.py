"""Reading and changing a BMC's network, also when the change takes it away from where we talk with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from ipaddress import IPv4Address

from xcatd.errors import NodeError, TimedOut, Unreachable
from xcatd.hardware.ipmi.channel import Channel, Work
from xcatd.hardware.ipmi.commands import GET_LAN, SET_LAN
from xcatd.hardware.ipmi.controller import Controller
from xcatd.hardware.ipmi.lan import ALIASES, DHCP, IP, LAN_WORDS, MAC, SOURCE, SOURCE_PARAMETER, STATIC, LanWord
from xcatd.hardware.ipmi.parameters import Parameters
from xcatd.hardware.ipmi.refusals import Refused
from xcatd.hardware.settings import Setting

SETTLES_WITHIN = 5.0
"""Seconds in which a BMC whose network was changed must answer again, before it counts as cut off."""

At = Callable[[str], Controller]
"""The same BMC and account, at another address."""


class Network:
    """The words of `LAN_WORDS`, in the LAN configuration parameters of the channel that we use. `moved_to`: the address that
    the BMC was given and where it has answered since; "": it has not moved."""

    def __init__(self, at: At, settles_within: float = SETTLES_WITHIN) -> None:
        self.moved_to = ""
        self._at = at
        self._settles_within = settles_within

    @property
    def readable(self) -> Collection[str]:
        return (*LAN_WORDS, *ALIASES)

    @property
    def writable(self) -> Collection[str]:
        return (*(word for word, how in LAN_WORDS.items() if how.can_be_set), *ALIASES)

    def reading(self, word: str) -> Work:
        return partial(_read, LAN_WORDS[ALIASES.get(word, word)])

    def writing(self, word: str, value: str) -> Work:
        if word == IP and value.lower() == DHCP:
            word = SOURCE
        how = LAN_WORDS[ALIASES.get(word, word)]
        data = how.encode(word, value)
        if how.may_cut:
            return partial(self._write_and_find, how, data)
        return partial(_write_and_read, how, data)

    async def _write_and_find(self, how: LanWord, data: bytes, channel: Channel) -> Setting:
        """Write, and look whether the BMC is still there; if not, where it should be now."""
        mac = await _mac(channel) if how is LAN_WORDS[IP] else None
        written = asyncio.Event()
        try:
            async with asyncio.timeout(self._settles_within):
                await _write(how, data, channel, written)
                return _compared(await _read(how, channel), how.show(data))
        except (TimeoutError, Unreachable):
            moved = await self._at_new_address(data, mac, channel.number) if mac is not None else None
        return moved or _cut_off(how.show(data), written.is_set(), channel.controller.place)

    async def _at_new_address(self, address: bytes, mac: bytes, number: int) -> Setting | None:
        """How it is where it should be now; None when nobody answers there, or another BMC, which had the address before."""
        host = str(IPv4Address(address))
        there, how = Channel(self._at(host), number), LAN_WORDS[IP]
        with suppress(NodeError, Refused, TimeoutError):
            async with asyncio.timeout(self._settles_within):
                if await _mac(there) == mac:
                    await _lan(there).complete()
                    self.moved_to = host
                    return _compared(await _read(how, there), how.show(address))
        return None


def _lan(channel: Channel) -> Parameters:
    return Parameters(channel.controller, (GET_LAN, SET_LAN), bytes((channel.number,)))


async def _read(how: LanWord, channel: Channel) -> Setting:
    return how.show(await _lan(channel).read(how.parameter, how.least, how.row))


async def _mac(channel: Channel) -> bytes:
    """Which BMC it is, wherever it is. Empty: it does not tell."""
    how = LAN_WORDS[MAC]
    try:
        return await _lan(channel).read(how.parameter, how.least)
    except Refused:
        return b""


async def _write_and_read(how: LanWord, data: bytes, channel: Channel) -> Setting:
    await _write(how, data, channel, asyncio.Event())
    return _compared(await _read(how, channel), how.show(data))


async def _write(how: LanWord, data: bytes, channel: Channel, written: asyncio.Event) -> None:
    """`written` is set once the BMC has accepted it; telling it that this was all may take longer, or fail."""
    lan = _lan(channel)
    async with lan.changing():
        if how is LAN_WORDS[IP]:
            with suppress(Refused):  # many BMCs do not take an address while DHCP gives it; some know nothing of DHCP
                await lan.write(SOURCE_PARAMETER, STATIC)
        await lan.write(how.parameter, data)
        written.set()


def _compared(now: Setting, wanted: Setting) -> Setting:
    """What there is, in xCAT's words when it is not what was asked for."""
    if now == wanted:
        return now
    asked_for = wanted.value or wanted.label
    return Setting(now.label, f"{now.value} (requested {asked_for}, not yet reflected)".lstrip())


def _cut_off(wanted: Setting, accepted: bool, place: str) -> Setting:
    name = f"{wanted.label} {wanted.value}".rstrip()
    if not accepted:
        raise TimedOut(
            f'the BMC at {place} does not answer since it was asked for "{name}": look whether it can be reached now, '
            "and correct ipmi.bmc if its address has changed"
        )
    note = "accepted, but the BMC does not answer since: check its network, and ipmi.bmc"
    return Setting(wanted.label, f"{wanted.value} ({note})".lstrip())
