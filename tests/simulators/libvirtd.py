"""A hypervisor of the tests' own: a real libvirtd with real QEMU, in namespaces that are gone, guests and all, when the block ends.

It has a network with one bridge, and its own processes, so that its guests die with it; its own /etc/libvirt and
/var/lib/libvirt. QEMU emulates the processor: its /dev lacks what would speed it up. No operating system is started.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import libvirt

from tests.helpers.namespaces import Namespace, namespaces

_USERS = "libvirt-qemu:x:64055:64055::/var/lib/libvirt:/usr/sbin/nologin\n"
_GROUPS = "libvirt-qemu:x:64055:\nkvm:x:64056:\n"
"""libvirtd looks for these before it reads that it shall do without them."""

READY_WITHIN = 60.0
"""Seconds for it to take connections. A busy machine needs them, an idle one a fraction."""
BRIDGE = "br0"

_DAEMON = """\
unix_sock_dir = "{folder}/sock"
auth_unix_ro = "none"
auth_unix_rw = "none"
log_outputs = "3:file:{folder}/log"
"""
_QEMU = """\
stdio_handler = "file"
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
namespaces = []
cgroup_controllers = []
security_driver = "none"
"""
_SSHD = """\
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/client.pub
StrictModes no
UsePAM no
PidFile none
"""
_SSH = """\
#!/bin/sh
exec ssh -i {folder}/client -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile={folder}/known "$@"
"""
_START = """\
set -e
mount -t tmpfs tmpfs /run
ln -s {folder}/sock /run/libvirt
mkdir /run/sshd /run/lock
for place in var/lib var/cache var/log; do
    mkdir -p {folder}/$place /$place/libvirt
    mount --bind {folder}/$place /$place/libvirt
done
mkdir {folder}/theirs {folder}/etc
mount --bind /etc {folder}/theirs
ln -s {folder}/theirs/* {folder}/etc
rm -f {folder}/etc/passwd {folder}/etc/group {folder}/etc/libvirt
mkdir {folder}/etc/libvirt
cp {folder}/qemu.conf {folder}/etc/libvirt
for file in passwd group; do
    cat {folder}/theirs/$file {folder}/$file >{folder}/etc/$file
done
mount --bind {folder}/etc /etc
mkdir {folder}/dev
mount -t tmpfs tmpfs {folder}/dev
cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /dev/net {folder}/dev
mkdir {folder}/dev/pts {folder}/dev/shm
mount --rbind /dev/pts {folder}/dev/pts
ln -s pts/ptmx {folder}/dev/ptmx
mount --rbind {folder}/dev /dev
while :; do
    libvirtd -f {folder}/libvirtd.conf || sleep 0.1
done
"""
"""The shell stays, to be the parent of guests whose own one has gone, and to start libvirtd again when it is killed."""


@dataclass
class Hypervisor:
    """It takes connections at `uri`. `disks` is a folder for disks; `said` has what it complains about."""

    folder: Path
    namespace: Namespace
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def uri(self) -> str:
        return f"qemu+unix:///system?socket={self.folder}/sock/libvirt-sock"

    @property
    def disks(self) -> Path:
        return self.folder / "disks"

    @property
    def typed(self) -> tuple[str, ...]:
        """What an operator types, so that it is node h1."""
        return (
            "nodeadd h1 groups=hyp nodehm.mgt=kvm",
            f"nodech h1 hypervisor.type=kvm hypervisor.mgr={self.uri}",
        )

    def virsh(self, *words: str) -> str:
        """What virsh prints, which is not ours."""
        done = subprocess.run(["virsh", "-q", "-c", self.uri, *words], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"virsh {' '.join(words)}: {done.stderr}"
        return done.stdout.strip()

    def start(self) -> None:
        """Begin; it takes connections when this returns."""
        words = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"]
        script = _START.format(folder=self.folder)
        with (self.folder / "output").open("ab") as output:
            self.process = subprocess.Popen(
                [*self.namespace.before, *words, "sh", "-c", script],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        _wait_until_ready(self)

    @contextmanager
    def sshd(self, port: int) -> Iterator[str]:
        """Root may log in by ssh at this port of 127.0.0.1; gives the URI of that way, whose program `ssh` has a key of its own."""
        for name in ("host", "client"):
            key = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name)]
            subprocess.run(key, check=True, stdin=subprocess.DEVNULL)
        (self.folder / "sshd.conf").write_text(_SSHD.format(folder=self.folder, port=port))
        program = self.folder / "ssh"
        program.write_text(_SSH.format(folder=self.folder))
        program.chmod(0o755)
        inside = ["nsenter", "--target", str(self._init()), "--mount", "--pid"]
        words = [*inside, "/usr/sbin/sshd", "-D", "-e", "-f", f"{self.folder}/sshd.conf"]
        with (self.folder / "output").open("ab") as output:
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        uri = f"qemu+ssh://root@127.0.0.1:{port}/system?no_tty=1&command={program}"
        try:
            _wait_until_ready(self, uri)
            yield uri
        finally:
            process.terminate()
            process.wait()

    def freeze(self) -> None:
        """From now on it says nothing, and does not go away either."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def restart(self) -> None:
        """As an update of libvirt does it: guests live on, connections are lost. It takes connections when this returns."""
        os.kill(self._daemon(), signal.SIGKILL)
        _wait_until_ready(self)

    def stop(self) -> None:
        """With it ends its process namespace, and so every guest."""
        if self.process is not None:
            os.kill(self._init(), signal.SIGKILL)
            self.process.wait()
            self.process = None

    def _signal(self, number: int) -> None:
        os.kill(self._daemon(), number)

    def _init(self) -> int:
        """The first process inside, as seen from here."""
        assert self.process is not None
        (child,) = _children(self.process.pid)
        return child

    def _daemon(self) -> int:
        """libvirtd, as seen from here."""
        for child in _children(self._init()):
            if Path(f"/proc/{child}/comm").read_text().strip() == "libvirtd":
                return child
        raise AssertionError("libvirtd does not run")


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def hypervisor() -> Iterator[Hypervisor]:
    """A hypervisor that runs. Its folder is a short one: the path of a socket may have 107 characters."""
    folder = Path(tempfile.mkdtemp(prefix="hv", dir="/tmp"))
    with namespaces("hv") as (namespace,):
        namespace.bridge(BRIDGE)
        made = Hypervisor(folder, namespace)
        for name in ("sock", "disks"):
            (folder / name).mkdir()
        (folder / "libvirtd.conf").write_text(_DAEMON.format(folder=folder))
        (folder / "qemu.conf").write_text(_QEMU)
        (folder / "passwd").write_text(_USERS)
        (folder / "group").write_text(_GROUPS)
        try:
            made.start()
            yield made
        finally:
            made.stop()
            shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(made: Hypervisor, uri: str = "") -> None:
    deadline = time.monotonic() + READY_WITHIN
    while True:
        try:
            libvirt.open(uri or made.uri).close()
        except libvirt.libvirtError as error:
            said = "".join(
                (made.folder / name).read_text() for name in ("output", "log") if (made.folder / name).exists()
            )
            assert time.monotonic() < deadline, f"libvirtd does not answer: {error}; {said[-2000:]}"
            time.sleep(0.05)
        else:
            return
