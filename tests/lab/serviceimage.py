"""A service node without disk: its image, its machine, and a management node that serves it."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from pathlib import Path

from tests.helpers.alone import until
from tests.lab import images
from tests.lab.machines import Build, Machine, machine
from tests.lab.product import PREFIX
from tests.lab.room import MANAGEMENT, MN, Lab

SERVERS = (
    *("bind9", "bind9-utils", "conserver-client", "kea-dhcp4-server", "nfs-kernel-server", "nginx-light", "tftpd-hpa"),
    *("chrony", "ifupdown", "python3-venv", "rsync", "rsyslog", "wget"),
)
"""What share/netboot/debian/service.pkglist has beyond the packages of the lab's other nodes."""
IMAGE = f"{images.TREE}-x86_64-netboot-service"
NAME, ADDRESS, BMC = "sn1", "10.78.0.31", "10.78.0.101"
_LISTS = PREFIX / "share/netboot/debian"
_LIST = f"""\
#INCLUDE:{_LISTS}/common.pkglist#
#INCLUDE:{_LISTS}/servers.pkglist#
linux-image-cloud-amd64
"""
"""service.pkglist with a kernel that is smaller by 300 MB."""
_TABLES = (
    "chtab key=nameservers site.value=10.78.0.1",
    "chtab key=installloc site.value=/install",
    "chdef -t group -o service setuptftp=1 setupnfs=1 setupdhcp=0",
    "chtab node=mn1 servicenode.tftpserver=1 servicenode.nfsserver=1 servicenode.dhcpserver=1 servicenode.dhcpinterfaces=up0",
)


def serves(room: Lab) -> None:
    """The management node gives out files and addresses, by NFS too, for which its TFTP folder must be none of a container's."""
    room.mn.box.done("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/tftpboot")
    room.mn.box.done("systemctl", "restart", "xcatd")
    until(lambda: room.mn.tried("nodels")[0] == 0, "the management node")
    for line in _TABLES:
        room.mn.type(line)


def built(room: Lab) -> None:
    """copycds, genimage, packimage."""
    images.brought(room, more=SERVERS)
    custom = room.folders.install / f"custom/netboot/debian/service.{images.TREE}.x86_64.pkglist"
    custom.write_text(_LIST)
    room.mn.type(f"chdef -t osimage {IMAGE} pkglist=/install/{custom.relative_to(room.folders.install)}")
    room.mn.type(f"genimage {IMAGE}")
    room.mn.type(f"packimage {IMAGE} -m squashfs")


def service_machine(room: Lab) -> Machine:
    """The node with its machine, which is off."""
    made = room.stack.enter_context(
        machine(room.folders.work, room.switch, MANAGEMENT, NAME, 1, BMC, Build(memory=3072))
    )
    room.mn.type(
        f"mkdef -t node {NAME} groups=service,all ip={ADDRESS} mac={made.mac} bmc={BMC} mgt=ipmi cons=ipmi serialport=0 "
        f"serialspeed=115200 netboot=xnba arch=x86_64 xcatmaster={MN}"
    )
    return made


def believes(room: Lab) -> None:
    """Root of the management node believes host keys that its own authority has certified, as makeknownhosts would have it: that
    may not write there as a service."""
    known = 'echo "@cert-authority * $(cat /etc/xcat/hostkeys/ssh_host_ca.pub)" >/root/.ssh/known_hosts'
    room.mn.box.done("sh", "-c", known)


def new_version(room: Lab, word: str) -> None:
    """The management node gets another version: what `make install` would leave in <installdir>/xcatd."""
    program = room.folders.install / "xcatd"
    packed = program / "source.tar.gz"
    with tempfile.TemporaryDirectory(dir=room.folders.work) as folder:
        _tar("-xzf", str(packed), "-C", folder)
        (Path(folder) / "build.txt").write_text(f"{word} 2026-11-30\n")
        _tar("-czf", str(packed), "-C", folder, ".")
    sums = program / "SHA256SUMS"
    lines = [line for line in sums.read_text().splitlines() if not line.endswith("  source.tar.gz")]
    digest = hashlib.sha256(packed.read_bytes()).hexdigest()
    sums.write_text("".join(f"{line}\n" for line in (f"{digest}  source.tar.gz", *lines)))


def _tar(*words: str) -> None:
    done = subprocess.run(["tar", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
