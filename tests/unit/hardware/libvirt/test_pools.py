"""Storage pools and volumes as XML, and by whom they are found. Real ones are in tests/integration/test_virtual_machines.py."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from xcatd.hardware.libvirt.pools import NewVolume, pool_definition, volume_definition


def texts(text: str, *paths: str) -> list[str | None]:
    root = ElementTree.fromstring(text)
    return [root.get("type"), *(root.findtext(path) for path in paths)]


@pytest.mark.parametrize("url", ["dir:///srv/vms", "dir:///srv/vms/", "dir://srv/vms"])
def test_a_folder(url: str) -> None:
    kind, path = texts(pool_definition(url), "target/path")
    assert (kind, path) == ("dir", "/srv/vms")


def test_pools_are_called_as_xcat_2_calls_them() -> None:
    assert texts(pool_definition("dir:///srv/vms"), "name") == ["dir", "dir__srv_vms"]
    assert texts(pool_definition("nfs://nas/vms"), "name") == ["netfs", "nfs_nas_vms"]


def test_a_folder_of_an_nfs_server_is_mounted_always_at_the_same_place() -> None:
    text = pool_definition("nfs://nas/srv/vms")
    root = ElementTree.fromstring(text)
    source = [root.find(path) for path in ("source/host", "source/dir")]
    assert [element.attrib for element in source if element is not None] == [{"name": "nas"}, {"path": "/srv/vms"}]
    assert pool_definition("nfs://nas/srv/vms") == text
    assert pool_definition("nfs://nas/srv/other") != text


def test_a_volume_group_with_its_devices() -> None:
    root = ElementTree.fromstring(pool_definition("lvm://vg0:/dev/sdb,/dev/sdc"))
    assert (root.get("type"), root.findtext("name"), root.findtext("target/path")) == ("logical", "vg0", "/dev/vg0")
    assert [device.get("path") for device in root.iterfind("source/device")] == ["/dev/sdb", "/dev/sdc"]


def test_a_new_disk_takes_no_space_at_first() -> None:
    root = ElementTree.fromstring(volume_definition(NewVolume("n1.vda.qcow2", "qcow2", 5), 5))
    assert (root.findtext("name"), root.findtext("capacity"), root.findtext("allocation")) == ("n1.vda.qcow2", "5", "0")
    assert root.find("backingStore") is None


def test_a_logical_volume_has_its_space_at_once() -> None:
    root = ElementTree.fromstring(volume_definition(NewVolume("n1.vda.raw", "lvm", 5), 5))
    assert root.find("allocation") is None
    assert root.find("target") is None


@pytest.mark.parametrize(("master", "image"), [("/m/gold.qcow2", "qcow2"), ("/m/gold.img", "raw")])
def test_a_clone_names_its_master(master: str, image: str) -> None:
    root = ElementTree.fromstring(volume_definition(NewVolume("n1.vda.qcow2", "qcow2", 0, master), 7))
    backing = root.find("backingStore/format")
    assert root.findtext("backingStore/path") == master
    assert backing is not None and backing.get("type") == image
