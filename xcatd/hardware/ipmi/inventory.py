"""The inventory of a node as its BMC knows it: FRU data, the BMC itself, the firmware of the system."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence

from xcatd.errors import Unsupported
from xcatd.hardware.inventory import Fact, Inventory, Nic, Part
from xcatd.hardware.ipmi.commands import GET_DEVICE_ID, GET_SYSTEM_GUID, GET_SYSTEM_INFO
from xcatd.hardware.ipmi.controller import Controller
from xcatd.hardware.ipmi.facts import memory_facts, part_facts, system_facts
from xcatd.hardware.ipmi.fru import decode_fru, needed
from xcatd.hardware.ipmi.frureader import DEVICE_BUSY, read_fru
from xcatd.hardware.ipmi.identity import GUID_LENGTH, firmware_revision, guid_text, maker, system_text
from xcatd.hardware.ipmi.lore import memory_module
from xcatd.hardware.ipmi.notes import Notebook, Notes
from xcatd.hardware.ipmi.quirks import SHORTEST_DEVICE_ID, read_model
from xcatd.hardware.ipmi.refusals import COMPLETION_CODES, NO_PRIVILEGE, NODE_BUSY, NOT_PRESENT, Refused
from xcatd.hardware.ipmi.repository import repository_of
from xcatd.hardware.ipmi.sdr import FruLocator

_SYSTEM = frozenset({Part.MODEL, Part.SERIAL, Part.ASSET, Part.MISC})
_DEVICE = frozenset({Part.DEVICE_ID, Part.MPROM, Part.FIRMWARE})
_PARTS = frozenset({Part.HARDWARE, Part.DIMM})
_MAIN = 0
"""The FRU device that describes the system (IPMI 2.0, section 38)."""
_SERIOUS = frozenset({NO_PRIVILEGE, NODE_BUSY, DEVICE_BUSY})
"""Too little privilege, or a BMC that is to be asked again, concerns the whole question."""
_LONGEST_SPD = 1024
_FIRMWARE_VERSION = 1
"""The parameter of Get System Info Parameters."""
_FIRST_BLOCK, _BLOCK = 14, 16
"""Octets of a string in its first block, and in each of the others."""

Question = Callable[[], Awaitable[Sequence[Fact]]]


class IpmiInventory(Inventory):
    """The inventory of one node. `controller` gives its BMC, each time anew: the driver may have forgotten it."""

    def __init__(self, controller: Callable[[], Controller], notebook: Notebook, place: str) -> None:
        self._controller = controller
        self._notebook = notebook
        self._place = place

    async def _read(self, parts: Collection[Part] | None, timeout: float) -> Sequence[Fact]:
        controller = self._controller()
        wanted = frozenset(Part if parts is None else parts)
        return await controller.within(timeout, self._facts(controller, wanted))

    async def _nics(self, timeout: float) -> Sequence[Nic]:
        raise Unsupported(
            f"the BMC at {self._place} does not tell the network interfaces of its node, as IPMI has no command for it: "
            "take them from the switch or from the booted node"
        )

    async def _facts(self, controller: Controller, wanted: frozenset[Part]) -> Sequence[Fact]:
        """What the BMC refuses to tell is left out. Refused: it is all that was asked for."""
        facts: list[Fact] = []
        refusal: Refused | None = None
        for question in self._questions(controller, wanted):
            try:
                facts += await question()
            except Refused as refused:
                if refused.code in _SERIOUS:
                    raise
                refusal = refused
        found = [fact for fact in facts if fact.part in wanted]
        if refusal is not None and not found:
            raise refusal
        return found

    def _questions(self, controller: Controller, wanted: frozenset[Part]) -> Iterator[Question]:
        notes = self._notebook.of(self._place)
        if wanted & _SYSTEM:
            yield lambda: _system(controller, notes)
        if wanted & _DEVICE:
            yield lambda: _device(controller, wanted)
        if Part.GUID in wanted:
            yield lambda: _guid(controller)
        if Part.FIRMWARE in wanted:
            yield lambda: _system_firmware(controller)
        if wanted & _PARTS:
            yield lambda: self._other_parts(controller, notes)

    async def _other_parts(self, controller: Controller, notes: Notes) -> Sequence[Fact]:
        try:
            locators = (await repository_of(controller, notes, self._notebook)).frus
        except Unsupported:  # then there is the main one only
            return []
        return [
            fact for locator in locators if locator.number != _MAIN for fact in await _part(controller, notes, locator)
        ]


async def _system(controller: Controller, notes: Notes) -> Sequence[Fact]:
    return system_facts(decode_fru(await read_fru(controller, notes, _MAIN, needed)))


async def _part(controller: Controller, notes: Notes, locator: FruLocator) -> Sequence[Fact]:
    """One replaceable unit; that it is absent, or cannot be read, is a fact as well."""
    part = Part.DIMM if locator.is_memory_module or "DIMM" in locator.name else Part.HARDWARE
    try:
        data = await read_fru(controller, notes, locator.number, _spd if locator.is_memory_module else needed)
    except Refused as refused:
        if refused.code == NO_PRIVILEGE:
            raise
        return [Fact(part, locator.name, _reason(refused.code))]
    fru = decode_fru(data)
    if locator.is_memory_module and fru.remark:
        return memory_facts(locator.name, memory_module(data))
    return part_facts(part, locator.name, fru)


def _reason(code: int) -> str:
    if code == NOT_PRESENT:
        return "Not Present"
    return f"Unable to read ({COMPLETION_CODES.get(code, f'Unknown reason {code:02x}h')})"


def _spd(data: bytes, size: int) -> int:
    return min(size, _LONGEST_SPD)


async def _device(controller: Controller, wanted: frozenset[Part]) -> Sequence[Fact]:
    """The firmware of the BMC is both: that of the management controller, and one of all firmwares."""
    answer = await controller.ask(GET_DEVICE_ID, least=SHORTEST_DEVICE_ID)
    model = read_model(answer)
    return [
        Fact(Part.DEVICE_ID, "Device ID", str(answer[0])),
        Fact(Part.DEVICE_ID, "Manufacturer ID", maker(model.manufacturer)),
        Fact(Part.DEVICE_ID, "Product ID", str(model.product)),
        Fact(Part.MPROM if Part.MPROM in wanted else Part.FIRMWARE, "BMC Firmware", firmware_revision(answer)),
    ]


async def _guid(controller: Controller) -> Sequence[Fact]:
    answer = await controller.ask(GET_SYSTEM_GUID, least=GUID_LENGTH)
    return [Fact(Part.GUID, "UUID/GUID", guid_text(answer[:GUID_LENGTH]))]


async def _system_firmware(controller: Controller) -> Sequence[Fact]:
    version = await _system_string(controller, _FIRMWARE_VERSION)
    return [Fact(Part.FIRMWARE, "System Firmware", version)] if version else []


async def _system_string(controller: Controller, parameter: int) -> str:
    """A string in blocks; the first one begins with its encoding and its length (table 22-16c)."""
    answer = await controller.ask(GET_SYSTEM_INFO, bytes((0, parameter, 0, 0)), least=4)
    encoding, length = answer[2] & 0x0F, answer[3]
    octets = answer[4 : 4 + _FIRST_BLOCK]
    block = 1
    while len(octets) < length and block < _BLOCK:
        try:
            answer = await controller.request(GET_SYSTEM_INFO, bytes((0, parameter, block, 0)))
        except Refused:  # it told a length that it has not
            break
        octets += answer[2 : 2 + _BLOCK]
        block += 1
    return system_text(encoding, octets[:length])
