"""Whether a BMC sends its alerts: the first entry of the alert policy table (IPMI 2.0, sections 17.11 and 30.3).

Where they go is `snmpdest1`. Which events raise one is a matter of the event filters, which BMCs bring along.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from xcatd.hardware.ipmi.channel import Channel, Work
from xcatd.hardware.ipmi.commands import GET_PEF, SET_PEF
from xcatd.hardware.ipmi.parameters import Parameters
from xcatd.hardware.ipmi.sol import wanted
from xcatd.hardware.settings import Setting

ALERT = "alert"
POLICY_TABLE, FIRST = 9, 1
ENABLED = 0x08
POLICY_NUMBER = 0xF0
NEW_POLICY = 0x10
"""Of policy set 1: always send this alert."""
DESTINATION = 1
"""snmpdest1, of the channel in the upper half of the octet."""


class Alerts:
    """`alert`: on or off."""

    @property
    def readable(self) -> Collection[str]:
        return (ALERT,)

    @property
    def writable(self) -> Collection[str]:
        return (ALERT,)

    def reading(self, word: str) -> Work:
        return _alerting

    def writing(self, word: str, value: str) -> Work:
        return partial(_set_alerting, wanted(word, value))


def _pef(channel: Channel) -> Parameters:
    return Parameters(channel.controller, (GET_PEF, SET_PEF))


async def _policy(channel: Channel) -> bytes:
    """Set and state, channel and destination, string."""
    return (await _pef(channel).read(POLICY_TABLE, 4, FIRST))[1:4]


async def _alerting(channel: Channel) -> Setting:
    state = (await _policy(channel))[0]
    return Setting("SP Alerting", "enabled" if state & ENABLED else "disabled")


async def _set_alerting(on: bool, channel: Channel) -> Setting:
    """An entry that somebody has filled keeps its policy and its destination; an empty one gets ours."""
    pef = _pef(channel)
    state, target, text = await _policy(channel)
    if not state & POLICY_NUMBER:
        state, target, text = NEW_POLICY, channel.number << 4 | DESTINATION, 0
    state = state | ENABLED if on else state & ~ENABLED
    async with pef.changing():
        await pef.write(POLICY_TABLE, bytes((FIRST, state, target, text)))
    return await _alerting(channel)
