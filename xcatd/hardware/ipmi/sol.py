"""The console over the network, Serial over LAN: whether, and how fast (IPMI 2.0, sections 26.2 and 26.3, table 26-5)."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from xcatd.errors import UsageError
from xcatd.hardware.ipmi.channel import Channel, Work
from xcatd.hardware.ipmi.commands import GET_SOL, SET_SOL
from xcatd.hardware.ipmi.lan import OFF_WORDS, ON_WORDS
from xcatd.hardware.ipmi.parameters import Parameters
from xcatd.hardware.settings import Setting

SOL, BAUD = "sol", "solbaud"
ENABLE = 1
KEPT_RATE, RATE = 5, 6
"""Parameters: the bit rate after a restart of the BMC, and the one now."""
ENABLED = 0x01
_RATES = {6: "9600", 7: "19200", 8: "38400", 9: "57600", 10: "115200"}
_CODES = {rate: code for code, rate in _RATES.items()}
AS_THE_PORT = 0
"""The rate that the serial port of the BMC is set to elsewhere."""


class Sol:
    """`sol`: on or off. `solbaud`: bits per second."""

    @property
    def readable(self) -> Collection[str]:
        return (SOL, BAUD)

    @property
    def writable(self) -> Collection[str]:
        return (SOL, BAUD)

    def reading(self, word: str) -> Work:
        return _enabled if word == SOL else _rate

    def writing(self, word: str, value: str) -> Work:
        if word == SOL:
            return partial(_enable, wanted(word, value))
        if value not in _CODES:
            raise UsageError(f'"{value}" is no value for {word}: give one of {", ".join(_CODES)}')
        return partial(_set_rate, _CODES[value])


def wanted(word: str, value: str) -> bool:
    """Whether on or off was typed. UsageError: neither."""
    if value.lower() in ON_WORDS:
        return True
    if value.lower() in OFF_WORDS:
        return False
    raise UsageError(f'"{value}" is no value for {word}: give on or off')


def _sol(channel: Channel) -> Parameters:
    return Parameters(channel.controller, (GET_SOL, SET_SOL), bytes((channel.number,)))


async def _enabled(channel: Channel) -> Setting:
    state = (await _sol(channel).read(ENABLE, 1))[0]
    return Setting("BMC SOL", "enabled" if state & ENABLED else "disabled")


async def _enable(on: bool, channel: Channel) -> Setting:
    sol = _sol(channel)
    async with sol.changing():
        await sol.write(ENABLE, bytes((int(on),)))
    return await _enabled(channel)


async def _rate(channel: Channel) -> Setting:
    code = (await _sol(channel).read(RATE, 1))[0] & 0x0F
    fallback = "as the serial port" if code == AS_THE_PORT else f"unknown ({code})"
    return Setting("BMC SOL Baud Rate", _RATES.get(code, fallback))


async def _set_rate(code: int, channel: Channel) -> Setting:
    sol = _sol(channel)
    async with sol.changing():
        await sol.write(KEPT_RATE, bytes((code,)))
        await sol.write(RATE, bytes((code,)))
    return await _rate(channel)
