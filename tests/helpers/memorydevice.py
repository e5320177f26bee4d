"""Hardware that is only remembered: for tests of what commands say and take. What real controllers do is tested with real ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xcatd.errors import NodeError, Unsupported, XcatError
from xcatd.hardware import (
    Beacon,
    BeaconState,
    Boot,
    BootChoice,
    BootOption,
    BootOrder,
    Cap,
    Chassis,
    ChassisFact,
    Consumption,
    Controllers,
    Driver,
    Endpoint,
    Energy,
    Event,
    EventLog,
    Fact,
    Firmware,
    Inventory,
    Nic,
    Part,
    Power,
    PowerAction,
    PowerState,
    Sensor,
    SensorKind,
    Sensors,
    Setting,
    Settings,
)
from xcatd.hardware.firmware import Tell

TAKES = Consumption(120, 90, 110.5, 200)
NO_LIMIT = Cap(None, active=False)


@dataclass
class Memory:
    """One node's hardware. Its fields may be changed meanwhile.

    `lacks`: names of capabilities that it has not. `error`: what asking for its power raises. `keeps` False: it accepts a boot
    device and forgets it. `stuck`: it accepts power actions and does nothing. `refuses`: what reading or announcing a setting
    raises. `journal`: what was done to it.
    """

    power: PowerState = PowerState.OFF
    lacks: set[str] = field(default_factory=set)
    error: NodeError | None = None
    choice: BootChoice | None = None
    order: list[BootOption] = field(default_factory=list)
    keeps: bool = True
    stuck: bool = False
    light: BeaconState = BeaconState.OFF
    measured: list[Sensor] = field(default_factory=list)
    parts: list[Fact] = field(default_factory=list)
    interfaces: list[Nic] = field(default_factory=list)
    entries: list[Event] = field(default_factory=list)
    takes: Consumption = TAKES
    limit: Cap = NO_LIMIT
    values: dict[str, Setting] = field(default_factory=dict)
    refuses: dict[str, XcatError] = field(default_factory=dict)
    journal: list[str] = field(default_factory=list)


class _Part:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory


class _Power(_Part):
    async def power_state(self, *, timeout: float = 1) -> PowerState:
        if self._memory.error is not None:
            raise self._memory.error
        return self._memory.power

    async def set_power(self, action: PowerAction, *, timeout: float = 1) -> None:
        self._memory.journal.append(f"power {action}")
        if not self._memory.stuck:
            is_off = action in (PowerAction.OFF, PowerAction.SOFTOFF)
            self._memory.power = PowerState.OFF if is_off else PowerState.ON


class _Boot(_Part, Boot):
    async def _read(self, timeout: float) -> BootChoice | None:
        return self._memory.choice

    async def _choose(self, choice: BootChoice, timeout: float) -> None:
        if self._memory.keeps:
            self._memory.choice = choice


class _BootOrder(_Part, BootOrder):
    async def _read(self, timeout: float) -> Sequence[BootOption]:
        return self._memory.order

    async def _order(self, first: Sequence[str], timeout: float) -> None:
        self._memory.journal.append(f"order {','.join(first)}")


class _Beacon(_Part, Beacon):
    async def _read(self, timeout: float) -> BeaconState:
        return self._memory.light

    async def _set(self, state: BeaconState, timeout: float) -> None:
        self._memory.light = state


class _Chassis(_Part, Chassis):
    async def _read(self, timeout: float) -> Sequence[ChassisFact]:
        return [ChassisFact("Power Status", self._memory.power), ChassisFact("Power Fault", "false")]


class _Sensors(_Part, Sensors):
    async def _read(self, kinds: Collection[SensorKind] | None, timeout: float) -> Sequence[Sensor]:
        return [sensor for sensor in self._memory.measured if kinds is None or sensor.kind in kinds]


class _Inventory(_Part, Inventory):
    async def _read(self, parts: Collection[Part] | None, timeout: float) -> Sequence[Fact]:
        return [fact for fact in self._memory.parts if parts is None or fact.part in parts]

    async def _nics(self, timeout: float) -> Sequence[Nic]:
        return self._memory.interfaces


class _EventLog(_Part, EventLog):
    async def _read(self, last: int | None, timeout: float) -> Sequence[Event]:
        return self._memory.entries[-last:] if last else self._memory.entries

    async def _clear(self, timeout: float) -> None:
        self._memory.entries.clear()


class _Energy(_Part, Energy):
    async def _read(self, timeout: float) -> Consumption:
        return self._memory.takes

    async def _cap(self, timeout: float) -> Cap:
        return self._memory.limit

    async def _set_cap(self, cap: Cap, timeout: float) -> None:
        self._memory.limit = Cap(self._memory.limit.watts if cap.watts is None else cap.watts, cap.active)


class _Settings(_Part, Settings):
    @property
    def readable(self) -> Collection[str]:
        return tuple(self._memory.values)

    @property
    def writable(self) -> Collection[str]:
        return (*self._memory.values, "userid", "username", "password")

    def announce(self, changes: Mapping[str, str]) -> None:
        for word in changes:
            self._raise(word)

    def _raise(self, word: str) -> None:
        if word in self._memory.refuses:
            raise self._memory.refuses[word]

    async def _read(self, word: str, timeout: float) -> Setting:
        self._raise(word)
        return self._memory.values[word]

    async def _write(self, word: str, value: str, timeout: float) -> Setting:
        self._memory.journal.append(f"{word}={value}")
        known = self._memory.values.get(word)
        if known is None:
            return Setting(word, value)
        self._memory.values[word] = Setting(known.label, value)
        return self._memory.values[word]


class _Firmware(_Part, Firmware):
    async def _update(self, image: Path, tell: Tell, timeout: float) -> None:
        await tell("uploading")
        self._memory.journal.append(f"firmware {image.name}")


class MemoryDriver(Driver):
    """Nodes by name; a node that nobody mentioned is off and empty."""

    name = "memory"

    def __init__(self) -> None:
        self.nodes: dict[str, Memory] = {}

    def node(self, name: str) -> Memory:
        return self.nodes.setdefault(name, Memory())

    def _offered(self, endpoint: Endpoint, what: str) -> Memory:
        memory = self.node(endpoint.node)
        if what in memory.lacks:
            raise self._lacks(what)
        return memory

    def power(self, endpoint: Endpoint) -> Power:
        return _Power(self._offered(endpoint, "power"))

    def boot(self, endpoint: Endpoint) -> Boot:
        return _Boot(self._offered(endpoint, "boot device"))

    def boot_order(self, endpoint: Endpoint) -> BootOrder:
        return _BootOrder(self._offered(endpoint, "boot order"))

    def beacon(self, endpoint: Endpoint) -> Beacon:
        return _Beacon(self._offered(endpoint, "identify light"))

    def chassis(self, endpoint: Endpoint) -> Chassis:
        return _Chassis(self._offered(endpoint, "chassis"))

    def sensors(self, endpoint: Endpoint) -> Sensors:
        return _Sensors(self._offered(endpoint, "sensors"))

    def inventory(self, endpoint: Endpoint) -> Inventory:
        return _Inventory(self._offered(endpoint, "inventory"))

    def event_log(self, endpoint: Endpoint) -> EventLog:
        return _EventLog(self._offered(endpoint, "event log"))

    def energy(self, endpoint: Endpoint) -> Energy:
        return _Energy(self._offered(endpoint, "power consumption"))

    def settings(self, endpoint: Endpoint) -> Settings:
        return _Settings(self._offered(endpoint, "settings"))

    def firmware(self, endpoint: Endpoint) -> Firmware:
        return _Firmware(self._offered(endpoint, "firmware update"))


class Shelf(Controllers):
    """Has `MemoryDriver` in the place of every driver that there is; other methods have none, as always."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = MemoryDriver()

    def check(self, method: str) -> None:
        if method != "ipmi":
            raise Unsupported(f'there is no driver for the management method "{method}"')

    def _driver(self, method: str) -> Driver:
        self.check(method)
        return self.memory
