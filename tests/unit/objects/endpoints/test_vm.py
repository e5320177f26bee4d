"""Where a virtual machine is found, and what the tables say it shall be."""

from __future__ import annotations

import pytest

from tests.unit.objects.worlds import nodes, world
from xcatd.errors import NotFound
from xcatd.hardware.libvirt.guest import Blueprint, Guest, Place, Screen, Tuning, Wire
from xcatd.model import Secret
from xcatd.objects import World, endpoint_of

MIB = 1 << 20
MADE = "42:39:e7:f3:ae:3d"
"""What is made for the first interface of n7."""


def cluster(vm: dict[str, str], method: str = "kvm", **tables: dict[str, str]) -> World:
    rows = {name: [{"node": "n7", **row}] for name, row in tables.items()}
    return world(
        nodelist=nodes(n7="vms"),
        nodehm=[{"node": "vms", "mgt": method}],
        vm=[{"node": "n7", "host": "h1", **vm}],
        **rows,
    )


def found(vm: dict[str, str], method: str = "kvm", **tables: dict[str, str]) -> Guest:
    endpoint = endpoint_of(cluster(vm, method, **tables), "n7", method)
    assert isinstance(endpoint, Guest)
    return endpoint


def plan(vm: dict[str, str], method: str = "kvm", **tables: dict[str, str]) -> Blueprint:
    return found(vm, method, **tables).blueprint


@pytest.mark.parametrize(
    ("method", "host", "uri", "place"),
    [
        ("kvm", "h1", "qemu+ssh://root@h1/system?no_tty=1", "qemu+ssh://root@h1/system"),
        ("xen", "h1", "xen+ssh://root@h1/?no_tty=1", "xen+ssh://root@h1/"),
        ("kvm", "qemu+tls://h9/system?no_verify=1", "qemu+tls://h9/system?no_verify=1", "qemu+tls://h9/system"),
        ("xen", "test:///default", "test:///default", "test:///default"),
    ],
)
def test_the_hypervisor_is_reached_by_ssh_unless_it_is_a_uri(method: str, host: str, uri: str, place: str) -> None:
    guest = found({"host": host}, method)
    assert (guest.node, guest.host, guest.place) == ("n7", uri, place)


def test_a_hypervisor_may_have_a_uri_of_its_own() -> None:
    tables = cluster({}).snapshot
    assert "hypervisor" in tables
    guest = endpoint_of(
        world(
            nodelist=nodes(n7="vms", h1="all"),
            vm=[{"node": "n7", "host": "h1"}],
            hypervisor=[{"node": "h1", "mgr": "qemu+tcp://h1.mgmt/system"}],
        ),
        "n7",
        "kvm",
    )
    assert guest.host == "qemu+tcp://h1.mgmt/system"


def test_a_node_without_a_hypervisor_is_told_what_to_set() -> None:
    with pytest.raises(NotFound, match=r"n7 has no hypervisor in vm\.host: set one with chdef n7 vmhost=<hypervisor>"):
        endpoint_of(world(nodelist=nodes(n7="vms")), "n7", "kvm")


def test_an_empty_row_is_a_small_machine() -> None:
    assert plan({}) == Blueprint(memory=512 * MIB, cpus=1, boot=("network", "hd"), bus="scsi", format="qcow2")


def test_every_column_has_its_place() -> None:
    vm = {
        "memory": "4G", "cpus": "2", "bootorder": "hd:n,cdrom", "clockoffset": "localtime", "storage": "dir:///vms",
        "storagemodel": "virtio", "storageformat": "raw", "storagecache": "writeback", "nics": "br0", "nicmodel": "e1000",
        "vidmodel": "qxl", "vidproto": "spice", "vidpassword": "hidden",
        "othersettings": "machine:q35;cpumode:host-model;vcpupin:'0-3,^2';membind:1;devpassthrough:0000:01:00.2,pci_0000_02_00_0",
    }  # fmt: skip
    assert plan(vm) == Blueprint(
        memory=4096 * MIB,
        cpus=2,
        boot=("hd", "network", "cdrom"),
        clock="localtime",
        storage=(Place("dir:///vms"),),
        bus="virtio",
        format="raw",
        cache="writeback",
        wires=(Wire("br0", "e1000", mac=MADE),),
        screen=Screen("spice", "qxl", Secret("hidden")),
        tuning=Tuning("q35", "host-model", "0-3,^2", "1", ("0000:01:00.2", "pci_0000_02_00_0")),
    )


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("nfs://nas/vms", [Place("nfs://nas/vms")]),
        ("dir:///a=virtio|lvm://vg:/dev/sdb", [Place("dir:///a", "virtio"), Place("lvm://vg:/dev/sdb")]),
        ("phy:/dev/sdc,vdb", [Place("phy:/dev/sdc", "", "vdb")]),
        ("/vms/disk|/isos/x.iso,hdc:cdrom", [Place("/vms/disk"), Place("/isos/x.iso", "", "hdc", True)]),
    ],
)
def test_storage_in_all_its_forms(text: str, places: list[Place]) -> None:
    assert list(plan({"storage": text}).storage) == places


def test_the_image_format_may_stand_among_the_flags() -> None:
    assert plan({"virtflags": "clonemethod=qemu-img,imageformat=raw"}).format == "raw"
    assert plan({"virtflags": "imageformat=raw", "storageformat": "qcow2"}).format == "qcow2"


@pytest.mark.parametrize(
    ("nics", "wires"),
    [
        ("br0", [Wire("br0", "", False, "42:00:00:00:00:01")]),
        ("yes:br0,br1=e1000", [Wire("br0", "", False, "42:00:00:00:00:01"), Wire("br1", "e1000", False, "42:00:00:00:00:02")]),
        ("eth1|direct,br0,br2", [
            Wire("eth1", "", True, "42:00:00:00:00:01"),
            Wire("br0", "", False, "42:00:00:00:00:02"),
            Wire("br2", "", False, "42:d7:53:34:55:30"),
        ]),
    ],
)  # fmt: skip
def test_interfaces_get_the_addresses_of_table_mac_in_order(nics: str, wires: list[Wire]) -> None:
    assert list(plan({"nics": nics}, mac={"mac": "42:00:00:00:00:01|42:00:00:00:00:02!*NOIP*"}).wires) == wires


def test_a_xen_machine_has_one_interface_without_being_asked() -> None:
    guest = plan({}, "xen")
    assert (guest.wires, guest.bus, guest.is_xen, guest.is_paravirtual) == (
        (Wire("xenbr0", mac=MADE),),
        "ide",
        True,
        False,
    )
    assert plan({"virtflags": "paravirt"}, "xen").is_paravirtual
    assert plan({}).wires == ()


def test_the_uuid_is_turned_round_as_firmware_has_it() -> None:
    uuid = "33221100-5544-7766-8899-aabbccddeeff"
    assert plan({}, vpd={"uuid": uuid}).uuid == "00112233-4455-6677-8899-aabbccddeeff"


def test_windows_has_local_time() -> None:
    assert plan({}, nodetype={"os": "win2022"}).clock == "localtime"
    assert plan({"clockoffset": "utc"}, nodetype={"os": "win2022"}).clock == "utc"


def test_what_xcat_2_has_kept_is_there_and_never_shown() -> None:
    guest = found({"vidpassword": "hidden"}, kvm_nodedata={"xml": "<domain><graphics passwd='hidden'/></domain>"})
    assert "hidden" in guest.blueprint.stored
    assert "hidden" not in repr(guest)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("memory", "lots", "vm.memory of n7 is 'lots': write a number of MB"),
        ("memory", "0", "vm.memory of n7 is '0'"),
        ("cpus", "two", "vm.cpus of n7 is 'two'"),
        ("cpus", "0", "vm.cpus of n7 is '0'"),
        ("bootorder", "net,usb", "vm.bootorder of n7 has 'usb'"),
        ("othersettings", "devpassthrough:gpu0", "devpassthrough:gpu0: name PCI devices as"),
    ],
)
def test_a_value_that_makes_no_sense_is_named(column: str, value: str, words: str) -> None:
    with pytest.raises(NotFound, match=words):
        found({column: value})
