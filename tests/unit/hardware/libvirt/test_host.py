"""What a machine uses of its hypervisor."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.hardware.libvirt.conftest import URI
from xcatd.errors import NotFound, UsageError
from xcatd.hardware import Controllers, Machine, Making
from xcatd.hardware.libvirt.document import Document
from xcatd.hardware.libvirt.guest import Blueprint, guest
from xcatd.hardware.libvirt.host import numbers_in


@pytest.fixture
async def machine(controllers: Controllers, connection: Any) -> Machine:
    made = controllers.device("kvm", guest("n1", URI, Blueprint(memory=64 << 20, cpus=2))).machine
    await made.make(Making())
    return made


async def definition(machine: Machine) -> Document:
    return Document(await machine.definition())


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("3", {3}), ("0-3,^2,8", {0, 1, 3, 8}), ("^8,0-9", set(range(10))), ("0-9,^3-5", {0, 1, 2, 6, 7, 8, 9})],
)
def test_lists_are_read_from_the_left(text: str, numbers: set[int]) -> None:
    assert numbers_in(text) == numbers


async def test_a_machine_that_is_off_is_pinned_for_its_next_start(machine: Machine) -> None:
    await machine.pin("0-3,^2")
    assert (await definition(machine)).cpuset == "0-1,3"
    await machine.bind_memory("1")
    assert (await definition(machine)).nodeset == "1"
    await machine.bind_memory("0-1")
    assert (await definition(machine)).nodeset == "0-1"


async def test_one_that_is_on_is_pinned_at_once(machine: Machine, connection: Any) -> None:
    domain = connection.lookupByName("n1")
    domain.create()
    await machine.pin("1,3")
    assert [sum(mask) for mask in domain.vcpus()[1]] == [2, 2]
    assert (await definition(machine)).cpuset == "1,3"
    with pytest.raises(UsageError, match=r"the hypervisor has none of the processors 900: it has \d+, from 0 on"):
        await machine.pin("900")


@pytest.mark.parametrize("text", ["", "a", "1,", "1-", "-1", "1;2", "٣"])
async def test_what_is_no_list(machine: Machine, text: str) -> None:
    with pytest.raises(UsageError, match=r"cpu pining: .* is no list of numbers"):
        await machine.pin(text)
    with pytest.raises(UsageError, match=r"memory binding: .* is no list of numbers"):
        await machine.bind_memory(text)


@pytest.mark.parametrize("device", ["", "eth0", "0000:01:00", "0000:01:00.9", "pci_0000_01_00_2/../x"])
async def test_what_is_no_device(machine: Machine, device: str) -> None:
    for asked in (machine.hand_on(device), machine.take_back(device)):
        with pytest.raises(UsageError, match=r"is no PCI device: name it as 0000:01:00\.2"):
            await asked


async def test_a_device_that_it_has_not_got(machine: Machine) -> None:
    with pytest.raises(NotFound, match=r"^device detaching: the specified device 0000:01:00\.2 is not attached yet$"):
        await machine.take_back("0000:01:00.2")


def test_single_processors_are_no_longer_pinned_elsewhere() -> None:
    document = Document(
        "<domain><vcpu>2</vcpu><cputune><shares>5</shares><vcpupin vcpu='0' cpuset='7'/></cputune></domain>"
    )
    document.pin("0-1")
    assert "vcpupin" not in document.text()
    assert "shares" in document.text()
