"""Partition files, and what a node makes of them."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.services.statelite.images import Lite
from xcatd.errors import ServiceError
from xcatd.services.statelite.localdisk import local_disk

WHOLE = """
# all of it
enable=yes
enablepart=yes
[disk]
dev=/dev/sda
clear=yes
ptype=gpt
parts=10,20%, 50-60
[disk]
dev=/dev/sdb
fstype=xfs
parts=100M-2G,2G-100%
[localspace]
dev=/dev/sda1
fstype=ext4
[swapspace]
dev=/dev/sda2
"""


def lines(text: str) -> list[str]:
    found = local_disk(text, "f")
    assert found is not None
    return list(found.lines())


def test_what_the_node_is_told() -> None:
    assert lines(WHOLE.replace("50-60", "50%-60%")) == [
        "disk /dev/sda gpt ext4 clear 0%-10% 10%-30% 50%-60%",
        "disk /dev/sdb dos xfs keep 100M-2048M 2048M-100%",
        "localspace /dev/sda1 ext4",
        "swapspace /dev/sda2",
    ]


def test_disks_are_left_alone_unless_it_is_said() -> None:
    assert lines("enable=yes\n[disk]\ndev=/dev/sda\nparts=10\n[localspace]\ndev=/dev/sda1\n") == [
        "localspace /dev/sda1 ext4"
    ]
    assert local_disk("enable=no\n[localspace]\ndev=/dev/sda1\n", "f") is None
    assert local_disk("", "f") is None


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("enable=yes\nnonsense", "f, line 2: 'nonsense' means nothing here"),
        ("[elsewhere]", "f, line 1: '[elsewhere]' means nothing here"),
        ("enable=yes\n[localspace]\ndev=sda1", "f: dev is 'sda1': write a device"),
        ("enable=yes\n[localspace]\ndev=/dev/../x", "f: dev is '/dev/../x': write a device"),
        ("enable=yes\n[disk]\ndev=/dev/sda\nparts=60,50", "f: parts has '50': write percents that make 100 at most"),
        ("enable=yes\n[disk]\ndev=/dev/sda\nparts=1Q-2", "f: parts has '1Q-2': write places as"),
        ("enable=yes\n[disk]\ndev=/dev/sda\nptype=x", "f: ptype is 'x': set it to msdos or gpt"),
        ("enable=yes\n[localspace]\ndev=/dev/sda1\nfstype=ext4;rm", "f: fstype is 'ext4;rm'"),
    ],
)
def test_what_makes_no_sense(text: str, sentence: str) -> None:
    with pytest.raises(ServiceError) as found:
        local_disk(text, "f")
    assert str(found.value).startswith(sentence)


@contextlib.contextmanager
def loop(file: Path) -> Iterator[str]:
    """A file as a disk."""
    done = subprocess.run(["losetup", "--find", "--show", str(file)], capture_output=True, text=True, check=True)
    device = done.stdout.strip()
    try:
        yield device
    finally:
        subprocess.run(["losetup", "--detach", device], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    made = tmp_path / "disk"
    with made.open("wb") as file:
        file.truncate(64 << 20)
    return made


def test_files_on_the_nodes_disk_stay_there(tmp_path: Path, disk: Path) -> None:
    lite = Lite(tmp_path)
    lite.lay({"var/log/old": "old\n"})
    subprocess.run(["mkfs.ext4", "-q", "-F", str(disk)], check=True)
    with loop(disk) as device:
        lite.prepare(("/var/", "localdisk"), disk=[f"localspace {device} ext4"])
        assert lite.shows("cat /var/log/old; echo more >>/var/log/old") == "old\n"
        assert lite.shows("cat /var/log/old") == "old\nmore\n"
    seen = lite.boot(":")
    assert seen.stderr.startswith(f"statelite: {device} (localspace of the partitionfile) cannot be mounted as ext4: ")


def test_a_new_disk_gets_a_file_system(tmp_path: Path, disk: Path) -> None:
    lite = Lite(tmp_path, more='lite_partition() { echo "$1"; }')  # the whole disk in place of its first partition
    lite.lay({"dev/.keep": "", "proc/.keep": "", "var/log/old": "old\n"})
    lite.add_program("sfdisk")
    lite.add_program("mkfs.ext4")
    with loop(disk) as device:
        told = [f"disk {device} dos ext4 clear 0%-100%", f"localspace {device} ext4"]
        lite.prepare(("/var/", "localdisk"), disk=told)
        assert lite.shows("cat /var/log/old; ls -d /var/log") == "old\n/var/log\n"


def test_a_disk_gets_its_partitions(tmp_path: Path, disk: Path) -> None:
    lite = Lite(tmp_path)
    lite.lay({"dev/.keep": "", "proc/.keep": "", "etc/motd": "m\n"})
    lite.add_program("sfdisk")
    with loop(disk) as device:
        lite.prepare(("/etc/motd", "tmpfs"), disk=[f"disk {device} gpt ext4 keep 0%-50% 40M-100%"])
        said = lite.boot(":").stderr
        # This machine's kernel shows no partitions of a loop device: what comes behind is for nodes in virtual machines.
        assert said == f"statelite: {device}p1 is not there after its disk was partitioned\n"
        told = subprocess.run(["sfdisk", "--json", device], capture_output=True, text=True, check=True).stdout
        table = json.loads(told)["partitiontable"]
        assert table["label"] == "gpt"
        assert [(one["start"], one["size"]) for one in table["partitions"]] == [
            (2048, 31 * 2048),
            (40 * 2048, 23 * 2048),
        ]
        assert lite.shows("cat /etc/motd") == "m\n"
        assert f"say statelite: {device} has partitions and stays as it is" in (tmp_path / "said").read_text()
