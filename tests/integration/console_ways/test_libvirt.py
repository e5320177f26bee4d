"""A way to a virtual machine: a real libvirtd, and QEMU with a guest that echoes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import libvirt
import pytest

from tests.helpers import farside
from tests.helpers.alone import until as until_true
from tests.helpers.consoleways import WITHIN, Far, OnlyOneContract, awake
from tests.simulators import bootsector
from tests.simulators.libvirtd import Hypervisor, hypervisor
from xcatd.consoles.line import Line, Way
from xcatd.consoles.ways.device import DeviceWay
from xcatd.errors import NodeError, Unsupported
from xcatd.hardware import Controllers
from xcatd.hardware.libvirt.binding import load
from xcatd.hardware.libvirt.console import MachineTerminal
from xcatd.hardware.libvirt.guest import guest

_DOMAIN = """\
<domain type='qemu'>
  <name>cn01</name><memory unit='MiB'>16</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os>
  <devices>
    <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{disk}'/><target dev='hda' bus='ide'/></disk>
    {console}
  </devices>
</domain>
"""
_CONSOLE = (
    "<serial type='pty'><target port='0'/></serial><console type='pty'><target type='serial' port='0'/></console>"
)


@pytest.fixture(scope="module")
def hyp() -> Iterator[Hypervisor]:
    with hypervisor() as made:
        (made.disks / "disk").write_bytes(bootsector.disk())
        yield made


class MachineFar(Far):
    greets = False
    poured = bootsector.POURED
    typed = 1 << 14

    def __init__(self, hyp: Hypervisor, controllers: Controllers) -> None:
        self.hyp = hyp
        self.way = DeviceWay("libvirt", "kvm", guest("cn01", hyp.uri), controllers)

    async def vanish(self) -> None:
        await asyncio.to_thread(self.hyp.restart)

    async def end(self, line: Line) -> None:
        await asyncio.to_thread(self.hyp.virsh, "destroy", "cn01")


def _define(hyp: Hypervisor, console: str = _CONSOLE) -> None:
    connection = load().open(hyp.uri)
    try:
        for domain in connection.listAllDomains():
            with suppress(libvirt.libvirtError):  # it may be going just now
                domain.destroy()
            domain.undefine()
        connection.defineXML(_DOMAIN.format(disk=hyp.disks / "disk", console=console)).create()
    finally:
        connection.close()


class TestLibvirt(OnlyOneContract):
    in_use = "in use by another program"
    put_out = "was lost"

    @pytest.fixture
    async def far(self, hyp: Hypervisor, controllers: Controllers) -> MachineFar:
        _define(hyp)
        far = MachineFar(hyp, controllers)
        async with asyncio.timeout(WITHIN), far.way.open() as line:
            await awake(line)
        return far

    @pytest.fixture
    def nobody(self, controllers: Controllers) -> Way:
        uri = "qemu+unix:///system?socket=/nowhere/libvirt-sock"
        return DeviceWay("libvirt", "kvm", guest("cn01", uri), controllers)

    @pytest.fixture
    def stranger(self) -> None:
        """libvirt's socket asks root of this host for nothing."""

    async def test_a_machine_that_is_off_says_so(self, far: MachineFar) -> None:
        far.hyp.virsh("destroy", "cn01")
        with pytest.raises(NodeError, match="is off: turn it on with rpower cn01 on"):
            async with far.way.open():
                pass

    async def test_a_machine_without_a_console_says_so(self, hyp: Hypervisor, controllers: Controllers) -> None:
        _define(hyp, console="")
        with pytest.raises(Unsupported, match="has no serial console"):
            async with MachineFar(hyp, controllers).way.open():
                pass

    async def test_who_does_not_read_holds_the_machine_back_and_loses_nothing(
        self, far: MachineFar, controllers: Controllers
    ) -> None:
        console = controllers.device("kvm", guest("cn01", far.hyp.uri)).console
        async with asyncio.timeout(WITHIN), console.open() as terminal:
            assert isinstance(terminal, MachineTerminal)
            await terminal.write(farside.POUR)
            await asyncio.to_thread(until_true, lambda: terminal.stream.is_held, "a full buffer")
            said = b""
            while len(said) < len(far.poured):
                said += await terminal.read()
            assert said == far.poured
