"""Definitions of machines: read, and changed in single places."""

from __future__ import annotations

import pytest

from xcatd.errors import NodeError, NotFound, Unsupported
from xcatd.hardware import BootChoice, BootDevice
from xcatd.hardware.libvirt.document import Disk, Document, Interface

DOMAIN = """
<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>n1</name>
  <uuid>00112233-4455-6677-8899-aabbccddeeff</uuid>
  <metadata><site:owner xmlns:site='urn:site'>joe</site:owner></metadata>
  <memory unit='KiB'>1048576</memory>
  <currentMemory unit='MiB'>512</currentMemory>
  <vcpu placement='static' current='1'>2</vcpu>
  <os><type arch='x86_64'>hvm</type><boot dev='hd'/><boot dev='network'/></os>
  <cpu><topology sockets='2' cores='1' threads='1'/></cpu>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/><source file='/vms/n1.vda.qcow2'/><target dev='vda' bus='virtio'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x0'/>
    </disk>
    <disk type='block' device='disk'>
      <driver name='qemu' type='raw'/><source dev='/dev/sdc'/><target dev='sda' bus='scsi'/>
      <address type='drive' controller='0' bus='0' target='0' unit='3'/>
    </disk>
    <disk type='file' device='cdrom'><target dev='hdc' bus='ide'/><readonly/></disk>
    <interface type='bridge'>
      <mac address='42:00:00:00:00:0A'/><source bridge='br0'/><target dev='vnet0'/>
      <address type='pci' domain='0x0000' bus='0x01' slot='0x03' function='0x0'/>
    </interface>
    <interface type='bridge'><mac address='42:00:00:00:00:0b'/></interface>
  </devices>
  <qemu:commandline><qemu:arg value='-snapshot'/></qemu:commandline>
</domain>
"""
UEFI = DOMAIN.replace("<os>", "<os firmware='efi'>")


@pytest.fixture
def document() -> Document:
    return Document(DOMAIN)


def again(document: Document) -> Document:
    """What libvirt would give back."""
    return Document(document.text())


def test_sizes_are_read_in_all_units(document: Document) -> None:
    assert (document.cpus, document.most_memory, document.memory) == (2, 1 << 30, 512 << 20)
    assert Document("<domain><memory unit='GB'>2</memory></domain>").memory == 2 << 30
    assert Document("<domain><memory>2048</memory></domain>").memory == 2 << 20


def test_sizes_are_changed_and_nothing_contradicts_them(document: Document) -> None:
    document.cpus = 4
    document.set_memory(2 << 30)
    changed = again(document)
    assert (changed.cpus, changed.most_memory, changed.memory) == (4, 2 << 30, 2 << 30)
    assert "topology" not in document.text()
    assert "current=" not in document.text()


def test_a_bare_definition_gets_what_it_lacks() -> None:
    document = Document("<domain/>")
    document.cpus = 2
    document.set_memory(64 << 20)
    document.choose(BootChoice(BootDevice.NETWORK))
    changed = again(document)
    assert (changed.cpus, changed.memory, changed.order) == (2, 64 << 20, ["network"])


def test_disks_and_interfaces(document: Document) -> None:
    elements = [disk.element for disk in document.disks()]
    assert document.disks() == [
        Disk("vda", "file", "/vms/n1.vda.qcow2", "qcow2", "virtio", False, "v00:05.0", elements[0]),
        Disk("sda", "block", "/dev/sdc", "raw", "scsi", False, "d0:0:3", elements[1]),
        Disk("hdc", "file", "", "", "ide", True, "", elements[2]),
    ]
    assert document.interfaces() == [
        Interface("42:00:00:00:00:0a", "vnet0", "01:03.0"),
        Interface("42:00:00:00:00:0b", "", ""),
    ]


@pytest.mark.parametrize("name", ["vdz", "hdc"])
def test_a_disk_that_is_not_there_is_named_with_those_that_are(document: Document, name: str) -> None:
    with pytest.raises(NotFound, match=f"Disk {name} does not exist: the machine has vda, sda$"):
        document.disk(name)


@pytest.mark.parametrize("persistent", [False, True])
def test_a_chosen_device_comes_first_and_goes_again(document: Document, persistent: bool) -> None:
    assert document.choice is None
    choice = BootChoice(BootDevice.NETWORK, persistent)
    document.choose(choice)
    chosen = again(document)
    assert (chosen.order, chosen.usual) == (["network", "hd"], ["hd", "network"])
    assert (chosen.choice, chosen.is_once) == (choice, not persistent)

    chosen.choose(BootChoice(BootDevice.CD))
    assert (chosen.order, chosen.usual) == (["cdrom", "hd", "network"], ["hd", "network"])

    chosen.choose(BootChoice(BootDevice.DEFAULT))
    back = again(chosen)
    assert (back.choice, back.order, back.is_once) == (None, ["hd", "network"], False)


def test_what_others_keep_in_a_definition_stays(document: Document) -> None:
    document.choose(BootChoice(BootDevice.NETWORK))
    document.forget_choice()
    text = document.text()
    assert "joe" in text
    assert 'value="-snapshot"' in text
    assert "http://libvirt.org/schemas/domain/qemu/1.0" in text


def test_what_a_machine_cannot_start_from_is_refused(document: Document) -> None:
    with pytest.raises(Unsupported, match='cannot be sent to "setup"'):
        document.choose(BootChoice(BootDevice.SETUP))
    with pytest.raises(Unsupported, match="starts in the BIOS way"):
        document.choose(BootChoice(BootDevice.DISK, uefi=True))
    assert document.choice is None


def test_a_machine_with_uefi_says_so() -> None:
    document = Document(UEFI)
    document.choose(BootChoice(BootDevice.DISK))
    assert document.choice == BootChoice(BootDevice.DISK, uefi=True)


def test_orders_of_single_devices_are_left_to_those_who_made_them() -> None:
    document = Document("<domain><devices><disk><boot order='1'/></disk></devices></domain>")
    with pytest.raises(Unsupported, match="single devices a boot order"):
        document.choose(BootChoice(BootDevice.NETWORK))


@pytest.mark.parametrize("text", ["", "<domain>", "no"])
def test_what_is_not_xml_is_a_sentence(text: str) -> None:
    with pytest.raises(NodeError, match="the definition of the machine is not XML"):
        Document(text)
