"""The channel by which we reach a BMC, where its network is set; and what every family of settings can do there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

from xcatd.hardware.ipmi.capabilities import THIS_CHANNEL
from xcatd.hardware.ipmi.commands import GET_CHANNEL_INFO
from xcatd.hardware.ipmi.controller import Controller
from xcatd.hardware.settings import Setting


class Channel:
    """A channel of one BMC. BMCs have several, one for each of their network interfaces."""

    __slots__ = ("controller", "number")

    def __init__(self, controller: Controller, number: int) -> None:
        self.controller = controller
        self.number = number


async def our_channel(controller: Controller) -> Channel:
    """The one that our questions come in by. Not every BMC lets "this one" be configured, but it knows its number (section
    22.24)."""
    answer = await controller.ask(GET_CHANNEL_INFO, bytes((THIS_CHANNEL,)), least=1)
    return Channel(controller, answer[0] & 0x0F)


Work = Callable[[Channel], Awaitable[Setting]]
"""What is to be done with a setting, once the channel is known."""


class Family(Protocol):
    """Settings that are kept in one place of a BMC. Neither method does I/O: the work that they return does."""

    @property
    def readable(self) -> Collection[str]: ...

    @property
    def writable(self) -> Collection[str]: ...

    def reading(self, word: str) -> Work: ...

    def writing(self, word: str, value: str) -> Work:
        """UsageError: no such value can be."""
        ...
