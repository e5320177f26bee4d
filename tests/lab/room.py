"""The lab: two networks, hosts and machines, and what is in the tables.

management 10.78.0.0/24    mn1 .1, sn1 .11, sn2 .12, the BMCs of n1, n2 ... .101, .102 ...
provision  10.78.1.0/24    sn1 .1, sn2 .2, n1, n2 ... .21, .22 ...
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.alone import until
from tests.helpers.cluster import SOURCE
from tests.helpers.namespaces import Namespace, namespaces
from tests.helpers.program import Program
from tests.lab.hosts import Folders, LabHost, management_node, service_node
from tests.lab.machines import PASSWORD, USER, Build, Machine, machine
from tests.lab.product import installed

MANAGEMENT, PROVISION = "mgmt", "prov"
"""The bridges of the switch."""
INTERFACES = {MANAGEMENT: "up0", PROVISION: "rack0"}
"""What hosts call their interfaces on them."""
MN = "10.78.0.1"
BOOT = 600.0
"""Seconds from the button to `booted`: an idle machine needs a tenth of it, a busy one most."""
TABLES = (
    "chtab key=domain site.value=lab.net",
    "chtab key=nameservers site.value=10.78.1.1",
    "chtab key=installdir site.value=/install",
    "chtab key=tftpdir site.value=/tftpboot",
    "chtab key=sharedtftp site.value=0",
    "chtab key=dhcpbackend site.value=kea",
    f"chtab key=ipmi passwd.username={USER} passwd.password={PASSWORD}",
    "mkdef -t network mgmt net=10.78.0.0 mask=255.255.255.0",
    "mkdef -t network prov net=10.78.1.0 mask=255.255.255.0 dhcpserver=sn1",
    "chdef -t group -o service setuptftp=1 setupnfs=1 setupdhcp=1",
    "chtab node=service servicenode.dhcpinterfaces=rack0",
    "chdef -t group -o rack mgt=ipmi cons=ipmi serialport=0 serialspeed=115200 netboot=xnba arch=x86_64 syslog=ignore",
    # Without KVM on a busy machine the kernel may find that its clock stands still, and give up.
    "chdef -t group -o rack addkcmdline=no_timer_check",
)


@dataclass(frozen=True, slots=True)
class Lab:
    """What runs. `sn` are the service nodes in the order of their names."""

    folders: Folders
    switch: Namespace
    mn: LabHost
    sn: Sequence[LabHost]
    stack: contextlib.ExitStack

    def machine(self, number: int, build: Build | None = None, servers: str = "") -> Machine:
        """A node, nNUMBER, with its machine, which is off. `servers`: its service nodes; not given: the first one."""
        bmc = f"10.78.0.{100 + number}"
        made = self.stack.enter_context(
            machine(self.folders.work, self.switch, PROVISION, f"n{number}", number, bmc, build or Build())
        )
        self.mn.type(
            f"mkdef -t node {made.name} groups=rack,all servicenode={servers or self.sn[0].name} bmc={bmc} "
            f"ip=10.78.1.{20 + number} mac={made.mac}"
        )
        return made

    def dies(self, number: int) -> None:
        """A service node loses its power and its cables."""
        os.kill(self.sn[number].box.leader, signal.SIGKILL)
        for bridge in INTERFACES:
            self.switch.ip("link", "set", f"{bridge}{number + 1}", "down")

    def status(self, node: str) -> str:
        """What nodels says of a node's stage, and of why it failed."""
        line = self.mn.type(f"nodels {node} nodelist.status nodelist.appstatus")
        return " ".join(line.split()[1:])

    def becomes(self, made: Machine, status: str, patience: float) -> None:
        """Wait until nodels has a status. AssertionError, with the end of the console."""
        try:
            until(lambda: status in self.status(made.name).split(), f"{made.name} {status}", patience)
        except AssertionError as error:
            error.add_note(f"nodels: {self.status(made.name)}; console of {made.name}:\n{made.console()[-3000:]}")
            raise


@contextlib.contextmanager
def lab(folder: Path, names: Sequence[str] = ("sn1",)) -> Iterator[Lab]:
    """A lab with these service nodes, which serve. All of it ends with the block; what it has written stays in `folder`."""
    with contextlib.ExitStack() as stack:
        install = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xcat-lab-", dir="/tmp")))
        install.chmod(0o755)  # not in `folder`: Ganesha exports no overlay
        folders = Folders(folder, stack.enter_context(installed()), install)
        switch, *spaces = stack.enter_context(namespaces("switch", "mn1", *names))
        _wire(switch, spaces)
        stack.enter_context(_router(folder, switch))
        mn = stack.enter_context(management_node(folders, spaces[0], MN))
        stack.callback(_keep_log, folder, mn)
        for line in (
            *(f"nodeadd {name} groups=service,all hosts.ip=10.78.0.{10 + int(name[2:])}" for name in names),
            *TABLES,
        ):
            mn.type(line)
        services = []
        for name, space in zip(names, spaces[1:], strict=True):
            services.append(stack.enter_context(service_node(folders, space, name, mn, MN)))
            stack.callback(_keep_log, folder, services[-1])
        for one in services:
            _await_services(mn, one)
        yield Lab(folders, switch, mn, services, stack)


def _wire(switch: Namespace, spaces: Sequence[Namespace]) -> None:
    """The bridges, and a cable of each host to each of them; the management node has none to that of provision."""
    switch.bridge(MANAGEMENT, *(f"10.78.0.{100 + number}/24" for number in range(1, 31)))
    switch.bridge(PROVISION)
    mn, *services = spaces
    _plug(switch, MANAGEMENT, mn, f"{MN}/24", 0)
    for number, space in enumerate(services, 1):
        _plug(switch, MANAGEMENT, space, f"10.78.0.{10 + number}/24", number)
        _plug(switch, PROVISION, space, f"10.78.1.{number}/24", number)


def _plug(switch: Namespace, bridge: str, space: Namespace, address: str, number: int) -> None:
    port, interface = f"{bridge}{number}", INTERFACES[bridge]
    switch.ip("link", "add", port, "type", "veth", "peer", "name", interface, "netns", space.name)
    switch.ip("link", "set", port, "master", bridge, "up")
    space.up(interface, address)


@contextlib.contextmanager
def _router(folder: Path, switch: Namespace) -> Iterator[None]:
    words = [*switch.before, "env", f"PYTHONPATH={SOURCE}", sys.executable, "-m", "tests.lab.advertise", PROVISION]
    program = Program(words, "root", folder / "router", stopping=signal.SIGKILL, orphaned=signal.SIGKILL)
    try:
        program.start(lambda: True)
        yield
    finally:
        program.close()


def _await_services(mn: LabHost, sn: LabHost) -> None:
    try:
        until(lambda: mn.tried(f"xcatstatus {sn.name}")[0] == 0, f"the services of {sn.name}", 120)
    except AssertionError as error:
        error.add_note(f"{mn.tried(f'xcatstatus {sn.name} -a')[1]}{sn.log()[-3000:]}")
        raise


def _keep_log(folder: Path, host: LabHost) -> None:
    """Its daemon's log and its journal, for who looks for the reason of a failure."""
    (folder / f"{host.name}.log").write_text(host.log())
    (folder / f"{host.name}.journal").write_text(host.box.run("journalctl", "--no-pager").stdout)
