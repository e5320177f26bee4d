"""The root file system of containers: Debian 12 with systemd and every server that a service node may run, none enabled.

It is made once for a machine, in about half a minute, and kept in `$XCAT_TEST_CACHE` or ~/.cache/xcatd-tests, under a
digest of all that it is made from. That folder may be deleted whenever no test runs.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.helpers.program import ENVIRONMENT

SUITE = "bookworm"
"""A stable release: mmdebstrap knows where it is, and where its updates are."""
PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "iproute2", "procps", "python3", "python3-venv", "openssl"),
    *("bind9", "kea-dhcp4-server", "kea-dhcp6-server", "isc-dhcp-server", "tftpd-hpa"),
    *("nfs-ganesha", "nfs-ganesha-vfs", "chrony", "nginx-light", "vsftpd", "slapd"),
    *("conserver-server", "rsyslog", "openssh-server"),
    # What makes images without disk, and loaders.
    *("squashfs-tools", "mmdebstrap", "zstd", "xz-utils", "ipxe"),
)
SERVERS = (
    *("named", "kea-dhcp4-server", "kea-dhcp6-server", "isc-dhcp-server", "tftpd-hpa"),
    *("nfs-ganesha", "nfs-ganesha-lock", "rpcbind", "chrony", "nginx", "vsftpd", "slapd"),
    *("conserver-server", "rsyslog", "ssh"),
)
"""Units that their packages would start with the host."""
MASKED = (
    *("console-getty.service", "dpkg-db-backup.timer", "e2scrub_all.timer"),
    *("apt-daily.timer", "apt-daily-upgrade.timer"),
    # The kernel's NFS, which a container does not have; nfs-ganesha must not wait for it.
    *("proc-fs-nfsd.mount", "run-rpc_pipefs.mount", "var-lib-nfs-rpc_pipefs.mount", "nfs-client.target"),
    *("rpc-statd.service", "rpc-statd-notify.service"),
)
"""Units of a host for which a container has no use, or which fail in it."""
FILES = {
    # Empty: systemd takes the number that it is given. Without the file it would enable all services, as on a first boot.
    "etc/machine-id": "",
    # The clock is that of all: chronyd serves it and does not set it.
    "etc/systemd/system/chrony.service.d/container.conf": "[Unit]\nConditionCapability=\n",
    "etc/default/chrony": 'DAEMON_OPTS="-x -F 1"\n',
}
OPTIONS = ("force-unsafe-io", *(f"path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale")))
PATIENCE = 600.0
"""Seconds after which making it is given up."""


def enclosed(*words: str) -> list[str]:
    """A command line that runs in mount and PID namespaces of its own.

    With its first process, or with the thread that started it, everything ends that it has started and mounted.
    """
    own = ("--mount", "--propagation", "slave", "--pid", "--fork", "--kill-child=KILL", "--mount-proc")
    return ["setpriv", "--pdeathsig", "KILL", "unshare", *own, *words]


def root() -> Path:
    """The root file system, which nobody may change. It is made if this machine does not have it yet."""
    return kept("root", (SUITE, PACKAGES, SERVERS, MASKED, FILES, OPTIONS), _make)


def kept(kind: str, given: object, make: Callable[[Path], None]) -> Path:
    """A folder of the cache, under a digest of all that it is made from. `make` fills it where there is none yet.

    It gets its name when it is whole; what an interrupted making has left is removed.
    """
    cache = Path(os.environ.get("XCAT_TEST_CACHE") or Path.home() / ".cache/xcatd-tests")
    cache.mkdir(parents=True, exist_ok=True)
    place = cache / f"{kind}-{hashlib.sha256(repr(given).encode()).hexdigest()[:16]}"
    if place.exists():  # another one may be made just now: nobody waits for that
        return place
    with _locked(cache / "lock"):
        if not place.exists():
            making = cache / "making"
            shutil.rmtree(making, ignore_errors=True)
            make(making)
            making.rename(place)
    return place


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Several test processes come at once: the first makes it, the others wait."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(folder: Path) -> None:
    run(folder.with_name("log"), *_mmdebstrap(folder))
    _furnish(folder)


def run(log: Path, *words: str) -> None:
    """Run a program that makes a root file system; with its end all ends that it has started and mounted."""
    with log.open("wb") as said:
        done = subprocess.run(
            enclosed("sh", "-c", '"$@"; exit $?', "sh", *words),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=ENVIRONMENT,
            timeout=PATIENCE,
        )
    assert done.returncode == 0, f"a root file system cannot be made: {log.read_text(errors='replace')[-3000:]}"


def _mmdebstrap(folder: Path) -> list[str]:
    """It lets no package start anything."""
    options = [f"--dpkgopt={option}" for option in OPTIONS]
    disable = f'--customize-hook=chroot "$1" systemctl disable {shlex.join(SERVERS)}'
    include = f"--include={','.join(PACKAGES)}"
    return ["mmdebstrap", "--mode=root", "--variant=minbase", *options, include, disable, SUITE, str(folder)]


def _furnish(root: Path) -> None:
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    for unit in MASKED:
        link = root / "etc/systemd/system" / unit
        link.unlink(missing_ok=True)
        link.symlink_to("/dev/null")
