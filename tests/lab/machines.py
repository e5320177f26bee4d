"""Nodes: QEMU without KVM, each behind a BMC of its own, which is a real ipmi_sim that switches it on and off.

The BMC is on the network of management, the machine on that of provision. Nobody but its BMC touches the machine: what it says
on its serial port is in a file, and comes by Serial over LAN too.
"""

from __future__ import annotations

import contextlib
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.alone import until
from tests.helpers.containerroot import enclosed
from tests.helpers.namespaces import Namespace
from tests.helpers.program import Program
from tests.simulators.bmcs import CHASSIS

USER, PASSWORD = "admin", "secret"
_BUTTON = Path(__file__).with_name("button.sh")
_SERIAL = 9000
"""TCP ports of serial lines, within the switch: this, and the number of the machine."""
_FIRMWARE = Path("/usr/share/OVMF")
_LAN = """\
name "{name}"
set_working_mc 0x20
startlan 1
  addr {bmc} 623
  priv_limit admin
  allowed_auths_callback md5 straight none
  allowed_auths_user md5 straight none
  allowed_auths_operator md5 straight none
  allowed_auths_admin md5 straight none
  guid {guid:032x}
endlan
sol "tcp:127.0.0.1:{serial}" 115200
chassis_control ". ./chassis.sh; . ./button.sh; chassis ."
user 2 true "{user}" "{password}" admin 60 md5 straight
"""
_COMMANDS = """\
mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
mc_enable 0x20
"""
_MACHINE = """\
#!/bin/sh
# One start counts: the next one is from the network again only if the BMC is told so again.
boot=none
if [ -r boot ]; then read -r boot <boot; fi
echo none >boot
case $boot in pxe) network=1 disk=2 ;; *) network=2 disk=1 ;; esac
exec {words}
"""


@dataclass(frozen=True, slots=True)
class Build:
    """What a machine is made of. `memory` in MiB; `uefi`: its firmware is OVMF; `disk`: GiB, 0: it has none."""

    memory: int = 768
    uefi: bool = False
    disk: int = 0


@dataclass(frozen=True, slots=True)
class Machine:
    """One node's machine: its number counts from 1. `folder` has its console, the journal of its power button, its disk."""

    name: str
    number: int
    bmc: str
    folder: Path

    @property
    def mac(self) -> str:
        return f"52:54:00:78:01:{self.number:02x}"

    @property
    def tap(self) -> str:
        return f"tap{self.number}"

    def console(self) -> str:
        """All that it has said, without what moves the cursor."""
        path = self.folder / "console"
        text = path.read_bytes().decode(errors="replace") if path.exists() else ""
        return re.sub(r"\x1b(\[[0-9;?=]*[A-Za-z]|[()][A-Z0-9]|c)|\r", "", text)

    def journal(self) -> list[str]:
        """What its BMC did to it, oldest first: "power 1", "boot pxe"."""
        path = self.folder / "journal"
        return path.read_text().splitlines() if path.exists() else []

    def says(self, pattern: str, patience: float, after: int = 0) -> re.Match[str]:
        """Wait until the console shows something, `after` so many characters. AssertionError, with the end of it."""
        searched = re.compile(pattern)
        try:
            found = until(lambda: searched.search(self.console(), after), f"{pattern!r} on {self.name}", patience)
        except AssertionError as error:
            error.add_note(f"console of {self.name}:\n{self.console()[-3000:]}")
            raise
        assert isinstance(found, re.Match)
        return found


@contextlib.contextmanager
def machine(
    folder: Path, switch: Namespace, bridge: str, name: str, number: int, bmc: str, build: Build
) -> Iterator[Machine]:
    """A machine that is off. Its BMC answers at `bmc`, an address that the switch has."""
    made = Machine(name, number, bmc, folder / name)
    made.folder.mkdir()
    _write(made, build)
    switch.ip("tuntap", "add", made.tap, "mode", "tap")
    switch.ip("link", "set", made.tap, "master", bridge, "up")
    words = [
        *switch.before,
        *enclosed("sh", "-c", 'cd "$1" && ipmi_sim -c lan.conf -f commands -s state -n; exit 1', "sh"),
    ]
    program = Program(
        [*words, str(made.folder)], "root", made.folder / "bmc", stopping=signal.SIGKILL, orphaned=signal.SIGKILL
    )
    try:
        program.start(lambda: _listens(switch, bmc))
        yield made
    finally:
        program.close()
        switch.ip("link", "del", made.tap)


def _write(made: Machine, build: Build) -> None:
    (made.folder / "state").mkdir()
    for script in (CHASSIS, _BUTTON):
        shutil.copy(script, made.folder)
    serial = _SERIAL + made.number
    facts = {"name": made.name, "bmc": made.bmc, "serial": serial, "guid": 0x5A << 120 | made.number}
    (made.folder / "lan.conf").write_text(_LAN.format(**facts, user=USER, password=PASSWORD))
    (made.folder / "commands").write_text(_COMMANDS)
    program = made.folder / "machine"
    program.write_text(_MACHINE.format(words=_qemu(made, build, serial)))
    program.chmod(0o755)


def _qemu(made: Machine, build: Build, serial: int) -> str:
    """The command line; the order of the devices is a variable of the script."""
    words = [
        *("qemu-system-x86_64", "-name", made.name, "-machine", "q35,graphics=off"),
        *("-accel", "tcg,thread=multi,tb-size=128", "-smp", "2", "-m", str(build.memory)),
        *("-nodefaults", "-no-user-config", "-display", "none", "-device", "virtio-rng-pci"),
        *("-boot", "reboot-timeout=5000"),  # as servers do, it tries again when nothing can be booted
        *("-chardev", f"socket,id=ser,host=127.0.0.1,port={serial},server=on,wait=off,logfile=console,logappend=on"),
        *("-serial", "chardev:ser", "-netdev", f"tap,id=net,ifname={made.tap},script=no,downscript=no"),
        *(_firmware(made.folder) if build.uefi else ()),
    ]
    text = f'{shlex.join(words)} -device virtio-net-pci,netdev=net,mac={made.mac},bootindex="$network"'
    return f"{text} {_disk(made.folder, build.disk)}" if build.disk else text


def _firmware(folder: Path) -> list[str]:
    shutil.copyfile(_FIRMWARE / "OVMF_VARS_4M.fd", folder / "variables")
    code = f"if=pflash,format=raw,unit=0,readonly=on,file={_FIRMWARE / 'OVMF_CODE_4M.fd'}"
    return ["-drive", code, "-drive", "if=pflash,format=raw,unit=1,file=variables"]


def _disk(folder: Path, size: int) -> str:
    words = ["qemu-img", "create", "-q", "-f", "qcow2", str(folder / "disk"), f"{size}G"]
    subprocess.run(words, check=True, capture_output=True)
    return '-drive file=disk,if=none,id=disk,cache=unsafe -device virtio-blk-pci,drive=disk,bootindex="$disk"'


def _listens(switch: Namespace, bmc: str) -> bool:
    done = subprocess.run(
        [*switch.before, "ss", "-Hlun", f"src = {bmc}:623"], capture_output=True, text=True, check=True
    )
    return bool(done.stdout)
