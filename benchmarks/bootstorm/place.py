"""The hosts of a boot storm: a management node, a service node with its servers, and a network with all nodes behind it."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.bootstorm.player import Machine, Storm
from tests.helpers.alone import typed, until
from tests.helpers.cluster import SOURCE, Daemon, environment
from tests.helpers.nodeclient import await_port
from tests.helpers.servicehosts import SN, ServiceHosts, service_hosts

SERVER, PORT = "10.5.0.1", 3002
DISKLESS, INSTALLED = "debian12-x86_64-netboot-compute", "rocky9.4-x86_64-install-compute"
SIZES = {"loader": 96 << 10, "kernel": 512 << 10, "initrd": 1 << 20, "root image": 1_000_000}
"""Bytes. The loader is as large as a real one; real kernels, RAM disks and images are twenty times as large and more."""
_ROOT, _TREE = "install/netboot/debian12/x86_64/compute", "install/rocky9.4/x86_64"
_SERVICES = ("tftpserver", "httpserver", "dhcpserver")
TABLES = (
    "chtab key=installdir site.value=/install",
    "chtab key=tftpdir site.value=/tftpboot",
    "chtab key=sharedtftp site.value=0",
    "chtab key=domain site.value=c.net",
    "chtab key=nameservers site.value='<xcatmaster>'",
    "chtab key=legacynodes site.value=yes",
    f"chtab key=xcatiport site.value={PORT}",
    "chtab key=master site.value=10.7.0.1",
    "chtab key=system,username=root passwd.password='$6$abc$def'",
    "mkdef -t network up net=10.7.0.0 mask=255.255.0.0 dhcpserver=sn1 dynamicrange=10.7.200.1-10.7.200.9",
    "mkdef -t network rack net=10.5.0.0 mask=255.255.0.0 mgtifname=rack0 dhcpserver=sn1 tftpserver='<xcatmaster>' "
    "dynamicrange=10.5.200.1-10.5.200.200",
    "nodeadd sn1 groups=service hosts.ip=10.7.0.2 servicenode.tftpserver=1 servicenode.nfsserver=1 "
    "servicenode.dhcpserver=1 servicenode.dhcpinterfaces=rack0",
    f"mkdef -t osimage {DISKLESS} provmethod=netboot osvers=debian12 osarch=x86_64 profile=compute imagetype=linux "
    f"osname=Linux rootimgdir=/{_ROOT}",
    f"mkdef -t osimage {INSTALLED} provmethod=install osvers=rocky9.4 osarch=x86_64 profile=compute imagetype=linux "
    f"osname=Linux pkgdir=/{_TREE} template={SOURCE}/share/install/rh/compute.tmpl",
)
NODES = (
    "chdef -t group storm ip='|n(\\d+)|10.5.($1/200+1).($1%200+1)|' mac='|n(\\d+)|02:00:00:00:($1/90+10):($1%90+10)|' "
    "netboot=xnba arch=x86_64 serialport=0 serialspeed=115200 servicenode=sn1 xcatmaster=10.5.0.1",
)


@dataclass(frozen=True, slots=True)
class Place:
    """`storm` is what the nodes are told."""

    hosts: ServiceHosts
    storm: Storm

    def play(self) -> Mapping[str, Any]:
        """Switch all nodes on; what they have seen."""
        words = [*self.hosts.client.before, sys.executable, "-m", "benchmarks.bootstorm.player"]
        done = subprocess.run(
            words,
            input=json.dumps(asdict(self.storm)),
            capture_output=True,
            text=True,
            check=False,
            cwd=SOURCE,
            env=environment(),
        )
        if done.returncode:
            raise SystemExit(done.stderr)
        seen: Mapping[str, Any] = json.loads(done.stdout)
        return seen


@contextlib.contextmanager
def place(size: int, backend: str) -> Iterator[Place]:
    """The servers run, and all that the nodes will ask for is there. Half of the nodes boot without a disk, half are installed."""
    with tempfile.TemporaryDirectory(prefix="xcat-storm-") as folder:
        Path(folder).chmod(0o755)
        with service_hosts(Path(folder)) as hosts:
            machines = [_machine(number, size) for number in range(1, size + 1)]
            _plug(hosts, machines)
            for daemon in (hosts.mn, hosts.sn):
                _lay(daemon)
            _define(hosts, size, backend)
            yield Place(hosts, _storm(machines))


def _machine(number: int, size: int) -> Machine:
    mac = f"02:00:00:00:{number // 90 + 10:02d}:{number % 90 + 10:02d}"
    return Machine(f"n{number}", f"10.5.{number // 200 + 1}.{number % 200 + 1}", mac, number > size // 2)


def _plug(hosts: ServiceHosts, machines: list[Machine]) -> None:
    """All addresses are this one interface's."""
    lines = "".join(f"addr add {machine.address}/16 dev rack0\n" for machine in machines)
    subprocess.run(["ip", "-n", hosts.client.name, "-batch", "-"], input=lines, text=True, check=True)


def _lay(daemon: Daemon) -> None:
    files = {
        f"{_ROOT}/kernel": "kernel",
        f"{_ROOT}/initrd-stateless.gz": "initrd",
        f"{_ROOT}/rootimg.sfs": "root image",
        f"{_TREE}/images/pxeboot/vmlinuz": "kernel",
        f"{_TREE}/images/pxeboot/initrd.img": "initrd",
        "tftpboot/xcat/xnba.kpxe": "loader",
    }
    for name, kind in files.items():
        path = daemon.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(SIZES[kind]))
    shutil.copytree(SOURCE / "postscripts", daemon.root / "install/postscripts", dirs_exist_ok=True)


def _define(hosts: ServiceHosts, size: int, backend: str) -> None:
    mn, half = hosts.mn, size // 2
    typed(mn, f"chtab key=dhcpbackend site.value={backend}", *TABLES, f"nodeadd n[1-{size}] groups=storm,all", *NODES)
    for service in _SERVICES:
        hosts.becomes(service, "running")
    typed(mn, "makedhcp -n", "makedhcp -a")
    await_port(hosts.sn, PORT)
    typed(mn, f"nodeset n[1-{half}] osimage={DISKLESS}", f"nodeset n[{half + 1}-{size}] osimage={INSTALLED}")
    scripts = hosts.sn.root / "tftpboot/xcat/xnba/nodes"
    until((scripts / f"n{size}").exists, "the boot files on the service node")


def _storm(machines: list[Machine]) -> Storm:
    files = f"/tftpboot/xcat/osimage/{DISKLESS}"
    return Storm(
        server=SERVER,
        ear=SN,
        port=PORT,
        interface="rack0",
        kernel=f"{files}/kernel",
        initrd=f"{files}/initrd-stateless.gz",
        installer=[f"/tftpboot/xcat/osimage/{INSTALLED}/{name}" for name in ("vmlinuz", "initrd.img")],
        root=f"/{_ROOT}/rootimg.sfs",
        answers="/install/autoinst",
        scripts="/install/postscripts",
        machines=machines,
    )
