"""Virtual machines as an operator has them: a real daemon, a real libvirtd with real QEMU; virsh and qemu-img are the judges."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libvirt
import pytest

from tests.helpers.alone import alone, typed, until
from tests.helpers.cluster import Daemon, free_port
from tests.simulators.libvirtd import BRIDGE, Hypervisor, hypervisor
from tests.unit.hardware.contract import Judge
from tests.unit.hardware.libvirt.power_contract import MachineJudge, MachinePowerContract
from xcatd.errors import TimedOut, Unreachable, XcatError
from xcatd.hardware import Controllers, Making, Power, PowerAction, PowerState
from xcatd.hardware.libvirt.binding import load
from xcatd.hardware.libvirt.guest import Blueprint, Place, Wire, guest


@pytest.fixture(scope="module")
def hyp() -> Iterator[Hypervisor]:
    with hypervisor() as made:
        yield made


@pytest.fixture(autouse=True)
def empty(hyp: Hypervisor) -> None:
    """Machines and disks of the test before are gone."""
    for name in hyp.virsh("list", "--all", "--name").split():
        with suppress(AssertionError):
            hyp.virsh("destroy", name)
        hyp.virsh("undefine", name)
    for disk in hyp.disks.iterdir():
        disk.unlink()


# -- the driver -----------------------------------------------------------------------------------------------------


@pytest.fixture
async def controllers() -> AsyncIterator[Controllers]:
    async with Controllers() as made:
        yield made


PLAN = Blueprint(memory=32 << 20, wires=(Wire(BRIDGE, mac="42:00:00:00:00:01"),))


class TestPower(MachinePowerContract):
    @pytest.fixture
    async def power(self, controllers: Controllers, hyp: Hypervisor) -> Power:
        machine = controllers.device("kvm", guest("n1", hyp.uri, PLAN))
        await machine.machine.make(Making())
        return machine.power

    @pytest.fixture
    async def judge(self, hyp: Hypervisor) -> AsyncIterator[Judge]:
        connection = load().open(hyp.uri)
        yield MachineJudge(connection)
        connection.close()

    async def test_softoff_asks_the_operating_system(self, power: Power, judge: Judge) -> None:
        """There is none that would hear it: the machine stays on."""
        await power.set_power(PowerAction.ON, timeout=20)
        await power.set_power(PowerAction.SOFTOFF, timeout=20)
        assert await judge.state() == "on"

    async def test_a_diagnostic_interrupt(self, power: Power, judge: Judge) -> None:
        await power.set_power(PowerAction.ON, timeout=20)
        await power.set_power(PowerAction.DIAG, timeout=20)
        assert await judge.state() == "on"


async def test_many_machines_are_turned_on_and_off_side_by_side(controllers: Controllers, hyp: Hypervisor) -> None:
    machines = [controllers.device("kvm", guest(f"m{i}", hyp.uri, Blueprint(memory=16 << 20))) for i in range(8)]
    await asyncio.gather(*(machine.power.set_power(PowerAction.ON, timeout=60) for machine in machines))
    assert sorted(hyp.virsh("list", "--name").split()) == [f"m{i}" for i in range(8)]
    await asyncio.gather(*(machine.power.set_power(PowerAction.OFF, timeout=60) for machine in machines))
    assert hyp.virsh("list", "--name") == ""


async def test_many_machines_are_made_side_by_side_in_a_pool_that_nobody_has_made(
    controllers: Controllers, hyp: Hypervisor
) -> None:
    folder = hyp.folder / "new/pool"
    plan = Blueprint(memory=16 << 20, storage=(Place(f"dir://{folder}"),))
    machines = [controllers.device("kvm", guest(f"m{i}", hyp.uri, plan)).machine for i in range(8)]
    await asyncio.gather(*(machine.make(Making(sizes=(1 << 20,))) for machine in machines))
    assert sorted(path.name for path in folder.iterdir()) == [f"m{i}.sda.qcow2" for i in range(8)]
    left = await asyncio.gather(*(machine.remove(purge=True) for machine in machines))
    assert (left, list(folder.iterdir())) == ([[]] * 8, [])


async def test_the_way_by_ssh(controllers: Controllers, hyp: Hypervisor) -> None:
    with hyp.sshd(free_port()) as uri:
        machine = controllers.device("kvm", guest("n1", uri, PLAN))
        await machine.power.set_power(PowerAction.ON, timeout=20)
        assert hyp.virsh("domstate", "n1") == "running"
        (hyp.folder / "client.pub").write_text("")
        assert await machine.power.power_state() is PowerState.ON, "the connection is kept"
        other = guest("n1", uri.replace("?", "?no_verify=1&"), PLAN)
        with pytest.raises(
            Unreachable, match=r"no connection to .*Permission denied .*root of this host may log in there"
        ):
            await controllers.device("kvm", other).power.power_state()


async def test_a_libvirtd_that_was_restarted_is_connected_to_again(controllers: Controllers, hyp: Hypervisor) -> None:
    machine = controllers.device("kvm", guest("n1", hyp.uri, PLAN))
    await machine.power.set_power(PowerAction.ON, timeout=20)
    await asyncio.to_thread(hyp.restart)
    assert await machine.power.power_state(timeout=20) is PowerState.ON


async def test_a_libvirtd_that_hangs_is_a_sentence_and_is_asked_again_later(
    controllers: Controllers, hyp: Hypervisor
) -> None:
    machine = controllers.device("kvm", guest("n1", hyp.uri, PLAN))
    assert await machine.power.power_state() is PowerState.OFF
    hyp.freeze()
    try:
        with pytest.raises(TimedOut, match=r"has not answered within 0.5 s: check that it is up, and libvirtd on it"):
            await machine.power.power_state(timeout=0.5)
    finally:
        hyp.thaw()
    assert await machine.power.power_state(timeout=20) is PowerState.OFF


async def test_a_connection_that_breaks_in_the_middle_is_a_sentence(controllers: Controllers, hyp: Hypervisor) -> None:
    """libvirtd dies while it is asked; the next question finds its successor."""
    machine = controllers.device("kvm", guest("n1", hyp.uri, PLAN))
    assert await machine.power.power_state() is PowerState.OFF
    hyp.freeze()
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(_trouble(machine.power))
        await asyncio.sleep(0)
        await asyncio.to_thread(hyp.restart)
    assert re.search(r"connection to the hypervisor at qemu\+unix:///system was lost|no connection", asked.result())
    assert await machine.power.power_state(timeout=20) is PowerState.OFF


async def _trouble(power: Power) -> str:
    try:
        await power.set_power(PowerAction.ON, timeout=20)
    except XcatError as error:  # which one it is depends on what libvirt was at
        return str(error)
    return "none"


async def test_the_definition_of_a_xen_machine_is_one_that_libvirt_understands(
    controllers: Controllers, hyp: Hypervisor
) -> None:
    """QEMU cannot make it: but its schema is checked before."""
    from xcatd.hardware.libvirt.definition import Host, Source, definition

    for plan in (Blueprint(is_xen=True), Blueprint(is_xen=True, is_paravirtual=True, wires=PLAN.wires)):
        disk = Source("hda", "ide", "/vms/vm_disk", "raw")
        text = definition(guest("x1", hyp.uri, plan), Host("x86_64", "xen"), [disk])
        connection = load().open(hyp.uri)
        with pytest.raises(libvirt.libvirtError) as raised:
            connection.defineXMLFlags(text, libvirt.VIR_DOMAIN_DEFINE_VALIDATE)
        connection.close()
        assert "does not validate" not in str(raised.value)
        assert raised.value.get_error_code() != libvirt.VIR_ERR_XML_INVALID_SCHEMA


# -- the commands ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Room:
    """A management node and a hypervisor."""

    mn: Daemon
    hyp: Hypervisor

    def ok(self, line: str) -> str:
        return typed(self.mn, line)

    def failed(self, line: str) -> str:
        done = self.mn.run(*line.split())
        assert (done.returncode, done.stdout) == (1, "")
        return done.stderr

    def disks(self) -> list[str]:
        return sorted(path.name for path in self.hyp.disks.iterdir())

    def image(self, name: str) -> dict[str, Any]:
        """What qemu-img says of a disk."""
        words = ["qemu-img", "info", "-U", "--output=json", str(self.hyp.disks / name)]
        found: dict[str, Any] = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
        return found


@pytest.fixture(scope="module")
def daemon(hyp: Hypervisor, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("vms")) as mn:
        typed(
            mn,
            *hyp.typed,
            "nodeadd v1,v2 groups=vms nodehm.mgt=kvm nodehm.power=kvm vm.host=h1",
            f"nodech v1,v2 vm.memory=32 vm.nics={BRIDGE} vm.storage=dir://{hyp.disks}",
        )
        yield mn


@pytest.fixture
def room(daemon: Daemon, hyp: Hypervisor) -> Iterator[Room]:
    yield Room(daemon, hyp)
    daemon.run("rmvm", "vms", "-f", "-p")


def test_a_machine_from_its_making_to_its_end(room: Room) -> None:
    assert room.ok("rpower v1 stat") == "v1: off\n"
    assert "Unable to find any persistent disks at dir://" in room.failed("mkvm v1")
    assert room.ok("mkvm v1 -s 1") == ""
    assert room.disks() == ["v1.sda.qcow2"]
    assert room.image("v1.sda.qcow2")["virtual-size"] == 1 << 30
    assert room.hyp.virsh("domstate", "v1") == "shut off"

    assert room.ok("rpower v1 on") == "v1: on\n"
    assert room.hyp.virsh("domstate", "v1") == "running"
    assert room.ok("lsvm h1") == "h1: v1\n"
    lines = dict(line.split(": ", 2)[1:] for line in room.ok("lsvm v1").splitlines())
    assert (lines["Host"], lines["OS"], lines["Memory"], lines["CPU"]) == ("h1", "hvm", "32768", "1")
    assert lines["State"] == "1 (The domain is active and running)"
    assert lines["Disk file"] == f"{room.hyp.disks}/v1.sda.qcow2"

    mac = room.ok("nodels v1 mac.mac").split(": ")[1].strip()
    assert mac in room.hyp.virsh("domiflist", "v1")
    parts = room.ok("rinv v1 all")
    assert f": {mac}\n" in parts
    assert re.search(r"v1: Disk sda \(d0:0:0\): [0-9.]+/1024 MB @ /", parts)
    uuid = re.search(r"v1: UUID/GUID: (\S+)", parts)
    assert uuid is not None
    assert room.ok("nodels v1 vpd.uuid") == f"v1: {uuid[1]}\n"

    assert "Cannot rmvm active guest (use -f argument to force)" in room.failed("rmvm v1")
    assert room.ok("rpower v1 off") == "v1: off\n"
    assert room.ok("rmvm v1") == ""
    assert room.disks() == ["v1.sda.qcow2"]
    assert "Storage creation request conflicts with existing file(s)" in room.failed("mkvm v1 -s 2")
    assert room.ok("mkvm v1 -s 2 -f") == ""
    assert room.image("v1.sda.qcow2")["virtual-size"] == 2 << 30
    assert room.ok("nodels v1 mac.mac") == f"v1: {mac}\n"
    assert room.ok("rmvm v1 -p") == ""
    assert room.disks() == []


def test_one_that_was_never_made_is_made_by_turning_it_on(room: Room) -> None:
    room.ok("nodech v2 vm.storage=")
    try:
        assert room.ok("rpower v2 on") == "v2: on\n"
        assert room.hyp.virsh("domstate", "v2") == "running"
        until(lambda: room.mn.run("nodels", "v2", "mac.mac").stdout.strip() != "v2:", "its address in the table")
        assert room.ok("nodels v2 mac.mac").split(": ")[1].strip() in room.hyp.virsh("domiflist", "v2")
    finally:
        room.ok(f"nodech v2 vm.storage=dir://{room.hyp.disks}")


def test_disks_of_a_machine_that_is_off_and_on(room: Room) -> None:
    room.ok("mkvm v1 -s 1,2")
    assert room.disks() == ["v1.sda.qcow2", "v1.sdb.qcow2"]
    assert room.ok("chvm v1 -a 3") == ""
    assert room.disks() == ["v1.sda.qcow2", "v1.sdb.qcow2", "v1.sdc.qcow2"]
    assert room.ok("chvm v1 --resize sda=4G,sdb=5G") == "v1: Resized disk sda\nv1: Resized disk sdb\n"
    assert room.image("v1.sda.qcow2")["virtual-size"] == 4 << 30
    assert "qcow2 doesn't support shrinking images yet" in room.failed("chvm v1 --resize sda=1")
    room.ok("rpower v1 on")
    assert room.ok("chvm v1 -a 1") == ""
    assert _drives(room) == ["hdc", "sda", "sdb", "sdc", "sdd"]
    assert room.ok("chvm v1 --resize sdd=2") == "v1: Resized disk sdd\n"
    assert room.ok("chvm v1 -p sdd") == ""
    assert room.ok("chvm v1 -d sdc") == ""
    assert room.disks() == ["v1.sda.qcow2", "v1.sdb.qcow2", "v1.sdc.qcow2"], "one was deleted, one only taken away"
    assert _drives(room) == ["hdc", "sda", "sdb"]
    assert "Disk sdq does not exist: the machine has sda, sdb" in room.failed("chvm v1 -p sdq")
    assert "sdb" in room.ok("tabdump kvm_nodedata")
    assert room.ok("rmvm v1 -f -p") == ""
    assert room.disks() == ["v1.sdc.qcow2"]


def _drives(room: Room) -> list[str]:
    return sorted(line.split()[0] for line in room.hyp.virsh("domblklist", "v1").splitlines())


def test_raw_disks_are_not_deleted_with_their_machine(room: Room) -> None:
    room.ok("nodech v1 vm.storageformat=raw")
    try:
        room.ok("mkvm v1 -s 1")
        assert room.image("v1.sda.raw")["format"] == "raw"
        said = f"v1: Not purging raw or block storage device: {room.hyp.disks}/v1.sda.raw\n"
        assert room.ok("rmvm v1 -p") == said
        assert room.disks() == ["v1.sda.raw"]
    finally:
        room.ok("nodech v1 vm.storageformat=")


def test_a_clone_of_a_master(room: Room) -> None:
    master = room.hyp.disks / "gold.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", str(master), "3G"], check=True)
    assert "there is no master nowhere.qcow2 in the storage pool" in room.failed("mkvm v1 -m nowhere.qcow2")
    assert room.ok("mkvm v1 -m gold.qcow2") == ""
    made = room.image("v1.sda.qcow2")
    assert (made["virtual-size"], made["backing-filename"]) == (3 << 30, str(master))
    assert room.ok("rpower v1 on") == "v1: on\n"
    assert "Can not specify both a master to clone and size(s)" in room.failed("mkvm v2 -m gold.qcow2 -s 1")


def test_a_single_file_as_xen_users_have_it(room: Room) -> None:
    room.ok(f"nodech v1 vm.storage={room.hyp.disks}/vm_disk vm.storagemodel=ide")
    try:
        assert room.ok("mkvm v1 -s 1") == ""
        assert room.image("vm_disk")["format"] == "raw"
        assert room.ok("rpower v1 on") == "v1: on\n"
        assert "hda" in room.hyp.virsh("domblklist", "v1")
    finally:
        room.ok(f"nodech v1 vm.storage=dir://{room.hyp.disks} vm.storagemodel=")


def test_processors_memory_nodes_and_devices_of_the_hypervisor(room: Room) -> None:
    room.ok("mkvm v1 -s 1")
    assert room.ok("chvm v1 --cpupin 0 --membind 0") == ""
    assert "cpuset='0'" in room.hyp.virsh("dumpxml", "v1")
    assert "nodeset='0'" in room.hyp.virsh("dumpxml", "v1")
    room.ok("chvm v1 --membind 0")
    said = "v1: passthrough: 0000:7f:00.2 attached to guest successfully\n"
    assert room.ok("chvm v1 --devpassthru 0000:7f:00.2") == said
    assert "bus='0x7f'" in room.hyp.virsh("dumpxml", "v1")
    said = "v1: devdetach: pci_0000_7f_00_2 detached from guest successfully\n"
    assert room.ok("chvm v1 --devdetach pci_0000_7f_00_2") == said
    assert "bus='0x7f'" not in room.hyp.virsh("dumpxml", "v1")
    assert "the specified device 0000:7f:00.2 is not attached yet" in room.failed("chvm v1 --devdetach 0000:7f:00.2")
    assert "is no list of numbers" in room.failed("chvm v1 --cpupin some")


def test_the_boot_device_is_chosen_for_the_next_start(room: Room) -> None:
    room.ok("mkvm v1 -s 1")
    assert room.ok("rsetboot v1 stat") == "v1: boot override inactive\n"
    assert room.ok("rsetboot v1 hd") == "v1: Hard Drive\n"
    assert _order(room, "--inactive") == ["hd", "network"]
    room.ok("rpower v1 on")
    assert (_order(room), _order(room, "--inactive")) == (["hd", "network"], ["network", "hd"])
    assert room.ok("rsetboot v1 cd -p") == "v1: CD/DVD\n"
    assert room.ok("rpower v1 reset") == "v1: reset\n"
    assert _order(room) == ["cdrom", "network", "hd"]
    assert room.ok("rsetboot v1 stat") == "v1: CD/DVD\n"
    assert room.ok("rsetboot v1 def") == "v1: boot override inactive\n"
    assert _order(room, "--inactive") == ["network", "hd"]
    assert "starts in the BIOS way" in room.failed("rsetboot v1 hd -u")


def _order(room: Room, *words: str) -> list[str]:
    return re.findall(r"<boot dev='(\w+)'/>", room.hyp.virsh("dumpxml", "v1", *words))


def test_a_machine_that_stands_still_goes_on(room: Room) -> None:
    room.ok("mkvm v1 -s 1")
    room.ok("rpower v1 on")
    room.hyp.virsh("suspend", "v1")
    assert room.ok("rpower v1 stat") == "v1: suspended\n"
    assert room.ok("rpower v1 on") == "v1: on\n"
    assert room.hyp.virsh("domstate", "v1") == "running"


def test_a_hypervisor_that_is_away_fails_its_machines_only(room: Room, tmp_path: Path) -> None:
    room.ok("nodeadd lost groups=odd nodehm.mgt=kvm vm.host=qemu+unix:///system?socket=/nowhere")
    room.ok("nodeadd nohost groups=odd nodehm.mgt=kvm")
    room.ok("mkvm v1 -s 1")
    done = room.mn.run("rpower", "v1,lost,nohost", "stat")
    assert (done.returncode, done.stdout) == (1, "v1: off\n")
    said = dict(line.split(": [mn1]: Error: ") for line in done.stderr.splitlines())
    assert said["nohost"].startswith("nohost has no hypervisor in vm.host: set one with chdef nohost vmhost=")
    assert said["lost"].startswith("no connection to the hypervisor at qemu+unix:///system: ")
    assert "Traceback" not in room.mn.log()


def test_a_password_of_a_screen_is_in_no_table_log_or_output(room: Room) -> None:
    room.ok("nodech v1 vm.vidpassword=topsecre")
    room.ok("mkvm v1 -s 1")
    assert "topsecre" in room.hyp.virsh("dumpxml", "v1", "--security-info")
    shown = room.ok("tabdump kvm_nodedata") + room.ok("lsvm v1") + room.ok("rinv v1 all")
    assert "topsecre" not in shown
    log = "".join(line for line in room.mn.log().splitlines() if "nodech" not in line)
    assert "topsecre" not in log
