"""FRU data under the labels by which xCAT 2 prints them: scripts look for these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from xcatd.hardware.inventory import Fact, Part
from xcatd.hardware.ipmi.fru import Board, Chassis, Fru, Product

_CHASSIS_OF_A_PART = ("NODE ", "Backplane")
"""Names of parts whose chassis is that of a node: its part number counts as a model, its serial number as a serial."""
_MODULE = (
    ("manufacturer", "Manufacturer"),
    ("serial", "Serial Number"),
    ("manufacture_date", "Manufacture Date"),
    ("manufacture_location", "Manufacture Location"),
    ("model", "Model"),
)


def system_facts(fru: Fru) -> Sequence[Fact]:
    """Of the FRU device that describes the system. What is empty is left out."""
    return [fact for fact in _system(fru.product, fru.chassis, fru.board) if fact.value]


def _system(product: Product, chassis: Chassis, board: Board) -> Iterator[Fact]:
    yield Fact(Part.MISC, "System Manufacturer", product.manufacturer)
    yield Fact(Part.MODEL, "System Description", product.name)
    yield Fact(Part.MODEL, "System Model/MTM", product.model)
    yield Fact(Part.MISC, "System Revision", product.version)
    yield Fact(Part.SERIAL, "System Serial Number", product.serial)
    yield Fact(Part.ASSET, "System Asset Number", product.asset)
    yield from _each(Part.MISC, "Product Extra data", product.extra)
    yield Fact(Part.SERIAL, "Chassis Serial Number", chassis.serial)
    yield Fact(Part.MODEL, "Chassis Part Number", chassis.part)
    yield from _each(Part.MISC, "Chassis Extra data", chassis.extra)
    yield Fact(Part.MISC, "Board manufacture date", date_text(board.made))
    yield Fact(Part.MISC, "Board manufacturer", board.manufacturer)
    yield Fact(Part.MISC, "Board Description", board.name)
    yield Fact(Part.MISC, "Board Serial Number", board.serial)
    yield Fact(Part.MISC, "Board Model Number", board.part)
    yield from _each(Part.MISC, "Board Extra data", board.extra)


def part_facts(part: Part, name: str, fru: Fru) -> Sequence[Fact]:
    """Of another replaceable unit, called `name` in the sensor data records."""
    if fru.remark:
        return [Fact(part, name, fru.remark)]
    of_product = Part.FIRMWARE if "system firmware" in name.lower() else part
    facts = (
        *_board(part, f"{name} Board", fru.board),
        *_product(of_product, name if part is Part.DIMM else f"{name} Product", fru.product),
        *_chassis(part, name, fru.chassis),
    )
    return [fact for fact in facts if fact.value]


def memory_facts(name: str, module: dict[str, str]) -> Sequence[Fact]:
    """Of a memory module, from pyghmi's names for what its SPD says."""
    if "capacity_mb" not in module:
        kind = module.get("memory_type", "Unknown")
        return [Fact(Part.DIMM, name, "Unrecognized SPD" if kind == "Unknown" else kind)]
    facts = [Fact(Part.DIMM, name, _module(module))]
    facts += [Fact(Part.DIMM, f"{name} {label}", module.get(key, "")) for key, label in _MODULE]
    return [fact for fact in facts if fact.value]


def date_text(when: datetime | None) -> str:
    """As ctime(3) writes it, in UTC; "" for none."""
    return f"{when.ctime()} UTC" if when else ""


def _board(part: Part, label: str, board: Board) -> Iterator[Fact]:
    yield Fact(part, f"{label} Part Number", board.part)
    yield Fact(part, f"{label} Serial Number", board.serial)
    yield Fact(part, f"{label} Manufacturer", board.manufacturer)
    yield Fact(part, label, board.name)
    yield Fact(part, f"{label} Manufacture Date", date_text(board.made))
    yield from _each(part, f"{label} Additional Info", board.extra)


def _product(part: Part, label: str, product: Product) -> Iterator[Fact]:
    yield Fact(part, f"{label} Serial Number", product.serial)
    yield Fact(part, f"{label} Manufacturer", product.manufacturer)
    yield Fact(part, f"{label} Version", product.version)
    yield Fact(part, label, product.name)
    yield Fact(part, f"{label} Model", product.model)
    yield from _each(part, f"{label} Additional Info", product.extra)


def _chassis(part: Part, name: str, chassis: Chassis) -> Iterator[Fact]:
    is_node = any(word in name for word in _CHASSIS_OF_A_PART)
    yield Fact(Part.MODEL if is_node else part, f"{name} Chassis Part Number", chassis.part)
    yield Fact(Part.SERIAL if is_node else part, f"{name} Chassis Serial Number", chassis.serial)
    yield from _each(part, f"{name} Chassis Additional Info", chassis.extra)


def _each(part: Part, name: str, values: Iterable[str]) -> Iterator[Fact]:
    return (Fact(part, name, value) for value in values)


def _module(module: dict[str, str]) -> str:
    """Such as "16GB DDR4 SDRAM 19200 ECC RDIMM"."""
    try:
        megabytes = int(float(module["capacity_mb"]))
    except (ValueError, OverflowError):
        return module.get("memory_type", "")
    size = f"{megabytes // 1024}GB" if megabytes >= 1024 else f"{megabytes}MB"
    ecc = "ECC" if module.get("ecc") == "True" else ""
    words = (size, module.get("memory_type", ""), module.get("speed", ""), ecc, module.get("module_type", ""))
    return " ".join(word for word in words if word)
