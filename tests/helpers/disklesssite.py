"""A management node with its network, and machines without a disk in it: QEMU without KVM, which starts a kernel as a loader would.

Loaders have tests of their own: here a machine gets what nodeset has written for it, and goes on from there.
"""

from __future__ import annotations

import contextlib
import re
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.alone import typed, until
from tests.helpers.cluster import PATIENCE, Daemon, made
from tests.helpers.namespaces import Namespace, namespaces
from tests.helpers.program import Program
from tests.helpers.servicehosts import stop_servers

SERVER = "10.78.0.1"
MEMORY = 640
"""MiB of a machine."""
BOOTING = 5 * PATIENCE
"""Seconds for a boot without KVM on a busy machine."""
_CONSOLE = "console=ttyS0,115200n8"
_BRIDGE = "br0"
_NGINX = """\
user root;
daemon off;
error_log {folder}/nginx.errors;
pid {folder}/nginx.pid;
events {{ }}
http {{
    access_log {folder}/nginx.access;
    client_body_temp_path {folder}/nginx.tmp;
    proxy_temp_path {folder}/nginx.tmp;
    fastcgi_temp_path {folder}/nginx.tmp;
    uwsgi_temp_path {folder}/nginx.tmp;
    scgi_temp_path {folder}/nginx.tmp;
    server {{
        listen {server}:80;
        root {root};
        autoindex on;
        location /install/ {{ }}
        location /tftpboot/ {{ }}
        location / {{ return 403; }}
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that runs. Its serial port goes to a file."""

    program: Program
    console: Path

    def said(self) -> str:
        """All that it has said, without what moves the cursor."""
        text = self.console.read_bytes().decode(errors="replace") if self.console.exists() else ""
        return re.sub(r"\x1b(\[[0-9;?=]*[A-Za-z]|[()][A-Z0-9]|c)|\r", "", text)

    def says(self, pattern: str, patience: float = BOOTING) -> re.Match[str]:
        """Wait until it has said something. AssertionError, with the end of its console."""
        searched = re.compile(pattern)
        try:
            found = until(lambda: self._found(searched), f"{pattern!r} on the console", patience)
        except AssertionError as error:
            error.add_note(f"the console:\n{self.said()[-4000:]}")
            raise
        assert isinstance(found, re.Match)
        return found

    def _found(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        runs = bool(self.program.pids)
        found = pattern.search(self.said())
        assert found or runs, "the machine is off"
        return found


@dataclass(frozen=True, slots=True)
class Booted:
    """What a loader would start: files, and the kernel's arguments."""

    kernel: Path
    initrd: Path
    arguments: str


@dataclass(frozen=True, slots=True)
class DisklessSite:
    """The management node runs, answers nodes at 3002, and gives out files; a DHCP server knows n1 to n9."""

    mn: Daemon
    space: Namespace
    folder: Path

    @property
    def install(self) -> Path:
        return self.mn.root / "install"

    def log(self) -> str:
        """What was asked of the web server."""
        return (self.folder / "nginx.access").read_text()

    def set_by_nodeset(self, number: int) -> Booted:
        """What nodeset has written for iPXE on the machine of node n`number`."""
        text = (self.mn.root / f"tftpboot/xcat/xnba/nodes/n{number}").read_text()
        place = rf"http://{SERVER}/(\S+)"
        kernel = re.search(rf"^imgfetch --name kernel {place} (.*)$", text, re.M)
        initrd = re.search(rf"^imgfetch --name initrd {place}$", text, re.M)
        assert kernel and initrd, text
        arguments = kernel[2].replace("${netX/mac:hexhyp}", mac(number).replace(":", "-"))
        return Booted(self.mn.root / kernel[1], self.mn.root / initrd[1], arguments)

    @contextlib.contextmanager
    def machine(self, number: int, booted: Booted, memory: int = MEMORY) -> Iterator[Machine]:
        """Switch the machine of node n`number` on; it is off at the end of the block, and does not start again by itself."""
        tap = f"tap{number}"
        self.space.ip("tuntap", "add", tap, "mode", "tap")
        self.space.ip("link", "set", tap, "master", _BRIDGE, "up")
        console = self.folder / f"console.n{number}"
        console.unlink(missing_ok=True)
        words = [*self.space.before, *_qemu(number, booted, memory, console)]
        log = self.folder / f"qemu.n{number}"
        program = Program(words, "root", log, stopping=signal.SIGTERM, orphaned=signal.SIGKILL)
        try:
            program.start(console.exists)
            yield Machine(program, console)
        finally:
            program.close()
            self.space.ip("link", "del", tap)


def mac(number: int) -> str:
    return f"52:54:00:78:00:{number:02x}"


def address(number: int) -> str:
    return f"10.78.0.{10 + number}"


def _qemu(number: int, booted: Booted, memory: int, console: Path) -> list[str]:
    return [
        *("qemu-system-x86_64", "-machine", "q35,graphics=off", "-accel", "tcg,thread=multi,tb-size=128"),
        *("-smp", "2", "-m", str(memory), "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
        *("-device", "virtio-rng-pci", "-serial", f"file:{console}"),
        *("-netdev", f"tap,id=net,ifname=tap{number},script=no,downscript=no"),
        *("-device", f"virtio-net-pci,netdev=net,mac={mac(number)},romfile="),
        *("-kernel", str(booted.kernel), "-initrd", str(booted.initrd), "-append", booted.arguments),
    ]


@contextlib.contextmanager
def diskless_site(folder: Path, before: Sequence[str] = ()) -> Iterator[DisklessSite]:
    """All runs; nodes n1 to n9 are in the tables, with addresses, MAC addresses, and a serial console. `before`: words before the
    daemon's command line."""
    with contextlib.ExitStack() as stack:
        (space,) = stack.enter_context(namespaces("mn"))
        space.bridge(_BRIDGE, f"{SERVER}/24")
        mn = made(Daemon(folder / "mn1", "mn1", SERVER, 3001, before=(*space.before, *before)))
        stack.callback(stop_servers, mn.root)
        stack.callback(mn.stop)
        mn.start(wait=False)
        until(lambda: mn.run("nodels").returncode == 0, "the daemon")
        typed(
            mn,
            "chtab key=installdir site.value=/install",
            "chtab key=tftpdir site.value=/tftpboot",
            "chtab key=domain site.value=c.net",
            "nodeadd n[1-9] groups=compute noderes.netboot=xnba nodehm.serialport=0 nodehm.serialspeed=115200 "
            f"noderes.xcatmaster={SERVER}",
            r"chdef -t group compute ip='|n(\d+)|10.78.0.($1+10)|' mac='|n(\d+)|52:54:00:78:00:0($1)|'",
        )
        for program in _servers(space, folder, mn.root):
            stack.callback(program.close)
        yield DisklessSite(mn, space, folder)


def _servers(space: Namespace, folder: Path, root: Path) -> Iterator[Program]:
    """A web server, and one of DHCP."""
    (folder / "nginx.tmp").mkdir()
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, server=SERVER, root=root))
    hosts = [f"--dhcp-host={mac(number)},{address(number)}" for number in range(1, 10)]
    dhcp = [
        *("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", f"--interface={_BRIDGE}"),
        *(
            "--bind-interfaces",
            "--dhcp-authoritative",
            "--dhcp-range=10.78.0.0,static,255.255.255.0,600",
            "--user=root",
        ),
        *(f"--dhcp-leasefile={folder}/leases", f"--pid-file={folder}/dnsmasq.pid", "--log-dhcp", *hosts),
    ]
    web = ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "nginx.errors")]
    for name, words in (("nginx", web), ("dnsmasq", dhcp)):
        program = Program(
            [*space.before, *words], "root", folder / f"{name}.log", stopping=signal.SIGTERM, orphaned=signal.SIGKILL
        )
        program.start((folder / f"{name}.pid").exists)
        yield program
