"""New machines as XML. That a real libvirt takes it is tested in tests/integration/test_virtual_machines.py."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from xcatd.hardware.libvirt.definition import Host, Source, bus_of, definition, host_of, next_name
from xcatd.hardware.libvirt.guest import Blueprint, Screen, Tuning, Wire, guest
from xcatd.model import Secret

KVM = Host("x86_64", "kvm")
POWER = Host("ppc64le", "kvm")
XEN = Host("x86_64", "xen")
DISK = Source("vda", "virtio", "/vms/n1.vda.qcow2", "qcow2")

CAPABILITIES = """
<capabilities><host><cpu><arch>{arch}</arch></cpu></host>
  <guest><os_type>hvm</os_type><arch name='i686'><domain type='qemu'/></arch></guest>
  <guest><os_type>hvm</os_type><arch name='x86_64'><domain type='qemu'/><domain type='{kind}'/></arch></guest>
</capabilities>
"""


def made(plan: Blueprint, host: Host = KVM, *disks: Source) -> ElementTree.Element:
    return ElementTree.fromstring(definition(guest("n1", "test:///default", plan), host, disks))


def attributes(root: ElementTree.Element, path: str) -> list[dict[str, str]]:
    return [element.attrib for element in root.iterfind(path)]


def test_a_small_machine() -> None:
    root = made(Blueprint(memory=64 << 20, wires=(Wire("br0", mac="42:00:00:00:00:01"),)), KVM, DISK)
    assert root.attrib == {"type": "kvm"}
    assert root.findtext("name") == "n1"
    assert (root.findtext("memory"), root.findtext("vcpu")) == ("65536", "1")
    assert root.find("uuid") is None
    assert attributes(root, "os/boot") == [{"dev": "network"}, {"dev": "hd"}]
    assert [feature.tag for feature in root.findall("features/*")] == ["pae", "acpi", "apic"]
    assert attributes(root, "devices/disk/driver") == [{"name": "qemu", "type": "qcow2", "cache": "none"}]
    assert attributes(root, "devices/disk/target") == [{"dev": "vda", "bus": "virtio"}, {"dev": "hdc", "bus": "ide"}]
    assert attributes(root, "devices/interface/*") == [
        {"address": "42:00:00:00:00:01"}, {"bridge": "br0"}, {"type": "virtio"},
    ]  # fmt: skip
    assert attributes(root, "devices/graphics")[0]["type"] == "vnc"


def test_a_screen_has_the_password_of_the_table_or_one_that_nobody_knows() -> None:
    ours = Blueprint(screen=Screen(password=Secret("hidden")))
    assert attributes(made(ours), "devices/graphics")[0]["passwd"] == "hidden"
    drawn = {attributes(made(Blueprint()), "devices/graphics")[0]["passwd"] for _ in range(3)}
    assert len(drawn) == 3
    assert {len(password) for password in drawn} == {8}


def test_what_was_said_of_it_is_there() -> None:
    tuning = Tuning("q35", "host-model", "0-3", "1", ("0000:01:00.2", "pci_0000_02_1f_0"))
    plan = Blueprint(
        cpus=4, boot=("hd",), clock="localtime", uuid="00112233-4455-6677-8899-aabbccddeeff", cache="writeback",
        wires=(Wire("eth1", "e1000", is_direct=True),), screen=Screen("spice", "qxl"), tuning=tuning,
    )  # fmt: skip
    root = made(plan, KVM, DISK)
    assert root.findtext("uuid") == plan.uuid
    assert attributes(root, "vcpu") == [{"placement": "static", "cpuset": "0-3"}]
    assert attributes(root, "numatune/memory") == [{"mode": "strict", "nodeset": "1"}]
    assert attributes(root, "cpu") == [{"mode": "host-model"}]
    assert attributes(root, "clock") == [{"offset": "localtime"}]
    assert attributes(root, "os/type") == [{"machine": "q35"}]
    assert attributes(root, "devices/interface/source") == [{"dev": "eth1", "mode": "bridge"}]
    assert attributes(root, "devices/video/model") == [{"type": "qxl", "vram": "65536"}]
    assert attributes(root, "devices/channel/target") == [{"type": "virtio", "name": "com.redhat.spice.0"}]
    assert attributes(root, "devices/hostdev/source/address") == [
        {"domain": "0x0000", "bus": "0x01", "slot": "0x00", "function": "0x2"},
        {"domain": "0x0000", "bus": "0x02", "slot": "0x1f", "function": "0x0"},
    ]


def test_where_there_is_no_ide_the_drive_for_cds_is_a_scsi_one() -> None:
    for host, plan in ((POWER, Blueprint()), (KVM, Blueprint(tuning=Tuning("pc-q35-7.2")))):
        root = made(plan, host, Source("sda", "scsi", "/vms/n1.sda.qcow2", "qcow2"))
        assert attributes(root, "devices/disk/target") == [{"dev": "sda", "bus": "scsi"}, {"dev": "sdb", "bus": "scsi"}]
        assert attributes(root, "devices/controller") == [{"type": "scsi", "index": "0", "model": "virtio-scsi"}]
    assert made(Blueprint(), POWER).find("features") is None


def test_a_disk_in_the_place_of_the_drive_keeps_it() -> None:
    root = made(Blueprint(), KVM, Source("hdc", "ide", "/isos/x.iso", "raw", is_cd=True))
    assert attributes(root, "devices/disk") == [{"type": "file", "device": "cdrom"}]
    assert root.find("devices/disk/readonly") is not None


def test_a_block_device_is_named_as_one() -> None:
    root = made(Blueprint(), KVM, Source("vda", "virtio", "/dev/sdc", "raw", "block"))
    assert attributes(root, "devices/disk/source") == [{"dev": "/dev/sdc"}]


def test_a_xen_machine() -> None:
    plan = Blueprint(wires=(Wire("xenbr0", mac="42:00:00:00:00:01"),), is_xen=True)
    root = made(plan, XEN, Source("hda", "ide", "/vms/vm_disk", "raw"))
    assert root.attrib == {"type": "xen"}
    assert root.findtext("os/type") == "hvm"
    assert root.find("os/bios") is None
    assert root.find("devices/disk/driver") is None
    assert attributes(root, "devices/disk/target") == [{"dev": "hda", "bus": "ide"}]
    assert attributes(root, "devices/interface/*") == [{"address": "42:00:00:00:00:01"}, {"bridge": "xenbr0"}]


def test_a_paravirtual_one_boots_from_the_network_by_a_program_on_its_host() -> None:
    plan = Blueprint(wires=(Wire("xenbr0", mac="42:00:00:00:00:01"),), is_xen=True, is_paravirtual=True)
    root = made(plan, XEN, Source("xvda", "xen", "/vms/vm_disk", "raw"))
    assert (root.findtext("os/type"), root.findtext("bootloader")) == ("linux", "/usr/bin/pypxeboot")
    assert root.findtext("bootloader_args") == "mac=42:00:00:00:00:01"
    assert attributes(root, "devices/console/target") == [{"type": "xen", "port": "0"}]


@pytest.mark.parametrize(
    ("arch", "kind", "host"),
    [("x86_64", "kvm", Host("x86_64", "kvm")), ("x86_64", "qemu", Host("x86_64", "qemu")), ("i686", "kvm", Host("i686", "qemu"))],
)  # fmt: skip
def test_a_host_makes_the_best_that_it_can_of_its_own_architecture(arch: str, kind: str, host: Host) -> None:
    assert host_of(CAPABILITIES.format(arch=arch, kind=kind)) == host


def test_names_of_disks() -> None:
    assert next_name("ide", ["hda", "hdb"]) == "hdd"
    assert next_name("virtio", ["vda", "vdc"]) == "vdb"
    assert next_name("scsi", [f"sd{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]) == "sdaa"
    assert [bus_of(name, "scsi") for name in ("vda", "hda", "sda", "xvda")] == ["virtio", "ide", "scsi", "xen"]
    assert bus_of("sda", "sata") == "sata"
    assert bus_of("sda", "virtio") == "scsi"


def test_the_plan_alone_does_not_show_its_password() -> None:
    assert "hidden" not in repr(replace(Blueprint(), screen=Screen(password=Secret("hidden"))))
