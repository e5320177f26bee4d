"""The settings of a node's controller by the words of rspconfig: which family knows a word, and how it is read and set."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial

from xcatd.errors import Unsupported, UsageError
from xcatd.hardware.redfish.accounts import Accounts
from xcatd.hardware.redfish.lanchanges import DHCP, IP
from xcatd.hardware.redfish.network import Network
from xcatd.hardware.redfish.places import Machine, Places
from xcatd.hardware.redfish.policies import POLICIES
from xcatd.hardware.redfish.refusals import Refused
from xcatd.hardware.redfish.words import Word, Write
from xcatd.hardware.settings import Setting, Settings


class ManagerSettings(Settings):
    """The settings of one node's BMC. `at` gives it at an address that it has just been given."""

    def __init__(self, machine: Machine, at: Callable[[str], Machine]) -> None:
        self._machine = machine
        self._at = at
        self._network = Network()
        self._words = {**self._network.words, **POLICIES, **Accounts().words}

    def announce(self, changes: Mapping[str, str]) -> None:
        """What the controller must be asked about, such as a userid, is found out when it is set."""
        coming = {word: _as_meant(word, value) for word, value in changes.items()}
        for word, value in coming.items():
            self._writable(word).check(value)
        self._network.coming = coming

    @property
    def readable(self) -> Collection[str]:
        return tuple(name for name, word in self._words.items() if word.read is not None)

    @property
    def writable(self) -> Collection[str]:
        return tuple(name for name, word in self._words.items() if word.write is not None)

    async def _read(self, word: str, timeout: float) -> Setting:
        found = self._words.get(word)
        if found is None or found.read is None:
            raise Unsupported(f'"{word}" cannot be read by Redfish: give one of {", ".join(self.readable)}')
        return await self._machine.ask(timeout, found.read)

    async def _write(self, word: str, value: str, timeout: float) -> Setting:
        found, value = self._writable(word), _as_meant(word, value)
        assert found.write is not None
        shown = "this" if found.is_secret else f'"{value}"'
        setting = await self._machine.ask(
            timeout, partial(_set, write=found.write, value=value, shown=f"{shown} for {word}")
        )
        if word == IP and value != DHCP:
            self._machine = self._at(value)
        return setting

    def _writable(self, word: str) -> Word:
        found = self._words.get(word)
        if found is None or found.write is None:
            raise Unsupported(f'"{word}" cannot be set by Redfish: give one of {", ".join(self.writable)}')
        return found


def _as_meant(word: str, value: str) -> str:
    """DHCP is dhcp."""
    return value.lower() if word == IP else value


async def _set(places: Places, write: Write, value: str, shown: str) -> Setting:
    """A value that the service does not take is a mistake of who typed it."""
    try:
        return await write(places, value)
    except Refused as refused:
        if not refused.is_about_a_value:
            raise
        said = f": {refused.said}" if refused.said else ""
        raise UsageError(f"the BMC at {places.place} does not take {shown}{said}; give another value") from None
