"""Nodes that boot an image without disk by iPXE: its definition, its files, and what a host has for a node."""

from __future__ import annotations

from tests.helpers.cluster import Daemon

IMAGE = "rocky9.4-x86_64-netboot-compute"
FOLDER = "install/netboot/rocky9.4/x86_64/compute"
FILES = {f"{FOLDER}/{name}": name for name in ("kernel", "initrd-stateless.gz", "rootimg.sfs")}
"""What a host with the image has below its root."""
SITE = (
    "chtab key=domain site.value=c.net",
    "chtab key=installdir site.value=/install",
    "chtab key=tftpdir site.value=/tftpboot",
    "chtab key=sharedtftp site.value=0",
)
NODES = (
    "chdef n1,n2,n3 ip='|n(\\d+)|10.7.0.(10+$1)|' mac='|n(\\d+)|02:00:00:00:00:0($1)|' arch=x86_64",
    f"mkdef -t osimage {IMAGE} provmethod=netboot osvers=rocky9.4 osarch=x86_64 profile=compute imagetype=linux "
    f"osname=Linux rootimgdir=/{FOLDER}",
)


def boots(daemon: Daemon, node: str) -> str:
    """The script of a node's iPXE on that host; empty when there is none."""
    path = daemon.root / "tftpboot/xcat/xnba/nodes" / node
    return path.read_text() if path.exists() else ""
