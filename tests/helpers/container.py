"""Containers: hosts with a real systemd as their first process, in a network namespace of the test.

One boots in less than a second. Its processes, mounts and files are gone with the end of its `with` block. Should the test
process be killed, its processes and mounts end too.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.helpers.containerroot import enclosed, root
from tests.helpers.namespaces import Namespace
from tests.helpers.program import PATIENCE, Program, is_alive, moments

_CGROUPS = Path("/sys/fs/cgroup")
_BOOT = """
set -e
lower=$1 folder=$2 cgroups=$3
shift 3
for cgroup in $cgroups; do echo $$ >"$cgroup/cgroup.procs"; done
mkdir -p /run/systemd/nspawn
mount -t tmpfs tmpfs /run/systemd/nspawn
mount -t overlay -o "lowerdir=$lower,upperdir=$folder/upper,workdir=$folder/work" overlay "$folder/root" ||
    cp -a --reflink=auto "$lower/." "$folder/upper/." "$folder/root"
exec "$@"
"""
"""nspawn's own files are for this container only. Where there is no overlay, or none on this file system, a copy does."""
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", "TERM": "dumb"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a container has besides its root file system and the rights that containers have.

    `binds`: folders of this host by their names in the container, which may write there. `seen`: folders of this host that it may
    read, under the same names. `files`: texts by their names in the container, there before it boots; scripts can be run.
    `capabilities`: more rights.
    `masked`: units that shall not start.
    """

    binds: Mapping[str, Path] = field(default_factory=dict)
    seen: tuple[Path, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Container:
    """A container that runs. `leader` is its first process, as this host counts."""

    name: str
    space: Namespace
    leader: int

    @property
    def address(self) -> str:
        """Its first IPv4 address that others can reach."""
        words = ["ip", "-netns", self.space.name, "-json", "-4", "address", "show", "scope", "global"]
        links = json.loads(subprocess.run(words, capture_output=True, check=True, timeout=PATIENCE).stdout)
        return str(ipaddress.ip_address(next(one["local"] for link in links for one in link.get("addr_info", ()))))

    def run(
        self, *words: str, stdin: str | None = None, patience: float = PATIENCE, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in it to its end, as root; `patience`: seconds after which it is given up."""
        return _run(self.leader, *words, stdin=stdin, patience=patience, **env)

    def done(self, *words: str, **env: str) -> str:
        """Run a program in it that must succeed; gives what it printed."""
        done = self.run(*words, stdin=None, patience=PATIENCE, **env)
        assert done.returncode == 0, f"{' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def path(self, inside: str) -> Path:
        """A file of the container, for this host. No link on the way may be an absolute one."""
        return Path(f"/proc/{self.leader}/root{inside}")

    def state(self, unit: str) -> str:
        """What systemd says of a unit: active, inactive, failed, activating ..."""
        return self.run("systemctl", "is-active", unit).stdout.strip()

    def process(self, unit: str) -> int:
        """The main process of a unit, as the container counts; 0: it has none."""
        return int(self.done("systemctl", "show", "--property=MainPID", "--value", unit))

    def journal(self, unit: str) -> str:
        """What was logged by a unit or about it."""
        return self.done("journalctl", "--no-pager", "--output=short-precise", "--unit", unit)


@contextlib.contextmanager
def container(folder: Path, space: Namespace, name: str = "sn1", wishes: Wishes | None = None) -> Iterator[Container]:
    """A container that has booted. `folder` must exist, and is where its files are as long as it runs.

    Only root can make it. AssertionError, with the end of its console: it does not boot.
    """
    wishes = wishes or Wishes()
    place = folder / f"container-{name}"
    cgroups = [each / space.name for each in _hierarchies()]
    try:
        _furnish(place, name, wishes)
        for each in cgroups:
            (each / "payload").mkdir(parents=True, exist_ok=True)
        with _booted(place, space, name, wishes, [each / "payload" for each in cgroups]) as leader:
            yield Container(name, space, leader)
    finally:
        try:
            for each in cgroups:
                _remove(each)
        finally:
            shutil.rmtree(place)  # all mounts were in a namespace of the container's


def _furnish(place: Path, name: str, wishes: Wishes) -> None:
    """The folder with what the container has of its own; its modes become those of the container's root."""
    for part in ("upper", "work", "root"):
        (place / part).mkdir(parents=True)
        (place / part).chmod(0o755)
    upper = place / "upper"
    files = {"/etc/hostname": f"{name}\n", "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n", **wishes.files}
    for inside, text in files.items():
        path = upper / inside.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if text.startswith("#!") else 0o644)
    units = upper / "etc/systemd/system"
    units.mkdir(parents=True, exist_ok=True)
    for unit in wishes.masked:
        (units / unit).symlink_to("/dev/null")


@contextlib.contextmanager
def _booted(place: Path, space: Namespace, name: str, wishes: Wishes, cgroups: list[Path]) -> Iterator[int]:
    """Gives the first process."""
    boot = ["sh", "-c", _BOOT, "sh", str(root()), str(place), " ".join(map(str, cgroups))]
    words = enclosed(*boot, *_nspawn(place / "root", space, name, wishes))
    program = Program(words, "root", place / "console", stopping=signal.SIGKILL, orphaned=signal.SIGKILL)
    try:
        program.start(lambda: _is_up(program))
        yield _leader(program)
    finally:
        _end(program.pids[1:])
        program.close()


def _nspawn(place: Path, space: Namespace, name: str, wishes: Wishes) -> list[str]:
    """nspawn takes its own cgroup and the network that it is given, and asks nothing of this host's systemd, which may not run.

    Without its filter of system calls (SYSTEMD_SECCOMP=0) nfs-ganesha can open files by their handles.
    """
    capabilities = ("CAP_NET_ADMIN", "CAP_DAC_READ_SEARCH", *wishes.capabilities)
    binds = [f"--bind={there}:{inside}" for inside, there in wishes.binds.items()]
    seen = [f"--bind-ro={each}" for each in wishes.seen]
    return [
        *("env", "SYSTEMD_SECCOMP=0", "SYSTEMD_NSPAWN_API_VFS_WRITABLE=network", "systemd-nspawn", "--quiet", "--boot"),
        *("--register=no", "--keep-unit", f"--directory={place}", f"--machine={name}", f"--hostname={name}"),
        *(f"--network-namespace-path=/run/netns/{space.name}", "--console=read-only", "--link-journal=no"),
        *(f"--capability={','.join(capabilities)}", "--resolv-conf=off", "--timezone=off", *binds, *seen),
    ]


def _run(
    leader: int, *words: str, stdin: str | None = None, patience: float = PATIENCE, **env: str
) -> subprocess.CompletedProcess[str]:
    into = ["nsenter", f"--target={leader}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--"]
    return subprocess.run(
        [*into, *words],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        env={**_ENVIRONMENT, **env},
        timeout=patience,
    )


def _is_up(program: Program) -> bool:
    leader = _leader(program)
    if not leader:
        return False
    return _run(leader, "systemctl", "is-system-running").stdout.strip() in ("running", "degraded")


def _leader(program: Program) -> int:
    """The first process of the container, below nspawn, which is below what made the namespaces; 0: not there yet."""
    below = [child for nspawn in program.pids[1:] for child in _children(nspawn)]
    return next((pid for pid in below if _number_inside(pid) == "1"), 0)


def _children(parent: int) -> list[int]:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return [int(word) for word in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    return []


def _number_inside(pid: int) -> str:
    """What a process is called in the innermost of its PID namespaces, proc(5), NSpid."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        status = Path(f"/proc/{pid}/status").read_text()
        return next(line.split()[-1] for line in status.splitlines() if line.startswith("NSpid:"))
    return ""


def _end(firsts: list[int]) -> None:
    """With the first process of a PID namespace all others end, and then their mounts; its parent buries it."""
    for pid in firsts:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for _ in moments(f"the processes {firsts} to be gone"):
        if not any(map(is_alive, firsts)):
            return


def _hierarchies() -> list[Path]:
    """The hierarchies of cgroups that systemd uses: one, or two where version 1 is in use too."""
    mixed = [_CGROUPS / name for name in ("systemd", "unified") if (_CGROUPS / name).is_dir()]
    return mixed or [_CGROUPS]


def _remove(cgroup: Path) -> None:
    """The cgroup and those in it. They are busy for a moment after their last process."""
    for _ in moments(f"{cgroup} to be without processes"):
        with contextlib.suppress(OSError):
            inside = sorted((each for each in cgroup.rglob("*") if each.is_dir()), reverse=True)
            for each in (*inside, cgroup):
                each.rmdir()
        if not cgroup.exists():
            return
