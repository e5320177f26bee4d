"""The settings of a BMC: which family knows a word, and the channel that it needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from xcatd.errors import Unsupported
from xcatd.hardware.ipmi.alerts import Alerts
from xcatd.hardware.ipmi.channel import Family, Work, our_channel
from xcatd.hardware.ipmi.controller import Controller
from xcatd.hardware.ipmi.network import SETTLES_WITHIN, At, Network
from xcatd.hardware.ipmi.sol import Sol
from xcatd.hardware.ipmi.users import Accounts
from xcatd.hardware.settings import Setting, Settings


class IpmiSettings(Settings):
    """The settings of one node's BMC. `controller` gives it, each time anew: the driver may have forgotten it; `at`
    gives it at an address that it has just been given."""

    def __init__(self, controller: Callable[[], Controller], at: At, settles_within: float = SETTLES_WITHIN) -> None:
        self._controller = controller
        self._at = at
        self._network = Network(at, settles_within)
        self._families: tuple[Family, ...] = (self._network, Alerts(), Sol(), Accounts())

    @property
    def readable(self) -> Collection[str]:
        return tuple(word for family in self._families for word in family.readable)

    @property
    def writable(self) -> Collection[str]:
        return tuple(word for family in self._families for word in family.writable)

    def announce(self, changes: Mapping[str, str]) -> None:
        """Looks at all values, which takes no I/O. Unsupported: there is no such word."""
        for word, value in changes.items():
            self._writing(word, value)

    async def _read(self, word: str, timeout: float) -> Setting:
        for family in self._families:
            if word in family.readable:
                return await self._do(family.reading(word), timeout)
        raise Unsupported(f'"{word}" cannot be read by IPMI: give one of {", ".join(self.readable)}')

    async def _write(self, word: str, value: str, timeout: float) -> Setting:
        return await self._do(self._writing(word, value), timeout)

    def _writing(self, word: str, value: str) -> Work:
        for family in self._families:
            if word in family.writable:
                return family.writing(word, value)
        raise Unsupported(f'"{word}" cannot be set by IPMI: give one of {", ".join(self.writable)}')

    async def _do(self, work: Work, timeout: float) -> Setting:
        controller = self._at(self._network.moved_to) if self._network.moved_to else self._controller()
        return await controller.within(timeout, _on_our_channel(controller, work))


async def _on_our_channel(controller: Controller, work: Work) -> Setting:
    return await work(await our_channel(controller))
