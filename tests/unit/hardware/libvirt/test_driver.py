"""The driver for virtual machines on libvirt's test driver, and on hypervisors that do not answer.

Real QEMU is in tests/integration/test_virtual_machines.py.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import libvirt
import pytest

from tests.helpers.cluster import SOURCE
from tests.unit.hardware.contract import BootContract
from tests.unit.hardware.libvirt.conftest import URI
from tests.unit.hardware.libvirt.power_contract import MachineJudge, MachinePowerContract
from xcatd.errors import NodeError, NotFound, TimedOut, Unreachable, Unsupported
from xcatd.hardware import (
    Boot,
    BootChoice,
    BootDevice,
    Controllers,
    Device,
    Making,
    Nic,
    Part,
    Power,
    PowerAction,
    PowerState,
)
from xcatd.hardware.libvirt import binding, hypervisor
from xcatd.hardware.libvirt.document import Document
from xcatd.hardware.libvirt.guest import Blueprint, Place, Wire, guest

PLAN = Blueprint(memory=64 << 20, wires=(Wire("br0", mac="42:00:00:00:00:01"),))


def device(controllers: Controllers, plan: Blueprint = PLAN, name: str = "n1", uri: str = URI) -> Device:
    return controllers.device("kvm", guest(name, uri, plan))


class TestPower(MachinePowerContract):
    @pytest.fixture
    async def power(self, controllers: Controllers, connection: Any) -> Power:
        return device(controllers).power

    @pytest.fixture
    async def judge(self, connection: Any) -> MachineJudge:
        return MachineJudge(connection)

    async def test_a_machine_that_stands_still_says_so_and_on_wakes_it(self, power: Power, judge: MachineJudge) -> None:
        await power.set_power(PowerAction.ON)
        judge.machine.suspend()
        assert await power.power_state() is PowerState.SUSPENDED
        before = judge.machine.ID()
        await power.set_power(PowerAction.ON)
        assert (await judge.state(), judge.machine.ID()) == ("on", before)

    @pytest.mark.parametrize("action", [PowerAction.RESET, PowerAction.SOFTOFF, PowerAction.DIAG])
    async def test_what_needs_a_machine_that_is_on_says_so(self, power: Power, action: PowerAction) -> None:
        with pytest.raises(NodeError, match="the virtual machine is off: turn it on with rpower n1 on"):
            await power.set_power(action)

    async def test_one_that_would_vanish_is_kept_when_it_is_turned_off(
        self, power: Power, judge: MachineJudge, connection: Any
    ) -> None:
        """xCAT 2 starts machines without a definition."""
        connection.createXML(
            "<domain type='test'><name>n1</name><memory>65536</memory><os><type>hvm</type></os></domain>"
        )
        assert not judge.machine.isPersistent()
        await power.set_power(PowerAction.OFF)
        assert await judge.state() == "off"
        assert judge.machine.isPersistent()


class MachineBootJudge:
    """The definition as another connection reads it."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def chosen(self) -> BootChoice | None:
        machine = self._connection.lookupByName("n1")
        return Document(machine.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)).choice


class TestBoot(BootContract):
    devices = (BootDevice.NETWORK, BootDevice.DISK, BootDevice.CD, BootDevice.FLOPPY)

    @pytest.fixture
    async def boot(self, controllers: Controllers, connection: Any) -> Boot:
        machine = device(controllers)
        await machine.machine.make(Making())
        return machine.boot

    @pytest.fixture
    async def boot_judge(self, connection: Any) -> MachineBootJudge:
        return MachineBootJudge(connection)

    @pytest.mark.parametrize("persistent", [False, True])
    @pytest.mark.parametrize("uefi", [False])
    async def test_once_or_for_good_by_bios_or_uefi(
        self, boot: Boot, boot_judge: MachineBootJudge, persistent: bool, uefi: bool
    ) -> None:
        """Which of BIOS and UEFI it has is part of a machine's definition."""
        await super().test_once_or_for_good_by_bios_or_uefi(boot, boot_judge, persistent, uefi)

    @pytest.mark.parametrize("persistent", [False, True])
    async def test_a_choice_for_one_start_is_gone_after_it(
        self, boot: Boot, controllers: Controllers, connection: Any, persistent: bool
    ) -> None:
        choice = BootChoice(BootDevice.CD, persistent)
        await boot.choose_boot(choice)
        await device(controllers).power.set_power(PowerAction.ON)
        machine = connection.lookupByName("n1")
        assert Document(machine.XMLDesc()).order == ["cdrom", "network", "hd"]
        later = Document(machine.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))
        assert later.order == (["cdrom", "network", "hd"] if persistent else ["network", "hd"])
        assert await boot.boot_choice() == (choice if persistent else None)

    async def test_the_order_for_good(self, boot: Boot, controllers: Controllers) -> None:
        order = device(controllers).boot_order
        await boot.choose_boot(BootChoice(BootDevice.CD))
        assert [option.reference for option in await order.boot_order()] == ["network", "hd"]
        await order.set_boot_order(["hd"])
        assert [option.device for option in await order.boot_order()] == [BootDevice.DISK, BootDevice.NETWORK]
        assert await boot.boot_choice() is None


async def test_the_inventory(controllers: Controllers, connection: Any) -> None:
    machine = device(controllers, PLAN, "test")
    facts = await machine.inventory.facts([Part.CPU, Part.DIMM, Part.GUID])
    assert [(fact.name, fact.value) for fact in facts] == [
        ("UUID/GUID", "01eb9566-a4f6-0483-79aa-97f2502e193f"),
        ("CPUs", "2"),
        ("Memory", "2048 MB"),
        ("Maximum Memory", "8192 MB"),
    ]
    (disk,) = await machine.inventory.facts([Part.HARDWARE])
    assert disk.name == "Disk vda (v01:00.0)"
    assert disk.value.endswith(" MB @ /guest/diskimage1")
    assert await machine.inventory.nics() == [Nic("eth0", "aa:bb:cc:dd:ee:ff")]
    assert (await machine.inventory.facts([Part.MAC]))[0].name == "Network adapter at 00:01.0"


async def test_a_machine_and_its_neighbours(controllers: Controllers, connection: Any) -> None:
    machine = device(controllers, PLAN, "test").machine
    facts = await machine.facts()
    assert (facts.memory, facts.cpus, facts.state) == (2 << 30, 2, 1)
    assert facts.number is not None
    assert facts.sentence == "The domain is active and running"
    assert facts.disks == (("file", "/guest/diskimage1"),)
    await device(controllers).machine.make(Making())
    assert await machine.names() == ["n1", "test"]
    assert machine.console().words == ("virsh", "-c", URI, "console", "test")


async def test_a_machine_is_made_once(controllers: Controllers, connection: Any) -> None:
    machine = device(controllers).machine
    await machine.make(Making(memory=128 << 20, cpus=2))
    assert connection.lookupByName("n1").info()[1:4] == [128 << 10, 128 << 10, 2]
    with pytest.raises(
        NodeError, match=r"exists on test:///default: remove it with rmvm, or make it anew with mkvm -f"
    ):
        await machine.make(Making())
    await machine.make(Making(force=True))
    assert connection.lookupByName("n1").info()[1] == 64 << 10
    connection.lookupByName("n1").create()
    with pytest.raises(NodeError, match="is on: turn it off with rpower n1 off"):
        await machine.make(Making(force=True))


async def test_its_password_is_not_in_the_definition_that_is_shown(controllers: Controllers, connection: Any) -> None:
    machine = device(controllers).machine
    await machine.make(Making())
    assert "graphics" in await machine.definition()
    assert "passwd" not in await machine.definition()
    await device(controllers).boot.choose_boot(BootChoice(BootDevice.CD))
    kept = connection.lookupByName("n1").XMLDesc(libvirt.VIR_DOMAIN_XML_SECURE)
    assert "passwd=" in kept, "a change keeps what is not shown"


async def test_what_xcat_2_has_kept_is_what_is_started(controllers: Controllers, connection: Any) -> None:
    stored = (
        "<domain type='test'><name>n1</name><memory>131072</memory><os><type>hvm</type><boot dev='hd'/></os></domain>"
    )
    await device(controllers, Blueprint(stored=stored)).power.set_power(PowerAction.ON)
    assert connection.lookupByName("n1").info()[1] == 131072


async def test_a_machine_that_is_removed(controllers: Controllers, connection: Any) -> None:
    machine = device(controllers).machine
    await machine.make(Making())
    connection.lookupByName("n1").create()
    with pytest.raises(NodeError, match=r"^Cannot rmvm active guest \(use -f argument to force\)$"):
        await machine.remove()
    assert await machine.remove(force=True) == []
    assert await machine.names() == ["test"]
    with pytest.raises(NotFound, match=r"^Cannot remove guest vm, no such vm found$"):
        await machine.remove()


async def test_one_that_only_the_tables_know_is_removed_without_a_word(
    controllers: Controllers, connection: Any
) -> None:
    assert await device(controllers, Blueprint(stored="<domain/>")).machine.remove(purge=True) == []


async def test_a_machine_that_is_not_there_says_so_everywhere(controllers: Controllers, connection: Any) -> None:
    machine = device(controllers)
    asked = (
        machine.inventory.facts(),
        machine.inventory.nics(),
        machine.machine.facts(),
        machine.machine.definition(),
        machine.machine.set_cpus(2),
        machine.machine.add_disk(1 << 30),
        machine.machine.set_memory(1 << 30),
        machine.machine.detach_disk("vda"),
        machine.machine.resize_disk("vda", 1 << 30),
    )
    for question in asked:
        with pytest.raises(NotFound, match=r"^VM does not appear to exist on test:///default: make it with mkvm n1"):
            await question


async def test_disks_without_a_place(controllers: Controllers, connection: Any) -> None:
    await device(controllers).machine.make(Making())
    with pytest.raises(NodeError, match="Can not add storage, vmstorage attribute not defined"):
        await device(controllers).machine.add_disk(1 << 30)
    empty = Blueprint(storage=(Place("dir:///empty"),))
    with pytest.raises(
        NodeError, match="Unable to find any persistent disks at dir:///empty for n1: make one with mkvm n1 -s"
    ):
        await device(controllers, empty, "n1").machine.make(Making(force=True))


@pytest.mark.parametrize("what", ["beacon", "sensors", "event_log", "settings", "energy", "firmware", "outlets"])
async def test_what_a_machine_has_not(controllers: Controllers, what: str) -> None:
    with pytest.raises(Unsupported, match="the libvirt driver knows nothing of a node's"):
        getattr(device(controllers), what)


# -- hypervisors that are away --------------------------------------------------------------------------------------


@pytest.fixture
def mute(tmp_path: Path) -> Iterator[str]:
    """The URI of a hypervisor that takes connections and says nothing."""
    path = tmp_path / "mute"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(100)
        yield f"qemu+unix:///system?socket={path}"


async def test_one_that_hangs_is_a_sentence(controllers: Controllers, mute: str) -> None:
    with pytest.raises(
        TimedOut, match=r"^the hypervisor at qemu\+unix:///system has not answered within 0\.2 s: check"
    ):
        await device(controllers, PLAN, "n1", mute).power.power_state(timeout=0.2)


async def test_one_that_hangs_holds_up_no_other(controllers: Controllers, connection: Any, mute: str) -> None:
    hung = asyncio.gather(*(device(controllers, PLAN, f"n{i}", mute).power.power_state(timeout=60) for i in range(20)))
    for _ in range(20):
        assert await device(controllers, PLAN, "test").power.power_state(timeout=30) is PowerState.ON
    assert not hung.done()
    hung.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hung


_PROGRAM = """
import asyncio, sys
from xcatd.errors import TimedOut
from xcatd.hardware import Controllers
from xcatd.hardware.libvirt.guest import guest

async def main():
    async with Controllers() as controllers:
        try:
            await controllers.device("kvm", guest("n1", sys.argv[1])).power.power_state(timeout=0.2)
        except TimedOut:
            print("timed out")

asyncio.run(main())
"""


async def test_a_program_ends_although_a_call_never_does(mute: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROGRAM, mute, stdout=asyncio.subprocess.PIPE, cwd=SOURCE
    )
    async with asyncio.timeout(20):
        out, _ = await process.communicate()
    assert (process.returncode, out) == (0, b"timed out\n")


async def test_one_that_has_been_repaired_is_asked_again_although_old_calls_never_end(
    controllers: Controllers, connection: Any, mute: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hypervisor, "STUCK", 0.0)
    monkeypatch.setattr(hypervisor, "THREADS", 1)
    machine = device(controllers, PLAN, "n1", mute)
    for _ in range(2):
        with pytest.raises(TimedOut):
            await machine.power.power_state(timeout=0.1)
        machine = device(controllers, PLAN, "n1", mute)
    bound: Any = machine.power
    again = bound._driver._hypervisor
    assert not again.is_stuck, "new threads wait for it"


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("qemu+unix:///system?socket=/nowhere/socket", "no connection to the hypervisor at qemu\\+unix:///system: .*No such file"),
        ("qemu+tcp://127.0.0.1:9/system", "no connection to the hypervisor at qemu\\+tcp://127.0.0.1:9/system: .*refused"),
        ("nonsense://here", "no connection to the hypervisor at nonsense://here: "),
    ],
)  # fmt: skip
async def test_one_that_is_not_there(controllers: Controllers, uri: str, words: str) -> None:
    with pytest.raises(Unreachable, match=words + ".*; check vm.host, that libvirtd runs there"):
        await device(controllers, PLAN, "n1", uri).power.power_state()


async def test_nothing_is_printed_by_the_library(
    controllers: Controllers, connection: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Unreachable):
        await device(controllers, PLAN, "n1", "nonsense://here").power.power_state()
    assert capfd.readouterr() == ("", "")


async def test_without_the_binding_it_is_a_sentence(controllers: Controllers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "libvirt", None)
    binding.load.cache_clear()
    with pytest.raises(Unsupported, match="need libvirt's Python binding: install python3-libvirt"):
        await device(controllers).power.power_state()


async def test_the_limit_of_libvirt_is_asked_of_nobody_else(controllers: Controllers, connection: Any) -> None:
    """More questions at once than there are threads."""
    power = device(controllers, PLAN, "test").power
    assert await asyncio.gather(*(power.power_state() for _ in range(100))) == [PowerState.ON] * 100
