"""mkvm, lsvm, chvm and rmvm: what they say, and what they keep in tables."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.helpers.run import Desk
from tests.unit.plugins.vm.conftest import URI

MAC = r"42(:[0-9a-f]{2}){5}"


def row(desk: Desk, table: str, node: str = "n1") -> dict[str, str]:
    rows = desk.store.snapshot.table(table).find(node)
    return {column: rows[0][column] for column in rows[0]} if rows else {}


async def failed(desk: Desk, line: str) -> str:
    seen = await desk.type(line)
    assert (seen.stdout, seen.status) == ("", 1)
    return seen.stderr


async def test_a_machine_is_made_without_a_word_and_its_marks_are_kept(room: Desk, connection: Any) -> None:
    assert await room.ok("mkvm n1 --mem 128 --cpus 2") == ""
    machine = connection.lookupByName("n1")
    assert machine.info()[1:4] == [128 << 10, 128 << 10, 2]
    macs = row(room, "mac")["mac"]
    assert re.fullmatch(rf"{MAC}\|{MAC}!\*NOIP\*", macs), macs
    first, second = (part.partition("!")[0] for part in macs.split("|"))
    assert f"<mac address='{first}'/>" in machine.XMLDesc()
    assert f"<mac address='{second}'/>" in machine.XMLDesc()
    assert (row(room, "vm")["memory"], row(room, "vm")["cpus"]) == ("128", "2")
    uuid = machine.UUIDString()
    turned = (
        f"{uuid[6:8]}{uuid[4:6]}{uuid[2:4]}{uuid[:2]}-{uuid[11:13]}{uuid[9:11]}-{uuid[16:18]}{uuid[14:16]}{uuid[18:]}"
    )
    assert row(room, "vpd")["uuid"] == turned
    kept = row(room, "kvm_nodedata")["xml"]
    assert "<name>n1</name>" in kept
    assert "passwd" not in kept


async def test_addresses_and_uuid_that_are_there_stay(room: Desk, connection: Any) -> None:
    given = {"mac": "42:00:00:00:00:01|42:00:00:00:00:02!n1-eth1"}
    await room.fill(mac=[{"node": "n1", **given}], vpd=[{"node": "n1", "uuid": "33221100-5544-7766-8899-aabbccddeeff"}])
    await room.ok("mkvm n1")
    assert row(room, "mac")["mac"] == given["mac"]
    assert connection.lookupByName("n1").UUIDString() == "00112233-4455-6677-8899-aabbccddeeff"


async def test_one_address_more_is_added_to_those_that_are_there(room: Desk, connection: Any) -> None:
    await room.fill(mac=[{"node": "n1", "mac": "42:00:00:00:00:01"}])
    await room.ok("mkvm n1")
    assert re.fullmatch(rf"42:00:00:00:00:01\|{MAC}!\*NOIP\*", row(room, "mac")["mac"])


async def test_an_address_tells_whose_it_is_and_may_have_a_prefix(room: Desk, connection: Any) -> None:
    await room.ok("mkvm n2")
    assert re.fullmatch(r"42:[0-9a-f]{2}:0a:01:02:03", row(room, "mac", "n2")["mac"])
    await room.fill(site=[{"key": "genmacprefix", "value": "00:50:56"}])
    await room.ok("mkvm n1")
    assert re.match(r"00:50:56:[0-3]", row(room, "mac")["mac"])
    await room.ok("rmvm n1")
    await room.fill(site=[{"key": "genmacprefix", "value": "nonsense"}], mac=[{"node": "n1", "mac": ""}])
    assert "site.genmacprefix is 'nonsense'" in await failed(room, "mkvm n1")


async def test_what_cannot_be_made(room: Desk, connection: Any) -> None:
    await room.ok("mkvm n1")
    assert "exists on test:///default: remove it with rmvm, or make it anew with mkvm -f" in await failed(
        room, "mkvm n1"
    )
    assert await room.ok("mkvm n1 -f") == ""
    assert "vm.storage has no value for node" in await failed(room, "mkvm n2 -s 10")
    assert "mkvm is for virtual machines, and the node's management method is ipmi" in await failed(room, "mkvm n3")
    await room.fill(vm=[{"node": "n2", "host": URI, "othersettings": "nodefromrscan"}])
    assert "this node was defined through rscan, 'mkvm' is not supported." in await failed(room, "mkvm n2")
    await room.fill(vm=[{"node": "n2", "host": "", "othersettings": ""}])
    assert "n2 has no hypervisor in vm.host: set one with chdef n2 vmhost=<hypervisor>" in await failed(room, "mkvm n2")


async def test_machines_are_listed(room: Desk, connection: Any) -> None:
    await room.ok("mkvm n1")
    assert await room.ok("lsvm h1") == "h1: n1\nh1: test\n"
    assert await room.ok("lsvm n1") == (
        f"n1: Host: {URI}\nn1: OS: linux\nn1: Memory: 65536\nn1: CPU: 1\n"
        "n1: State: 5 (The domain is inactive, and shut down)\n"
    )
    connection.lookupByName("n1").create()
    number = connection.lookupByName("n1").ID()
    lines = (await room.ok("lsvm n1")).splitlines()
    assert lines[0] == f"n1: Id: {number}"
    assert lines[-1] == "n1: State: 1 (The domain is active and running)"
    assert "VM does not appear to exist on test:///default" in await failed(room, "lsvm n2")


async def test_memory_and_processors_are_changed_and_kept(room: Desk, connection: Any) -> None:
    await room.ok("mkvm n1")
    assert await room.ok("chvm n1 --mem 256 --cpus 3") == ""
    assert connection.lookupByName("n1").info()[1:4] == [256 << 10, 256 << 10, 3]
    assert (row(room, "vm")["memory"], row(room, "vm")["cpus"]) == ("256", "3")
    assert "262144" in row(room, "kvm_nodedata")["xml"]


async def test_one_wish_that_fails_does_not_hinder_the_others(room: Desk, connection: Any) -> None:
    await room.ok("mkvm n1")
    connection.lookupByName("n1").create()
    seen = await room.type("chvm n1 --cpus 4 --mem 32 -d vdz")
    assert (seen.stdout, seen.status) == ("", 1)
    assert [line.partition("Error: ")[2] for line in seen.stderr.splitlines()] == [
        "Disk vdz does not exist: the machine has no disks",
        "Hot add of cpus not supported (VM must be powered down to successfully change)",
    ]
    assert connection.lookupByName("n1").info()[2] == 32 << 10
    assert (row(room, "vm")["memory"], row(room, "vm")["cpus"]) == ("32", "")


async def test_a_machine_is_removed_and_its_definition_forgotten(room: Desk, connection: Any) -> None:
    await room.ok("mkvm n1")
    connection.lookupByName("n1").create()
    assert "Cannot rmvm active guest (use -f argument to force)" in await failed(room, "rmvm n1")
    assert row(room, "kvm_nodedata")
    assert await room.ok("rmvm n1 -f") == ""
    assert row(room, "kvm_nodedata") == {}
    assert "Cannot remove guest vm, no such vm found" in await failed(room, "rmvm n1")


@pytest.mark.parametrize("command", ["mkvm", "chvm --cpus 1", "rmvm", "lsvm"])
async def test_each_has_its_help(room: Desk, command: str) -> None:
    assert command.split()[0] in await room.ok(f"{command.split()[0]} --help")


async def test_power_by_the_same_tables(room: Desk, connection: Any) -> None:
    assert await room.ok("rpower n1 stat") == "n1: off\n"
    await room.ok("mkvm n1")
    assert await room.ok("rpower n1 on") == "n1: on\n"
    assert connection.lookupByName("n1").isActive()
    assert await room.ok("rsetboot n1 cd") == "n1: CD/DVD\n"
    assert await room.ok("rpower n1 reset") == "n1: reset\n"
    assert await room.ok("rsetboot n1 stat") == "n1: boot override inactive\n"
    assert "UUID/GUID" in await room.ok("rinv n1 guid")
