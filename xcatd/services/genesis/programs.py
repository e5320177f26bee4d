"""What the small boot image is made of, beside its kernel: programs of the host that builds it. Data about distributions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.distribution import Family
from xcatd.services.programs import find_program

_D, _R, _S = Family.DEBIAN, Family.REDHAT, Family.SUSE
_CORE: Final = {_D: "coreutils", _R: "coreutils", _S: "coreutils"}
_LINUX: Final = {_D: "util-linux", _R: "util-linux", _S: "util-linux"}
_CORE_PROGRAMS: Final = (
    "cat chmod chown cp cut date dd df head ls ln mkdir mknod mktemp mv rm rmdir sha256sum sleep sort stty sync tail timeout touch "
    "tr uname wc"
)
NEEDED: Final = {
    "bash": {_D: "bash", _R: "bash", _S: "bash"},
    "ip": {_D: "iproute2", _R: "iproute", _S: "iproute2"},
    "curl": {_D: "curl", _R: "curl", _S: "curl"},
    "sshd": {_D: "openssh-server", _R: "openssh-server", _S: "openssh-server"},
    "ssh-keygen": {_D: "openssh-client", _R: "openssh", _S: "openssh-common"},
    "tar": {_D: "tar", _R: "tar", _S: "tar"},
    "gzip": {_D: "gzip", _R: "gzip", _S: "gzip"},
    "kmod": {_D: "kmod", _R: "kmod", _S: "kmod"},
    "grep": {_D: "grep", _R: "grep", _S: "grep"},
    "sed": {_D: "sed", _R: "sed", _S: "sed"},
    "setsid": _LINUX,
    "mount": _LINUX,
    "umount": _LINUX,
    "dmesg": _LINUX,
    **dict.fromkeys(_CORE_PROGRAMS.split(), _CORE),
}
"""Program -> package. Nothing works without one of these."""
CLIENTS: Final = ("dhclient", "busybox")
"""Clients of DHCP, of which one is needed; busybox has one in it on most distributions."""
_CLIENTS: Final = {_D: "isc-dhcp-client", _R: "dhcp-client", _S: "dhcp-client"}
_DRACUT: Final = {_D: "dracut-core", _R: "dracut", _S: "dracut"}
_INSTALLS: Final = {_D: "apt-get install", _R: "dnf install", _S: "zypper install"}
WISHED: Final = (
    *("ipmitool", "dmidecode", "lspci", "lsusb", "lsblk", "blkid", "ethtool", "ping", "ps", "top", "free", "find"),
    *("parted", "sfdisk", "wipefs", "mkfs.ext4", "mkfs.xfs", "mkswap", "nvme", "smartctl", "hdparm", "efibootmgr"),
    *("xz", "zstd", "bzip2", "unzip", "rsync", "wget", "scp", "ssh", "less", "vi", "awk", "gawk", "mawk", "xargs"),
    *("hostname", "id", "du", "stat", "tee", "basename", "dirname", "readlink", "env", "expr", "seq", "chroot"),
    *("depmod", "modprobe", "insmod", "rmmod", "lsmod", "modinfo", "losetup", "switch_root", "kexec"),
)
"""Programs that come along where they are installed."""


def check_programs(family: Family, find: Callable[[str], str | None] = find_program) -> tuple[str, ...]:
    """All programs that are needed, as they are on this host. Raises ServiceError, which names the packages that are missing."""
    missing = list(_missing(family, find))
    if missing:
        names = " ".join(dict.fromkeys(missing))
        raise ServiceError(f"The small boot image cannot be built without {names}: {_INSTALLS[family]} {names}")
    clients = [name for name in CLIENTS if find(name) is not None]
    return (*(path for name in NEEDED if (path := find(name)) is not None), *clients[:1])


def _missing(family: Family, find: Callable[[str], str | None]) -> Iterator[str]:
    if find("dracut") is None:
        yield _DRACUT[family]
    for name, packages in NEEDED.items():
        if find(name) is None:
            yield packages[family]
    if not any(find(name) for name in CLIENTS):
        yield _CLIENTS[family]
