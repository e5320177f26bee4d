"""What single products do differently: as data, chosen by what a BMC says that it is (IPMI 2.0, section 20.1)."""

from __future__ import annotations

from dataclasses import dataclass

from xcatd.hardware.ipmi.commands import SD350_IDENTIFY, Command

LENOVO = 19046
"""Manufacturers have the numbers that IANA gave them."""
SHORTEST_DEVICE_ID = 11
IPMI_20 = (2, 0)


@dataclass(frozen=True, slots=True)
class Model:
    """`version`: of IPMI, as (2, 0). `manufacturer` and `product`: numbers that together name a BMC."""

    version: tuple[int, int]
    manufacturer: int
    product: int


@dataclass(frozen=True, slots=True)
class Quirks:
    """`light_on`: what turns the identify light on, instead of Chassis Identify: a command and its data."""

    light_on: tuple[Command, bytes] | None = None


NO_QUIRKS = Quirks()
_QUIRKS: dict[tuple[int, int], Quirks] = {
    (LENOVO, 13616): Quirks(light_on=(SD350_IDENTIFY, b"\x01\x01")),  # SD350
}


def quirks_of(model: Model) -> Quirks:
    """What is different with it; for most: nothing."""
    return _QUIRKS.get((model.manufacturer, model.product), NO_QUIRKS)


def read_model(device_id: bytes) -> Model:
    """From the data of Get Device ID, of which at least SHORTEST_DEVICE_ID octets must be there."""
    version = (device_id[4] & 0x0F, device_id[4] >> 4)
    manufacturer = int.from_bytes(device_id[6:9], "little") & 0x0FFFFF
    return Model(version, manufacturer, int.from_bytes(device_id[9:11], "little"))
