"""The inventory: of ipmi_sim as ipmitool reads it, and of BMCs that are less easy to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.simulators.bmcs import Bmc
from tests.simulators.stored import Locator, Paper
from tests.unit.hardware.ipmi.judges import fields, ipmitool
from tests.unit.hardware.ipmi.telling import Teller, furnished_bmc, teller
from tests.unit.hardware.places import endpoint_of
from tests.unit.hardware.reading_contract import InventoryContract, InventoryJudge
from xcatd.errors import BadCredentials, Busy, NodeError, Unsupported
from xcatd.hardware import Controllers, Fact, Inventory, Part

LABELS = {
    "Product Manufacturer": "System Manufacturer",
    "Product Name": "System Description",
    "Product Part Number": "System Model/MTM",
    "Product Version": "System Revision",
    "Product Serial": "System Serial Number",
    "Product Asset Tag": "System Asset Number",
    "Product Extra": "Product Extra data",
    "Chassis Serial": "Chassis Serial Number",
    "Chassis Part Number": "Chassis Part Number",
    "Board Mfg Date": "Board manufacture date",
    "Board Mfg": "Board manufacturer",
    "Board Product": "Board Description",
    "Board Serial": "Board Serial Number",
    "Board Part Number": "Board Model Number",
    "Device ID": "Device ID",
    "Firmware Revision": "BMC Firmware",
    "Manufacturer ID": "Manufacturer ID",
    "System GUID": "UUID/GUID",
}
"""ipmitool's word for it -> ours, which is xCAT's."""
PAPER = Paper(product=("Maker", "Server", "7X99", "v1", "SN1", "asset1"), board=("Maker", "Board", "BRD1", "BP-100"))
SIZE, READ, GUID, SYSTEM_INFO = (0x0A, 0x10), (0x0A, 0x11), (0x06, 0x37), (0x06, 0x59)


@pytest.fixture(scope="module")
def bmc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bmc]:
    with furnished_bmc(42, tmp_path_factory.mktemp("inventory")) as started:
        yield started


class IpmitoolOnInventory:
    """`fru print 0`, `mc info` and `mc guid`."""

    def __init__(self, bmc: Bmc) -> None:
        self._bmc = bmc

    async def known(self) -> Mapping[str, str]:
        said = [await ipmitool(self._bmc, *words) for words in (("fru", "print", "0"), ("mc", "info"), ("mc", "guid"))]
        theirs = fields("".join(said))
        theirs["System GUID"] = theirs["System GUID"].upper()
        return {ours: theirs[name] for name, ours in LABELS.items()}


class TestIpmi(InventoryContract):
    @pytest.fixture
    async def inventory(self, bmc: Bmc, controllers: Controllers) -> Inventory:
        return controllers.device("ipmi", endpoint_of(bmc)).inventory

    @pytest.fixture
    async def inventory_judge(self, bmc: Bmc) -> InventoryJudge:
        return IpmitoolOnInventory(bmc)

    async def test_other_parts_have_the_name_of_their_locator(self, inventory: Inventory, bmc: Bmc) -> None:
        theirs = fields(await ipmitool(bmc, "fru", "print", "1"))
        facts = {fact.name: fact.value for fact in await inventory.facts({Part.HARDWARE}, timeout=10)}
        assert facts == {
            "PSU1 Product Manufacturer": theirs["Product Manufacturer"],
            "PSU1 Product": theirs["Product Name"],
            "PSU1 Product Model": theirs["Product Part Number"],
            "PSU1 Product Version": theirs["Product Version"],
            "PSU1 Product Serial Number": theirs["Product Serial"],
            "PSU2": "Unable to read (invalid data field in the request)",
        }

    async def test_what_only_the_bmc_knows_does_not_cost_a_reading_of_parts(self, controllers: Controllers) -> None:
        async with teller(controllers) as it:
            facts = await it.device.inventory.facts({Part.GUID, Part.DEVICE_ID, Part.MPROM})
            assert [fact.name for fact in facts] == [
                "Device ID",
                "Manufacturer ID",
                "Product ID",
                "BMC Firmware",
                "UUID/GUID",
            ]
            assert it.asked(0x0A) == 0


async def main_facts(it: Teller) -> dict[str, str]:
    parts = {Part.MODEL, Part.SERIAL, Part.ASSET, Part.MISC}
    return {fact.name: fact.value for fact in await it.device.inventory.facts(parts)}


FACTS = {
    "System Manufacturer": "Maker",
    "System Description": "Server",
    "System Model/MTM": "7X99",
    "System Revision": "v1",
    "System Serial Number": "SN1",
    "System Asset Number": "asset1",
    "Board manufacturer": "Maker",
    "Board Description": "Board",
    "Board Serial Number": "BRD1",
    "Board Model Number": "BP-100",
}


@pytest.mark.parametrize("longest", [255, 100, 33, 16, 8, 4])
async def test_a_bmc_gives_as_much_at_once_as_it_likes(controllers: Controllers, longest: int) -> None:
    async with teller(controllers) as it:
        it.archive.papers[0] = PAPER.octets()
        it.archive.longest_paper = longest
        assert await main_facts(it) == FACTS


async def test_how_much_that_is_will_be_remembered(controllers: Controllers) -> None:
    async with teller(controllers) as it:
        it.archive.papers[0] = PAPER.octets()
        it.archive.longest_paper = 16
        await main_facts(it)
        it.archive.pieces.clear()
        await main_facts(it)
        assert max(count for _, _, count in it.archive.pieces) <= 16


async def test_a_bmc_that_gives_nothing_at_all_says_so(controllers: Controllers) -> None:
    async with teller(controllers) as it:
        it.archive.papers[0] = PAPER.octets()
        it.archive.longest_paper = 0
        with pytest.raises(
            Unsupported, match=r'refuses "Read FRU Data": request data field length limit exceeded \(0xc8\)'
        ):
            await main_facts(it)
        assert len(it.archive.pieces) < 10


async def test_a_memory_that_counts_in_words(controllers: Controllers) -> None:
    async with teller(controllers) as it:
        it.archive.papers[0] = PAPER.octets()
        it.archive.words = True
        it.archive.longest_paper = 33
        assert await main_facts(it) == FACTS


async def test_a_large_memory_is_read_as_far_as_it_is_written(controllers: Controllers) -> None:
    async with teller(controllers) as it:
        it.archive.papers[0] = PAPER.octets() + bytes(60_000)
        assert await main_facts(it) == FACTS
        assert len(it.archive.pieces) <= 4


async def test_a_memory_that_ends_before_its_size_gives_what_it_has(controllers: Controllers) -> None:
    async with teller(controllers) as it:
        full = PAPER.octets()
        it.archive.papers[0] = full
        it.archive.ends[0] = full.index(b"v1") + 1
        assert await main_facts(it) == {
            name: value for name, value in FACTS.items() if value in ("Maker", "Server", "7X99") or "Board" in name
        }


@pytest.mark.parametrize("code", [0xC0, 0x81, 0xD4])
async def test_a_refusal_that_concerns_everything_is_an_error(controllers: Controllers, code: int) -> None:
    async with teller(controllers) as it:
        it.brain.refuses[bytes(SIZE)] = code
        with pytest.raises(BadCredentials if code == 0xD4 else Busy):
            await it.device.inventory.facts(timeout=0.3)


async def test_a_bmc_without_fru_data_and_guid_still_has_its_firmware(controllers: Controllers) -> None:
    async with teller(controllers) as it:
        it.archive.guid = None
        it.brain.refuses |= {bytes(SIZE): 0xC1, b"\x0a\x20": 0xC1, b"\x04\x20": 0xC1}
        assert list(await it.device.inventory.facts()) == [
            Fact(Part.DEVICE_ID, "Device ID", "35"),
            Fact(Part.DEVICE_ID, "Manufacturer ID", "674"),
            Fact(Part.DEVICE_ID, "Product ID", "256"),
            Fact(Part.MPROM, "BMC Firmware", "2.15"),
        ]


@pytest.mark.parametrize(("part", "command"), [(Part.MODEL, SIZE), (Part.GUID, GUID), (Part.HARDWARE, (0x0A, 0x20))])
async def test_a_bmc_that_refuses_all_that_was_asked_for_says_so(
    controllers: Controllers, part: Part, command: tuple[int, int]
) -> None:
    async with teller(controllers) as it:
        it.brain.refuses[bytes(command)] = 0xD6
        with pytest.raises(Unsupported, match=r"sub-function disabled \(0xd6\); it cannot do this"):
            await it.device.inventory.facts({part})


async def test_the_firmware_of_the_system_comes_in_blocks(controllers: Controllers) -> None:
    version = "2.1.7 of 2026-11-01, and a long word"
    async with teller(controllers) as it:
        it.archive.system[1] = (0, version.encode())
        assert (await ipmitool(it.network, "mc", "getsysinfo", "system_fw_version")).strip() == version
        assert list(await it.device.inventory.facts({Part.FIRMWARE})) == [
            Fact(Part.FIRMWARE, "BMC Firmware", "2.15"),
            Fact(Part.FIRMWARE, "System Firmware", version),
        ]


async def test_a_string_that_never_ends_is_cut(controllers: Controllers) -> None:
    async with teller(controllers) as it:
        it.archive.system[1] = (1, "é".encode() * 60)
        it.brain.cuts[bytes((*SYSTEM_INFO, 0, 1, 1))] = 3
        (_, firmware) = await it.device.inventory.facts({Part.FIRMWARE})
        assert firmware.value.startswith("é" * 7)


@pytest.mark.parametrize(
    "octets",
    ["105b2f8a3e0c914d9a77112233445500", "005544332211779a914d3e0c105b2f8a", "8a2f5b100c3e4d919a77112233445500"],
    ids=["as SMBIOS", "reversed", "as written"],
)
async def test_the_guid_is_that_of_ipmitool(controllers: Controllers, octets: str) -> None:
    async with teller(controllers) as it:
        it.archive.guid = bytes.fromhex(octets)
        said = fields(await ipmitool(it.network, "mc", "guid"))
        (fact,) = await it.device.inventory.facts({Part.GUID})
        assert fact == Fact(Part.GUID, "UUID/GUID", "8A2F5B10-0C3E-4D91-9A77-112233445500")
        assert fact.value == said["System GUID"].upper()


@pytest.mark.parametrize("command", [(0x06, 0x01), (0x0A, 0x10), (0x0A, 0x11), (0x0A, 0x20), GUID])
@pytest.mark.parametrize("length", [0, 1])
async def test_an_answer_that_is_cut_short_is_one_clear_error(
    controllers: Controllers, command: tuple[int, int], length: int
) -> None:
    async with teller(controllers, [Locator(1, "PSU1").record()]) as it:
        it.archive.papers[0] = PAPER.octets()
        it.brain.cuts[bytes(command)] = length
        if command == (0x0A, 0x11) and length == 1:  # "so many octets", and none: as if there were no more
            assert "System Manufacturer" not in {fact.name for fact in await it.device.inventory.facts()}
            return
        with pytest.raises(NodeError, match=r"the BMC at 127\.0\.0\.1:\d+ answers .* octets where at least .* are due"):
            await it.device.inventory.facts()


# Other parts


async def test_parts_that_are_absent_or_unreadable_say_so(controllers: Controllers) -> None:
    locators = [Locator(number, f"PSU{number}", kind=0x09).record() for number in (1, 2, 3, 4)]
    async with teller(controllers, locators) as it:
        it.archive.papers |= {0: PAPER.octets(), 2: bytes(64), 3: b"\x55" * 64}
        it.brain.refuses[bytes((*SIZE, 4))] = 0x81
        facts = [(fact.name, fact.value) for fact in await it.device.inventory.facts({Part.HARDWARE})]
        assert facts == [
            ("PSU1", "Not Present"),
            ("PSU2", "clear"),
            ("PSU3", "Unrecognized FRU format"),
            ("PSU4", "Unable to read (Unknown reason 81h)"),
        ]


async def test_boards_and_nodes_of_a_chassis_have_the_labels_of_xcat(controllers: Controllers) -> None:
    async with teller(controllers, [Locator(1, "NODE 1").record(), Locator(2, "DIMM 3").record()]) as it:
        it.archive.papers |= {
            1: Paper(chassis=("NPART", "NSER"), board=("BM", "Planar", "B1", "BP"), minutes=14_660_000).octets(),
            2: Paper(product=("Samsung", "16GB", "M393", "", "S1")).octets(),
        }
        facts = await it.device.inventory.facts({Part.MODEL, Part.SERIAL, Part.HARDWARE, Part.DIMM})
        assert {(fact.part, fact.name, fact.value) for fact in facts} == {
            (Part.MODEL, "NODE 1 Chassis Part Number", "NPART"),
            (Part.SERIAL, "NODE 1 Chassis Serial Number", "NSER"),
            (Part.HARDWARE, "NODE 1 Board Part Number", "BP"),
            (Part.HARDWARE, "NODE 1 Board Serial Number", "B1"),
            (Part.HARDWARE, "NODE 1 Board Manufacturer", "BM"),
            (Part.HARDWARE, "NODE 1 Board", "Planar"),
            (Part.HARDWARE, "NODE 1 Board Manufacture Date", "Wed Nov 15 13:20:00 2023 UTC"),
            (Part.DIMM, "DIMM 3 Manufacturer", "Samsung"),
            (Part.DIMM, "DIMM 3", "16GB"),
            (Part.DIMM, "DIMM 3 Model", "M393"),
            (Part.DIMM, "DIMM 3 Serial Number", "S1"),
        }


def ddr4_spd() -> bytes:
    """A registered DDR4 module of 32 GB with ECC, 2400 MT/s, made by Samsung (JEDEC standard 21-C, annex L)."""
    spd = bytearray(512)
    spd[0:4] = bytes((0x23, 0x11, 12, 0x01))
    spd[4], spd[12], spd[13] = 0x05, 0x08, 0x0B  # dies of 8 Gb, two ranks of four bits, 64 bits wide and ECC
    spd[18], spd[125] = 7, 0xD6
    spd[320:322] = bytes((0x80, 0xCE))
    spd[323:329] = bytes((0x21, 0x15, 0x12, 0x34, 0x56, 0x78))
    spd[329:349] = b"M393A2K40BB1-CRC".ljust(20)
    return bytes(spd)


async def test_a_memory_module_is_read_from_its_own_description(controllers: Controllers) -> None:
    async with teller(controllers, [Locator(5, "DIMM 1", modifier=1).record()]) as it:
        it.archive.papers[5] = ddr4_spd()
        facts = {fact.name: fact.value for fact in await it.device.inventory.facts({Part.DIMM})}
        assert facts["DIMM 1 Manufacturer"] == "Samsung"
        assert facts["DIMM 1 Serial Number"] == "12345678"
        assert facts["DIMM 1 Model"] == "M393A2K40BB1-CRC"
        assert facts["DIMM 1"] == "32GB DDR4 SDRAM 19200 ECC RDIMM"


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"\x23\x11\x0c", "Unrecognized SPD"),
        (bytes(256), "Unrecognized SPD"),
        (b"\x23", "Unrecognized SPD"),
        (b"\x80\x08\x08" + bytes(253), "DDR2 SDRAM"),
    ],
    ids=["cut short", "empty", "one octet", "too old"],
)
async def test_a_memory_module_that_cannot_be_read_to_the_end(
    controllers: Controllers, octets: bytes, words: str
) -> None:
    async with teller(controllers, [Locator(5, "DIMM 1", modifier=1).record()]) as it:
        it.archive.papers[5] = octets
        assert list(await it.device.inventory.facts({Part.DIMM})) == [Fact(Part.DIMM, "DIMM 1", words)]


async def test_a_memory_module_may_be_described_like_everything_else(controllers: Controllers) -> None:
    async with teller(controllers, [Locator(5, "DIMM 1", modifier=1).record()]) as it:
        it.archive.papers[5] = Paper(product=("Samsung", "16GB")).octets()
        facts = {fact.name: fact.value for fact in await it.device.inventory.facts({Part.DIMM})}
        assert facts == {"DIMM 1 Manufacturer": "Samsung", "DIMM 1": "16GB"}


async def test_network_interfaces_are_not_told(controllers: Controllers) -> None:
    async with teller(controllers) as it:
        with pytest.raises(Unsupported, match=r"does not tell the network interfaces of its node, as IPMI has no"):
            await it.device.inventory.nics()
