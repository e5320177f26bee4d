"""The host: services, disks, kernel and network. Command lines of processes are not taken: they may hold passwords."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from xcatd.snap import Part, Source, collector

_UNITS = (
    "xcatd.service xcatd.socket postgresql.service mariadb.service named.service dhcpd.service isc-dhcp-server.service"
)
_UNITS += " kea-dhcp4-server.service nfs-server.service tftpd-hpa.service apache2.service httpd.service chrony.service ntpd.service"

_PROGRAMS: dict[str, Sequence[Sequence[str]]] = {
    "services.txt": (
        ("systemctl", "--no-pager", "show", *_UNITS.split(), "--property=Id,LoadState,ActiveState,SubState,Result"),
        ("systemctl", "--no-pager", "--failed", "list-units"),
    ),
    "processes.txt": (("ps", "-e", "-o", "pid,ppid,user,stat,nlwp,rss,etime,comm"),),
    "disk.txt": (("df", "-k"), ("df", "-i")),
    "network.txt": (
        ("ip", "address"),
        ("ip", "route", "show", "table", "all"),
        ("ip", "-6", "route"),
        ("ip", "neighbour"),
        ("ss", "-ltnup"),
    ),
    "clock.txt": (("date", "-u"), ("timedatectl", "status"), ("chronyc", "-n", "tracking")),
}
_FILES: dict[str, Sequence[str]] = {
    "kernel.txt": ("/proc/version", "/proc/cmdline", "/proc/uptime", "/proc/loadavg", "/proc/meminfo", "/proc/mounts"),
    "names.txt": ("/etc/os-release", "/etc/hostname", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/hosts"),
    "tunables.txt": tuple(f"/proc/sys/net/ipv4/neigh/default/gc_thresh{number}" for number in (1, 2, 3)),
}


@collector
def programs(source: Source) -> Iterator[Part]:
    """What programs of the host say."""
    for name, calls in _PROGRAMS.items():
        yield Part(f"system/{name}", "".join(source.run(*words) for words in calls), is_log=True)


@collector
def files(source: Source) -> Iterator[Part]:
    """What the kernel says, and where names come from."""
    for name, paths in _FILES.items():
        yield Part(f"system/{name}", "".join(f"== {path}\n{source.read(Path(path))}" for path in paths), is_log=True)
