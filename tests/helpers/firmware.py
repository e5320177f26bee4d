"""Machines with UEFI that boot from the network: QEMU without KVM and OVMF, plugged into the network of a DHCP site."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.helpers.alone import typed, until
from tests.helpers.cluster import SOURCE, environment
from tests.helpers.dhcpsite import Site, mac
from tests.helpers.disklesssite import Machine
from tests.helpers.namespaces import Namespace
from tests.helpers.program import Program

MEMORY = 512
"""MiB of a machine."""
_BRIDGE, _TAP = "br0", "tap0"
_FIRMWARE = Path("/usr/share/OVMF")


def serve_files(site: Site) -> None:
    """Have the daemon keep the servers of boot files, with the kernel that nodes are to boot: TFTP and HTTP."""
    typed(
        site.mn,
        "chtab key=installdir site.value=/install",
        "chtab key=tftpdir site.value=/tftpboot",
        "nodeadd mn1 groups=management hosts.ip=10.0.0.1 servicenode.tftpserver=1 servicenode.nfsserver=1",
        "chdef n[1-9] arch=x86_64 serialport=0 serialspeed=115200",
    )
    until(lambda: site.mn.run("makeservices", "mn1").returncode == 0, "the services of the daemon")
    for service in ("tftpserver", "httpserver"):
        until(partial(_runs, site, service), service)


def _runs(site: Site, service: str) -> bool:
    lines = site.mn.run("xcatstatus", "mn1", "-a").stdout.splitlines()
    return any(line.split()[1:2] == [service] and " running " in line for line in lines)


@contextlib.contextmanager
def plugged_in(machines: Namespace) -> Iterator[str]:
    """A tap on the network of the machines. Somebody says there that he is no router of IPv6: iPXE would wait for one."""
    machines.ip("tuntap", "add", _TAP, "mode", "tap")
    machines.bridge(_BRIDGE)
    for interface in (_TAP, "up0"):
        machines.ip("link", "set", interface, "master", _BRIDGE, "up")
    words = [*machines.before, sys.executable, "-m", "tests.lab.advertise", _BRIDGE]
    router = subprocess.Popen(words, cwd=SOURCE, stdin=subprocess.DEVNULL, env=environment())
    try:
        yield _TAP
    finally:
        router.kill()
        router.wait()
        machines.ip("link", "set", "up0", "nomaster")
        machines.ip("link", "del", _BRIDGE)
        machines.ip("link", "del", _TAP)


@contextlib.contextmanager
def uefi_machine(
    site: Site,
    number: int,
    folder: Path,
    *,
    is_secure: bool = False,
    over_http: bool = False,
    disk: Path | None = None,
) -> Iterator[Machine]:
    """The machine of node n`number` is on. `is_secure`: Secure Boot is in force, with the keys that machines are sold with.
    `over_http`: its firmware cannot do PXE. `disk`: what is on its disk's EFI system partition."""
    console = folder / "console"
    variables = folder / "variables"
    shutil.copyfile(_FIRMWARE / f"OVMF_VARS_4M{'.ms' if is_secure else ''}.fd", variables)
    with plugged_in(site.machines) as tap:
        words = [*site.machines.before, *_qemu(number, tap, console, variables, is_secure, over_http)]
        if disk is not None:
            words += ["-drive", f"file=fat:rw:{disk},format=raw,if=none,id=disk"]
            words += ["-device", "virtio-blk-pci,drive=disk,bootindex=2"]
        log = folder / "qemu.log"
        program = Program(words, "root", log, stopping=signal.SIGTERM, orphaned=signal.SIGKILL)
        try:
            program.start(console.exists)
            yield Machine(program, console)
        finally:
            program.close()


def _qemu(number: int, tap: str, console: Path, variables: Path, is_secure: bool, over_http: bool) -> Iterator[str]:
    code = _FIRMWARE / f"OVMF_CODE_4M{'.ms' if is_secure else ''}.fd"
    yield from ("qemu-system-x86_64", "-machine", f"q35,graphics=off,smm={'on' if is_secure else 'off'}")
    yield from ("-accel", "tcg,thread=multi,tb-size=128", "-m", str(MEMORY), "-nodefaults", "-no-user-config")
    if is_secure:
        yield from ("-global", "driver=cfi.pflash01,property=secure,value=on")
    yield from ("-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={code}")
    yield from ("-drive", f"if=pflash,format=raw,unit=1,file={variables}")
    if over_http:
        for version in (4, 6):
            yield from ("-fw_cfg", f"name=opt/org.tianocore/IPv{version}PXESupport,string=n")
    yield from ("-display", "none", "-no-reboot", "-serial", f"file:{console}", "-device", "virtio-rng-pci")
    yield from ("-netdev", f"tap,id=net,ifname={tap},script=no,downscript=no")
    yield from ("-device", f"virtio-net-pci,netdev=net,mac={mac(number)},bootindex=1,romfile=")
