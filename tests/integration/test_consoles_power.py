"""`rpower` while somebody looks at the console: a real libvirtd, and QEMU with a guest that says `ready` when it has started.

Its firmware shows a menu for 3 s before that, as those of real machines take their time.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.helpers.alone import alone, typed, until
from tests.helpers.atterminal import at_terminal
from tests.helpers.cluster import Daemon
from tests.simulators import bootsector
from tests.simulators.libvirtd import Hypervisor, hypervisor

_DOMAIN = """\
<domain type='qemu'>
  <name>v1</name><memory unit='MiB'>16</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/><bootmenu enable='yes' timeout='3000'/></os>
  <devices>
    <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{disk}'/><target dev='hda' bus='ide'/></disk>
    <serial type='pty'><target port='0'/></serial><console type='pty'><target type='serial' port='0'/></console>
  </devices>
</domain>
"""


@pytest.fixture(scope="module")
def hyp() -> Iterator[Hypervisor]:
    with hypervisor() as made:
        (made.disks / "disk").write_bytes(bootsector.disk())
        (made.disks / "v1.xml").write_text(_DOMAIN.format(disk=made.disks / "disk"))
        made.virsh("define", str(made.disks / "v1.xml"))
        yield made


@pytest.fixture(scope="module")
def daemon(hyp: Hypervisor, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("mn")) as mn:
        typed(
            mn,
            *hyp.typed,
            "nodeadd v1 groups=vms nodehm.mgt=kvm nodehm.power=kvm nodehm.serialport=0 vm.host=h1",
        )
        yield mn


def test_who_looks_sees_the_machine_start_again_and_again(daemon: Daemon) -> None:
    until(lambda: "v1: down since" in daemon.run("lscons", "v1").stdout, "the console of a machine that is off")
    with at_terminal(daemon, "rcons", "v1") as sitting:
        sitting.shell.see("[console is down: the virtual machine is off: turn it on with rpower v1 on]")
        typed(daemon, "rpower v1 on")
        sitting.shell.see("[console is up]")
        for _ in range(2):
            typed(daemon, "rpower v1 boot")
            sitting.shell.see("[console is up]")
            sitting.shell.see("ready\r\n")
        typed(daemon, "rpower v1 off")
        sitting.shell.see("[console is down: ")
        sitting.shell.type("\x05c.")
        sitting.shell.see("[disconnected]")
        assert sitting.end()[0] == 0
